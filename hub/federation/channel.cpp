#include "hub/federation/channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/federation/messages.h"
#include "hub/network/framing.h"
#include "hub/runtime/random.h"
#include "schemas/federation.h"

namespace citybrain::federation {

using model::Error;
using model::EventTime;
using model::Result;
using network::Record;

namespace {

constexpr std::size_t kChannelPoll = 256;
constexpr std::uint64_t kForgetAtOnce = 256;

/// Calls take(record) for every record published up to `now` whose value has this schema.
template <class Take>
Result<void> read_until(network::Cursor& cursor, EventTime now, network::Horizon horizon,
                        schemas::SchemaRef schema, std::uint64_t& foreign, const Take& take) {
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor.poll(kChannelPoll, horizon));
    if (records.empty()) return {};
    for (const auto& r : records) {
      if (r.publish_time > now) {
        cursor.seek(r.position);
        return {};
      }
      const auto framed = network::unframe(r.value);
      if (framed && framed->schema == schema)
        take(framed->payload);
      else
        ++foreign;
    }
  }
}

}  // namespace

Way Way::of(const Plan& plan, const LinkSpec& link, bool back) {
  const char* what = back ? "returns" : "shipments";
  Way way{&plan, &link, back, schemas::topic::federation(link.name, what), {}, {}, {}};
  way.acks = way.topic + ".acks";
  way.outbox = fmt::format("outbox.{}", link.name);
  way.schema = back ? schemas::kFederationReturn : schemas::kFederationShipment;
  return way;
}

EventTime Way::arrival(EventTime now) const {
  return now + std::int64_t{link->latency_s} * model::kStepMs;
}

bool Way::carries(EventTime now, std::string_view what, std::uint64_t n) const {
  const auto step = static_cast<model::Step>((now - plan->epoch.start) / model::kStepMs);
  if (!link->up(step) || !link->up(step + link->latency_s)) return false;
  if (link->loss <= 0) return true;
  const auto entity = runtime::purpose(link->name) ^ (back ? 1U : 0U);
  return !runtime::Random(plan->seed)
              .chance(link->loss, runtime::purpose("federation.loss"),
                      entity ^ runtime::purpose(what), n);
}

Result<Sender> Sender::open(Way way, const std::string& party, network::Log& own,
                            network::Log& network, store::SenderRow& state,
                            store::LinkCounters& counters) {
  Sender s(std::move(way), own, state, counters);
  CITYBRAIN_TRY(own.create({s.way_.outbox, 1}));
  CITYBRAIN_ASSIGN(appender, own.appender({"outbox/" + party}));
  CITYBRAIN_ASSIGN(outbox, own.cursor(s.way_.outbox, 0, state.acked));
  CITYBRAIN_TRY(network.create({s.way_.topic, 1}));
  CITYBRAIN_TRY(network.create({s.way_.acks, 1}));
  CITYBRAIN_ASSIGN(acks, network.cursor(s.way_.acks, 0, state.ack_position));
  s.appender_ = std::move(appender);
  s.outbox_ = std::move(outbox);
  s.acks_ = std::move(acks);
  s.forgotten_ = state.acked;
  return s;
}

Result<void> Sender::queue(EventTime now, std::uint64_t items, std::string_view payload) {
  std::string value;
  network::append_frame_head(way_.schema, value);
  value += payload;
  const Record record{now, next_sequence(), way_.link->name, value, {}};
  CITYBRAIN_TRY(appender_->append(way_.outbox, 0, {&record, 1}));
  if (state_->acked == state_->queued) state_->waiting_ms = now.ms;
  ++state_->queued;
  counters_->rows += items;
  counters_->bytes += payload.size();
  return {};
}

/// The outbox has one producer whose sequences have no gaps: the position follows from them.
Result<Sender::Kept> Sender::read(std::uint64_t sequence) {
  if (outbox_->position() != sequence - 1) outbox_->seek(sequence - 1);
  CITYBRAIN_ASSIGN(records, outbox_->poll(1));
  const auto framed =
      records.empty() ? Result<network::Framed>(Error{}) : network::unframe(records.front().value);
  if (!framed || records.front().sequence != sequence)
    return Error{"CB-NETWORK-SEQUENCES",
                 fmt::format("the outbox lacks message {}, which nobody has heard", sequence),
                 way_.outbox, "restore the folder from a backup, or run again without --resume"};
  return Kept{records.front().publish_time, std::string(framed->payload)};
}

