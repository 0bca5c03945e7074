#include "scenarios/evaluator/truth_log.h"

#include <fmt/format.h>

#include "hub/model/archive.h"
#include "hub/runtime/deflate.h"
#include "hub/runtime/varint.h"

namespace citybrain::evaluator {

using model::Error;
using model::Result;
using runtime::VarintReader;
using runtime::VarintWriter;

namespace {

constexpr char kVersion = 1;

Error damaged(std::string what) {
  return Error{"CB-EVALUATE-TRUTH", std::move(what), "", "run again from the seed"};
}

/// Times of one column, each as the difference to another number; whole seconds take less.
std::uint64_t time_code(std::int64_t ms) {
  return ms % 1000 == 0 ? runtime::zigzag(ms / 1000) << 1U : (runtime::zigzag(ms) << 1U) | 1U;
}
std::int64_t time_of(std::uint64_t code) {
  const std::int64_t v = runtime::unzigzag(code >> 1U);
  // Wraps around on damaged bytes, which the next check finds.
  return (code & 1U) != 0 ? v : static_cast<std::int64_t>(static_cast<std::uint64_t>(v) * 1000);
}

/// The second in which a step began.
std::int64_t began_ms(model::Step step) { return (std::int64_t{step} - 1) * 1000; }

/// Both directions of the columns: an Archive's number(v) writes v or reads it. What a value is
/// told as the difference to is known on both sides.
class Put {
 public:
  static constexpr bool kReading = false;
  void number(std::uint32_t& v) { out_.put(v); }
  void difference(std::uint32_t& v, std::uint32_t to) {
    out_.put_signed(std::int64_t{v} - std::int64_t{to});
  }
  void moment(std::uint32_t& v, std::int64_t to) { out_.put(time_code(std::int64_t{v} - to)); }
  template <class T>
  void size(std::vector<T>& v) {
    out_.put(v.size());
  }
  void text(std::string& s) { out_.text(s); }
  void flag(bool& b) { out_.put(b ? 1 : 0); }
  bool failed() const { return false; }
  std::string take() { return std::move(out_.bytes()); }

 private:
  VarintWriter out_;
};

class Get {
 public:
  static constexpr bool kReading = true;
  explicit Get(std::string_view bytes) : in_(bytes), bytes_(bytes.size()) {}
  void number(std::uint32_t& v) { fit(v, in_.get()); }
  void difference(std::uint32_t& v, std::uint32_t to) {
    fit(v, static_cast<std::uint64_t>(in_.get_signed()) + to);
  }
  void moment(std::uint32_t& v, std::int64_t to) {
    fit(v, static_cast<std::uint64_t>(time_of(in_.get())) + static_cast<std::uint64_t>(to));
  }
  /// Of all vectors of a block together no more than there are bytes: each element takes some.
  template <class T>
  void size(std::vector<T>& v) {
    const std::size_t n = in_.count();
    sum_ += n;
    if (sum_ > bytes_) wrong_ = true;
    v.resize(failed() ? 0 : n);
  }
  void text(std::string& s) { s = in_.text(); }
  void flag(bool& b) {
    const std::uint64_t v = in_.get();
    b = v == 1;
    if (v > 1) wrong_ = true;
  }
  bool failed() const { return wrong_ || in_.failed(); }
  bool complete() const { return !wrong_ && in_.complete(); }

