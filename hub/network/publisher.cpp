#include "hub/network/publisher.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <chrono>
#include <map>

#include "citybrain/v1/records.pb.h"
#include "hub/model/archive.h"
#include "hub/network/framing.h"
#include "hub/runtime/faults.h"
#include "schemas/protection.h"

namespace citybrain::network {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kMostHeaders = 12;

/// A piece of the arena; the arena moves while it grows.
struct Piece {
  std::size_t at = 0;
  std::size_t size = 0;
};

struct Pending {
  EventTime publish_time;
  std::uint64_t sequence = 0;
  schemas::SchemaRef schema_ref;
  Piece key, value, payload, id, time, subject, schema, trace, causes, sealed;
};

/// One partition of a topic, and what was gathered for it.
struct Slot {
  std::string topic;
  Partition partition = 0;
  std::string type;
  std::uint64_t sequence = 0;
  schemas::SchemaRef schema;  // of the last record, and its name
  std::string schema_text;
  std::vector<Pending> pending;
};

void append_digits(std::string& out, std::uint64_t v, int digits) {
  char text[8];
  for (int i = digits; i-- > 0; v /= 10) text[i] = static_cast<char>('0' + v % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

/// RFC 3339 with milliseconds, UTC. Written by hand: every record has a time of its own where the
/// devices' clocks differ.
void append_rfc3339(std::string& out, EventTime t) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds{t.ms}};
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const auto in_day = static_cast<std::uint64_t>((time - midnight).count());
  append_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, in_day / 3'600'000, 2);
  out += ':';
  append_digits(out, in_day / 60'000 % 60, 2);
  out += ':';
  append_digits(out, in_day / 1000 % 60, 2);
  out += '.';
  append_digits(out, in_day % 1000, 3);
  out += 'Z';
}

}  // namespace

struct Publisher::Impl {
  std::string source;
  std::uint64_t trace_seed = 0;
  std::unique_ptr<Appender> appender;
  std::vector<Slot> slots;  // in order of first use
  std::map<std::pair<std::string, Partition>, std::uint64_t>
      restored;  // sequences of slots that were not used yet
  std::string arena;
  Piece time;
  EventTime time_of{INT64_MIN};
  std::vector<Record> records;
  std::vector<Header> headers;
  std::shared_ptr<const Signer> signer;
  std::vector<Statement> statements;
  std::vector<std::string> signatures;
  std::function<Result<void>()> prepare;

  Slot& slot(std::string_view topic, Partition partition) {
    for (auto& s : slots)
      if (s.partition == partition && s.topic == topic) return s;
    Slot s;
    s.topic = topic;
    s.partition = partition;
    s.type = fmt::format("citybrain.{}", topic);
    if (const auto it = restored.find({s.topic, partition}); it != restored.end())
      s.sequence = it->second;
    return slots.emplace_back(std::move(s));
  }
  Piece keep(std::string_view bytes) {
    const Piece p{arena.size(), bytes.size()};
    arena.append(bytes);
    return p;
  }
  Piece keep_time(EventTime t) {
    if (t != time_of || arena.empty()) {
      time.at = arena.size();
      append_rfc3339(arena, t);
      time.size = arena.size() - time.at;
      time_of = t;
    }
    return time;
  }
  /// The record's own id decides, so that a replay traces the same.
  Piece keep_trace(std::string_view id, std::span<const model::TraceContext> causes) {
    const auto h = XXH3_128bits_withSeed(id.data(), id.size(), trace_seed);
    model::TraceContext own{h.high64, h.low64 | 1U, h.low64 | 1U};
    if (!causes.empty()) {
      own.trace_high = causes.front().trace_high;
      own.trace_low = causes.front().trace_low;
    }
    const std::size_t at = arena.size();
    model::append_traceparent(own, arena);
    return {at, arena.size() - at};
  }
  Piece keep_causes(std::span<const model::TraceContext> causes) {
    const std::size_t at = arena.size();
    for (const auto& c : causes) {
      if (arena.size() > at) arena += ',';
      model::append_trace_name(c, arena);
    }
    return {at, arena.size() - at};
  }
  std::string_view view(Piece p) const { return std::string_view(arena).substr(p.at, p.size); }
  void sign(const Slot& slot);
  void fill(const Slot& slot);
};

Result<Publisher> Publisher::make(Log& log, std::string source, std::uint64_t seed) {
  auto impl = std::make_unique<Impl>();
  CITYBRAIN_ASSIGN(appender, log.appender({source}));
  impl->trace_seed = XXH3_64bits_withSeed(source.data(), source.size(), seed);
  impl->source = std::move(source);
  impl->appender = std::move(appender);
  return Publisher(std::move(impl));
}

Publisher::Publisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::Publisher(Publisher&&) noexcept = default;
Publisher& Publisher::operator=(Publisher&&) noexcept = default;
Publisher::~Publisher() = default;