Result<void> Sender::heard(std::uint64_t sequence, EventTime now) {
  if (sequence <= state_->acked || sequence > state_->queued) return {};
  state_->acked = sequence;
  state_->sent = std::max(state_->sent, sequence);
  state_->backoff_s = 0;
  state_->clock_ms = now.ms;
  if (state_->acked == state_->queued) return {};
  CITYBRAIN_ASSIGN(oldest, read(sequence + 1));
  state_->waiting_ms = oldest.queued.ms;
  return {};
}

Result<void> Sender::hear(EventTime now, network::Horizon horizon) {
  std::uint64_t last = 0;
  CITYBRAIN_TRY(read_until(*acks_, now, horizon, schemas::kFederationAck, counters_->invalid,
                           [&](std::string_view payload) {
                             const auto ack = decode_ack(payload);
                             if (!ack || ack->link != way_.link->name)
                               ++counters_->invalid;
                             else
                               last = std::max(last, ack->sequence);
                           }));
  state_->ack_position = acks_->position();
  return heard(last, now);
}

void Sender::wait_longer(EventTime now) {
  const std::int64_t patience = 2 * std::int64_t{way_.link->latency_s} * model::kStepMs +
                                kPatience_ms + std::int64_t{state_->backoff_s} * model::kStepMs;
  if (state_->sent == state_->acked || now.ms - state_->clock_ms < patience) return;
  ++counters_->retries;
  state_->sent = state_->acked;
  state_->backoff_s = state_->backoff_s == 0 ? 1 : std::min(kMostBackoff_s, 2 * state_->backoff_s);
}

Result<void> Sender::send(EventTime now, network::Publisher& publisher, const Trim& trim) {
  if (state_->acked == state_->queued) return {};
  wait_longer(now);
  const std::uint64_t most =
      state_->backoff_s > 0 ? state_->acked + 1 : std::min(state_->queued, state_->acked + kWindow);
  while (state_->sent < most) {
    CITYBRAIN_ASSIGN(kept, read(state_->sent + 1));
    if (state_->sent == state_->acked) state_->clock_ms = now.ms;
    ++state_->sent;
    ++state_->attempts;
    const auto trimmed = trim ? trim(kept.payload) : std::nullopt;
    if (!way_.carries(now, "message", state_->attempts)) {
      ++counters_->lost;
      continue;
    }
    publisher.publish(way_.topic, 0, way_.schema, way_.arrival(now), kept.queued,
                      fmt::format("{}-{}", way_.link->name, state_->sent), way_.link->name,
                      trimmed ? *trimmed : kept.payload);
  }
  counters_->oldest_ms = std::max(counters_->oldest_ms, now.ms - state_->waiting_ms);
  return {};
}

Result<void> Sender::forget() {
  if (state_->acked < forgotten_ + kForgetAtOnce) return {};
  forgotten_ = state_->acked;
  return own_->truncate_before(way_.outbox, 0, state_->acked);
}

Result<Receiver> Receiver::open(Way way, network::Log& network, store::ReceiverRow& state,
                                store::LinkCounters& counters) {
  Receiver r(std::move(way), state, counters);
  CITYBRAIN_TRY(network.create({r.way_.topic, 1}));
  CITYBRAIN_TRY(network.create({r.way_.acks, 1}));
  CITYBRAIN_ASSIGN(cursor, network.cursor(r.way_.topic, 0, state.position));
  r.cursor_ = std::move(cursor);
  return r;
}

Result<void> Receiver::receive(EventTime now, network::Horizon horizon,
                               const std::function<void(std::string_view payload)>& take) {
  CITYBRAIN_TRY(read_until(*cursor_, now, horizon, way_.schema, counters_->invalid, take));
  state_->position = cursor_->position();
  return {};
}

bool Receiver::next(std::uint64_t sequence) {
  heard_ = true;
  if (sequence == state_->received + 1) {
    state_->received = sequence;
    return true;
  }
  ++(sequence <= state_->received ? counters_->duplicates : counters_->gaps);
  return false;
}

void Receiver::answer(EventTime now, network::Publisher& publisher) {
  if (!heard_) return;
  heard_ = false;
  ++state_->acks;
  if (!way_.carries(now, "answer", state_->acks)) {
    ++counters_->lost;
    return;
  }
  publisher.publish(way_.acks, 0, schemas::kFederationAck, way_.arrival(now), now,
                    fmt::format("{}-ack-{}", way_.link->name, state_->acks), way_.link->name,
                    encode(Ack{way_.link->name, state_->received}));
}

}  // namespace citybrain::federation
