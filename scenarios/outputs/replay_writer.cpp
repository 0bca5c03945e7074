#include "scenarios/outputs/replay_writer.h"

#include <algorithm>
#include <tuple>

#include "hub/runtime/deflate.h"
#include "hub/runtime/varint.h"
#include "scenarios/outputs/replay_format.h"

namespace citybrain::outputs {

using model::Result;
using namespace replay_format;  // private: put, put_column, constants

namespace {

constexpr std::size_t kMostRows = 2'000'000;  // of a chunk

std::uint32_t low(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
std::uint32_t high(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32U); }

template <class Rows, class Member>
auto column(const Rows& rows, Member member) {
  std::vector<decltype(member(*rows.begin()))> out;
  out.reserve(rows.size());
  for (const auto& r : rows) out.push_back(member(r));
  return out;
}

/// A vehicle's rows in a chunk become a track, its time on one lane a visit.
struct Tracks {
  std::vector<std::uint32_t> vehicle_step, visit_lane;
  std::vector<std::uint16_t> visits;
  std::vector<std::uint8_t> role, visit_first, visit_frames;
  std::vector<std::uint8_t> step_low, step_middle, step_high, speed;
};

}  // namespace

SpeedClass speed_class(float speed_mps, double limit_mps) {
  if (speed_mps < city_port::kStandingSpeed_mps) return SpeedClass::kStanding;
  const double share = static_cast<double>(speed_mps) / limit_mps;
  if (share < 0.25) return SpeedClass::kUnderQuarter;
  if (share < 0.5) return SpeedClass::kUnderHalf;
  return share < 0.75 ? SpeedClass::kUnderThree : SpeedClass::kFree;
}

Result<ReplayWriter> ReplayWriter::create(const std::filesystem::path& path,
                                          const city_port::City& city, std::uint32_t interval_s) {
  CITYBRAIN_ASSIGN(file, OutputFile::create(path));
  ReplayWriter w(std::move(file), interval_s);
  const auto& network = city.network();
  std::string head(kMagic);
  put(head, kVersion);
  put(head, interval_s * 1000);
  put(head, static_cast<double>(city.now().ms));
  put(head, network.anchor.lon_deg);
  put(head, network.anchor.lat_deg);
  w.file_.write(head);
  w.write_network(network);
  w.now_.resize(w.signals_.size());
  return w;
}

void ReplayWriter::write_section(std::uint32_t kind, std::uint32_t first_frame,
                                 std::string_view bytes) {
  const std::string packed = runtime::deflate(bytes);
  std::string head;
  put(head, kind);
  put(head, static_cast<std::uint32_t>(packed.size()));
  put(head, static_cast<std::uint32_t>(bytes.size()));
  put(head, first_frame);
  file_.write(head);
  file_.write(packed);
}

void ReplayWriter::write_network(const model::RoadNetwork& n) {
  for (std::uint32_t j = 0; j < n.junctions.size(); ++j)
    if (n.junctions[j].signalised) signals_.emplace_back(j);
  std::vector<std::uint32_t> first_point{0}, first_name{0};
  std::vector<float> x, y;
  std::string names;
  for (const auto& j : n.junctions) {
    names += j.name;
    first_name.push_back(static_cast<std::uint32_t>(names.size()));
  }
  for (const auto& r : n.roads) {
    names += r.name;
    first_name.push_back(static_cast<std::uint32_t>(names.size()));
    for (const auto& p : r.shape) {
      x.push_back(static_cast<float>(p.x));
      y.push_back(static_cast<float>(p.y));
    }
    first_point.push_back(static_cast<std::uint32_t>(x.size()));
  }
  std::string out;
  for (const std::size_t size : {n.junctions.size(), n.roads.size(), n.lanes.size(), x.size(),
                                 signals_.size(), n.movements.size(), names.size()})
    put(out, static_cast<std::uint32_t>(size));
  put_column(out, column(n.junctions, [](const auto& j) { return static_cast<float>(j.at.x); }));
  put_column(out, column(n.junctions, [](const auto& j) { return static_cast<float>(j.at.y); }));
  put_column(out, column(n.roads, [](const auto& r) { return static_cast<float>(r.length_m); }));
  put_column(out, column(n.roads, [](const auto& r) { return r.from.value; }));
  put_column(out, column(n.roads, [](const auto& r) { return r.to.value; }));
  put_column(out, first_point);
  put_column(out, x);
  put_column(out, y);
  put_column(out, column(n.lanes, [](const auto& l) { return l.road.value; }));
  put_column(out, column(n.lanes, [](const auto& l) { return static_cast<float>(l.width_m); }));
  put_column(out, column(signals_, [](model::JunctionId j) { return j.value; }));
  put_column(out, column(n.movements, [](const auto& m) { return m.from.value; }));
  put_column(out, column(n.movements, [](const auto& m) { return m.to.value; }));
  put_column(out, first_name);
  put_column(out, column(n.lanes, [](const auto& l) { return l.index; }));
  put_column(out, column(n.movements, [](const auto& m) { return m.group; }));
  out += names;
  write_section(kNetwork, 0, out);
}

void ReplayWriter::step(const city_port::City& city) {
  if (++seconds_ % interval_s_ != 0) return;
  add_frame(city);
  if (frames_ == kMostFrames || rows_.size() >= kMostRows) write_chunk();
}

void ReplayWriter::add_frame(const city_port::City& city) {
  const auto& network = city.network();
  for (std::uint32_t l = 0; l < network.lanes.size(); ++l) {
    const auto& lane = network.lanes[l];
    const double length = network[lane.road].length_m;
    for (const auto& v : city.sensors().vehicles(model::LaneId{l})) {
      const double at = std::clamp(length - static_cast<double>(v.to_stop_line_m), 0.0, length);
      rows_.push_back({v.vehicle.value, model::LaneId{l},
                       static_cast<std::int32_t>(at / kUnit_m + 0.5),
                       static_cast<std::uint8_t>(frames_), static_cast<std::uint8_t>(v.role),
                       static_cast<std::uint8_t>(speed_class(v.speed_mps, lane.speed_limit_mps))});
    }
  }
  add_signals(city);
  ++frames_;
}

void ReplayWriter::add_signals(const city_port::City& city) {
  for (std::uint32_t s = 0; s < signals_.size(); ++s) {
    const auto greens = city.sensors().greens(signals_[s]);
    if (frames_ > 0 && greens != now_[s])
      changes_.push_back({s, greens, static_cast<std::uint8_t>(frames_)});
    now_[s] = greens;
  }
  if (frames_ == 0) at_first_ = now_;
}

void ReplayWriter::write_chunk() {
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::tie(a.vehicle, a.frame) < std::tie(b.vehicle, b.frame);
  });
  Tracks t;
  std::int32_t at = 0, speed = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& r = rows_[i];
    const bool new_track = i == 0 || r.vehicle != rows_[i - 1].vehicle;
    if (new_track) {
      t.vehicle_step.push_back(r.vehicle - (i == 0 ? 0 : rows_[i - 1].vehicle));
      t.visits.push_back(0);
      t.role.push_back(r.role);
    }
    if (new_track || r.lane != rows_[i - 1].lane || r.frame != rows_[i - 1].frame + 1) {
      ++t.visits.back();
      t.visit_lane.push_back(r.lane.value);
      t.visit_first.push_back(r.frame);
      t.visit_frames.push_back(0);
      at = speed = 0;
    }
    ++t.visit_frames.back();
    const auto code = static_cast<std::uint32_t>(runtime::zigzag(r.at - at - speed));
    speed = t.visit_frames.back() == 1 ? 0 : r.at - at;
    at = r.at;
    t.step_low.push_back(static_cast<std::uint8_t>(code));
    t.step_middle.push_back(static_cast<std::uint8_t>(code >> 8U));
    t.step_high.push_back(static_cast<std::uint8_t>(code >> 16U));
    t.speed.push_back(r.speed);
  }
  std::string out;
  for (const std::size_t size : {std::size_t{frames_}, t.visits.size(), t.visit_lane.size(),
                                 rows_.size(), signals_.size(), changes_.size()})
    put(out, static_cast<std::uint32_t>(size));
  put_column(out, t.vehicle_step);
  put_column(out, t.visit_lane);
  put_column(out, column(at_first_, low));
  put_column(out, column(at_first_, high));
  put_column(out, column(changes_, [](const Change& c) { return c.signal; }));
  put_column(out, column(changes_, [](const Change& c) { return low(c.greens); }));
  put_column(out, column(changes_, [](const Change& c) { return high(c.greens); }));
  put_column(out, t.visits);
  for (const auto* bytes : {&t.role, &t.visit_first, &t.visit_frames}) put_column(out, *bytes);
  put_column(out, column(changes_, [](const Change& c) { return c.frame; }));
  for (const auto* bytes : {&t.step_low, &t.step_middle, &t.step_high, &t.speed})
    put_column(out, *bytes);
  chunks_.push_back({file_.size(), first_frame_, frames_});
  write_section(kChunk, first_frame_, out);
  first_frame_ += frames_;
  frames_ = 0;
  rows_.clear();
  changes_.clear();
}

Result<void> ReplayWriter::finish() {
  if (frames_ > 0) write_chunk();
  std::string out;
  put(out, static_cast<std::uint32_t>(chunks_.size()));
  put_column(out, column(chunks_, [](const Place& c) { return low(c.at); }));
  put_column(out, column(chunks_, [](const Place& c) { return high(c.at); }));
  put_column(out, column(chunks_, [](const Place& c) { return c.first_frame; }));
  put_column(out, column(chunks_, [](const Place& c) { return c.frames; }));
  const std::uint64_t at = file_.size();
  write_section(kIndex, first_frame_, out);
  std::string trailer;
  put(trailer, low(at));
  put(trailer, high(at));
  put(trailer, first_frame_);
  put(trailer, kTrailerMagic);
  file_.write(trailer);
  return file_.finish();
}

}  // namespace citybrain::outputs