const std::string& Publisher::source() const { return impl_->source; }

void Publisher::publish(std::string_view topic, Partition partition, schemas::SchemaRef schema,
                        EventTime publish_time, EventTime event_time, std::string_view id,
                        std::string_view subject, std::string_view payload,
                        std::span<const model::TraceContext> causes, std::string_view sealed) {
  auto& m = *impl_;
  Slot& slot = m.slot(topic, partition);
  Pending p;
  p.publish_time = publish_time;
  p.sequence = ++slot.sequence;
  p.time = m.keep_time(event_time);
  p.subject = m.keep(subject);
  p.key = p.subject;
  p.id = m.keep(id);
  if (slot.schema_text.empty() || slot.schema != schema) {
    slot.schema = schema;
    slot.schema_text = fmt::format("citybrain:schema/{}", schema.id);
  }
  p.schema = m.keep(slot.schema_text);
  p.trace = m.keep_trace(id, causes);
  p.causes = m.keep_causes(causes);
  p.value.at = m.arena.size();
  append_frame_head(schema, m.arena);
  p.payload = m.keep(payload);
  p.value.size = m.arena.size() - p.value.at;
  p.schema_ref = schema;
  p.sealed = m.keep(sealed);
  slot.pending.push_back(p);
}

void Publisher::barrier(std::string_view topic, EventTime until) {
  citybrain::v1::Barrier message;
  message.set_source(impl_->source);
  message.set_until_ms(until.ms);
  publish(topic, 0, schemas::kBarrier, until, until, fmt::format("until-{}", until.ms),
          impl_->source, message.SerializeAsString());
}

void Publisher::sign_with(std::shared_ptr<const Signer> signer) {
  impl_->signer = std::move(signer);
}
void Publisher::before_send(std::function<Result<void>()> prepare) {
  impl_->prepare = std::move(prepare);
}

void Publisher::Impl::sign(const Slot& slot) {
  signatures.clear();
  if (!signer) return;
  statements.clear();
  for (const auto& p : slot.pending)
    statements.push_back(
        {p.publish_time, source, view(p.id), p.schema_ref, view(p.payload), view(p.sealed)});
  signatures = signer->sign(slot.topic, slot.partition, statements);
}

void Publisher::Impl::fill(const Slot& slot) {
  records.clear();
  headers.clear();
  headers.reserve(slot.pending.size() * kMostHeaders);
  sign(slot);
  for (std::size_t i = 0; i < slot.pending.size(); ++i) {
    const auto& p = slot.pending[i];
    const std::size_t first = headers.size();
    headers.push_back({"ce_specversion", "1.0"});
    headers.push_back({"ce_type", slot.type});
    headers.push_back({"ce_source", source});
    headers.push_back({"ce_id", view(p.id)});
    headers.push_back({"ce_time", view(p.time)});
    headers.push_back({"ce_subject", view(p.subject)});
    headers.push_back({"ce_dataschema", view(p.schema)});
    headers.push_back({"ce_partitionkey", view(p.key)});
    headers.push_back({"ce_traceparent", view(p.trace)});
    if (p.causes.size > 0) headers.push_back({"ce_causedby", view(p.causes)});
    if (p.sealed.size > 0) headers.push_back({schemas::header::kSealed, view(p.sealed)});
    if (!signatures.empty()) headers.push_back({schemas::header::kSignature, signatures[i]});
    records.push_back({p.publish_time,
                       p.sequence,
                       view(p.key),
                       view(p.value),
                       {headers.data() + first, headers.size() - first}});
  }
}

Result<std::uint64_t> Publisher::send() {
  auto& m = *impl_;
  if (m.prepare) CITYBRAIN_TRY(m.prepare());
  std::uint64_t stored = 0;
  for (auto& slot : m.slots) {
    if (slot.pending.empty()) continue;
    runtime::fault_point(runtime::Fault::kPublish);
    m.fill(slot);
    CITYBRAIN_ASSIGN(outcome, m.appender->append(slot.topic, slot.partition, m.records));
    stored += outcome.stored;
    slot.pending.clear();
  }
  m.arena.clear();
  m.time_of = EventTime{INT64_MIN};
  return stored;
}

Result<void> Publisher::flush() { return impl_->appender->flush(); }

std::string Publisher::save() const {
  auto sequences = impl_->restored;
  for (const auto& s : impl_->slots) sequences[{s.topic, s.partition}] = s.sequence;
  model::Writer w;
  w(sequences);
  return w.take();
}

Result<void> Publisher::restore(std::string_view saved) {
  model::Reader r(saved);
  r(impl_->restored);
  if (!r.complete())
    return Error{"CB-NETWORK-SEQUENCES", "the saved sequences of a producer are damaged",
                 impl_->source, "run again without --resume"};
  impl_->slots.clear();
  return {};
}

}  // namespace citybrain::network