 private:
  void fit(std::uint32_t& v, std::uint64_t number) {
    v = static_cast<std::uint32_t>(number);
    if (v != number) wrong_ = true;
  }
  VarintReader in_;
  std::size_t bytes_, sum_ = 0;
  bool wrong_ = false;
};

template <class Archive>
void passages(Archive& a, std::vector<TruthPassage>& all, std::int64_t to_ms) {
  std::uint32_t vehicle = 0, junction = 0;
  for (auto& p : all) {
    a.difference(p.vehicle, vehicle);
    vehicle = p.vehicle;
  }
  for (auto& p : all) {
    a.difference(p.junction, junction);
    junction = p.junction;
  }
  for (auto& p : all) a.moment(p.left_ms, to_ms);
  for (auto& p : all) a.moment(p.entered_ms, p.left_ms);
}

/// Column by column; lanes against their previous sample in the block.
template <class Archive>
void lane_columns(Archive& a, TruthBlock& b) {
  std::vector<TruthLane> before;
  for (auto& s : b.steps) {
    before.resize(std::max(before.size(), s.lanes.size()));
    for (std::size_t l = 0; l < s.lanes.size(); ++l)
      a.difference(s.lanes[l].vehicles, before[l].vehicles);
    for (std::size_t l = 0; l < s.lanes.size(); ++l)
      a.difference(s.lanes[l].queued, before[l].queued);
    for (std::size_t l = 0; l < s.lanes.size(); ++l)
      a.difference(s.lanes[l].speed_cmps, before[l].speed_cmps);
    for (std::size_t l = 0; l < s.lanes.size(); ++l) before[l] = s.lanes[l];
  }
}

template <class Archive>
void jam_columns(Archive& a, TruthBlock& b) {
  for (auto& s : b.steps) a.flag(s.looked_for_jams);
  for (auto& s : b.steps)
    if (s.looked_for_jams) a.number(s.standing_at_green);
  for (auto& s : b.steps)
    if (s.looked_for_jams) a.size(s.jams);
  for (auto& s : b.steps)
    for (auto& j : s.jams) {
      for (auto* n : {&j.number, &j.vehicles, &j.behind}) a.number(*n);
      a.moment(j.began_ms, 0);
      for (auto* places : {&j.lanes, &j.junctions}) {
        a.size(*places);
        for (auto& p : *places) a.number(p);
      }
    }
}

template <class Archive>
void people_columns(Archive& a, TruthBlock& b) {
  for (auto& s : b.steps) a.size(s.parked_search_s);
  for (auto& s : b.steps)
    for (auto& t : s.parked_search_s) a.number(t);
  std::uint32_t searching = 0;
  for (auto& s : b.steps) {
    a.difference(s.searching, searching);
    searching = s.searching;
  }
  for (auto& s : b.steps) a.number(s.gave_up);
  for (auto& s : b.steps) a.number(s.rerouted);
  for (auto& s : b.steps) a.size(s.emergencies);
  for (auto& s : b.steps)
    for (auto& e : s.emergencies)
      for (auto* n : {&e.what, &e.call, &e.unit, &e.role, &e.severity}) a.number(*n);
}

template <class Archive>
void columns(Archive& a, TruthBlock& b) {
  a.size(b.steps);
  for (std::size_t i = 0; i < b.steps.size(); ++i)
    b.steps[i].step = b.first + static_cast<model::Step>(i);
  std::uint32_t running = 0, waiting = 0;
  for (auto& s : b.steps) {
    a.difference(s.running, running);
    running = s.running;
  }
  for (auto& s : b.steps) {
    a.difference(s.waiting_outside, waiting);
    waiting = s.waiting_outside;
  }
  for (auto& s : b.steps) a.size(s.created_ms);
  for (auto& s : b.steps)
    for (auto& t : s.created_ms) a.moment(t, began_ms(s.step));
  for (auto& s : b.steps) a.size(s.passages);
  for (auto& s : b.steps) passages(a, s.passages, began_ms(s.step));
  for (auto& s : b.steps) a.size(s.finished);
  for (auto& s : b.steps) {
    for (auto& f : s.finished) a.number(f.vehicle);
    for (auto& f : s.finished) a.moment(f.finished_ms, began_ms(s.step));
    for (auto& f : s.finished) a.moment(f.created_ms, f.finished_ms);
  }
  for (auto& s : b.steps) a.size(s.lanes);
  lane_columns(a, b);
  for (auto& s : b.steps) a.size(s.monitor_faults);
  for (auto& s : b.steps)
    for (auto& f : s.monitor_faults) a.text(f);
  for (auto& s : b.steps) a.number(s.missed_turns);
  jam_columns(a, b);
  people_columns(a, b);
  a.flag(b.last);
  a.size(b.open);
  passages(a, b.open, began_ms(b.first + static_cast<model::Step>(b.steps.size())));
}

}  // namespace

std::string encode_block(const TruthBlock& block, Packing packing) {
  Put put;
  TruthBlock copy = block;  // columns() serves both directions
  columns(put, copy);
  std::string body = put.take();
  VarintWriter head;
  head.bytes() += kVersion;
  head.bytes() += static_cast<char>(packing);
  head.put(block.first);
  head.put(body.size());
  return head.bytes() + (packing == Packing::kDeflate ? runtime::deflate(body) : body);
}

Result<TruthBlock> decode_block(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != kVersion)
    return damaged("the record is no truth block of version 1");
  if (bytes[1] != 0 && bytes[1] != 1) return damaged("the block is packed in an unknown way");
  VarintReader head(bytes.substr(2));
  TruthBlock block;
  const std::uint64_t first = head.get();
  const std::uint64_t size = head.get();
  std::string_view body = head.raw(head.left());
  if (head.failed() || first == 0 || first > 0x7FFFFFFF) return damaged("the block's head is cut");
  std::string unpacked;
  if (bytes[1] == 1) {
    auto whole = runtime::inflate(body, size);
    if (!whole) return damaged("the block cannot be unpacked");
    unpacked = std::move(*whole);
    body = unpacked;
  } else if (body.size() != size) {
    return damaged(fmt::format("the block has {} bytes, expected {}", body.size(), size));
  }
  block.first = static_cast<model::Step>(first);
  Get get(body);
  columns(get, block);
  if (!get.complete()) return damaged("the block's columns are cut");
  return block;
}

std::optional<std::string> TruthBlocks::add(TruthRecord record) {
  block_.steps.push_back(std::move(record));
  if (block_.steps.back().step % kBlockSteps != 0) return std::nullopt;
  std::string bytes = encode_block(block_, Packing::kDeflate);
  block_.first += static_cast<model::Step>(block_.steps.size());
  block_.steps.clear();
  return bytes;
}

std::string TruthBlocks::finish(std::vector<TruthPassage> open) {
  block_.last = true;
  block_.open = std::move(open);
  return encode_block(block_, Packing::kDeflate);
}

void append_to_file(std::string& file, std::string_view block) {
  model::Writer length;
  length(static_cast<std::uint32_t>(block.size()));
  file += length.bytes();
  file += block;
}

Result<std::vector<TruthBlock>> read_truth_file(std::string_view bytes) {
  if (!bytes.starts_with(kFileHead)) return damaged("the file is no truth log of version 1");
  std::vector<TruthBlock> out;
  std::size_t at = kFileHead.size();
  while (at < bytes.size()) {
    std::uint32_t size = 0;
    model::Reader length(bytes.substr(at));
    length(size);
    if (length.failed() || size > bytes.size() - at - sizeof size)
      return damaged(fmt::format("the file is cut at byte {}", at));
    auto block = decode_block(bytes.substr(at + sizeof size, size));
    if (!block) {
      auto error = block.error();
      error.where = fmt::format("byte {}", at);
      return error;
    }
    out.push_back(std::move(*block));
    at += sizeof size + size;
  }
  return out;
}

}  // namespace citybrain::evaluator
