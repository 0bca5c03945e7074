// Where a partition begins and ends, and its records.
#include <algorithm>

#include "hub/api/wire_batch.h"
#include "hub/api/wire_service.h"

namespace citybrain::api {
namespace {

using network::Position;
using network::TopicPartition;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;

}  // namespace

void WireService::list_offset(Call& c, std::string_view topic) {
  const auto partition = c.in.i32();
  if (c.version() >= 4) (void)c.in.i32();
  const auto time = c.in.i64();
  auto error = WireError::kNone;
  std::int64_t offset = -1, at = -1;
  const TopicPartition place{std::string(topic), static_cast<network::Partition>(partition)};
  if (!known(topic, partition)) {
    error = WireError::kUnknownTopicOrPartition;
  } else if (time == kLatest || time == kEarliest || time <= 1) {
    // Records before 1970 are stamped 1 (kafka_time): they come first, whatever time is asked for.
    const auto found =
        time == kLatest ? log_.end(topic, place.partition) : log_.begin(topic, place.partition);
    if (!found) error = WireError::kLogError;
    if (found) offset = static_cast<std::int64_t>(*found);
  } else {
    const auto found = log_.position_at(topic, place.partition, model::EventTime{time});
    auto reader = found ? log_.cursor(topic, place.partition, *found)
                        : model::Result<std::unique_ptr<network::Cursor>>(found.error());
    auto records = reader ? (*reader)->poll(1)
                          : model::Result<std::span<const network::RecordView>>(reader.error());
    if (!records) error = WireError::kLogError;
    if (records && !records->empty()) {
      offset = static_cast<std::int64_t>(*found);
      at = records->front().publish_time.ms;
    }
  }
  c.out.i32(partition);
  c.out.i16(static_cast<std::int16_t>(error));
  c.out.i64(at);
  c.out.i64(offset);
  if (c.version() >= 4) c.out.i32(error == WireError::kNone ? 0 : -1);
}

WireStep WireService::list_offsets(Call& c) {
  (void)c.in.i32();
  if (c.version() >= 2) (void)c.in.i8();
  const auto n = c.in.count(6);
  if (c.version() >= 2) c.out.i32(0);
  c.out.count(static_cast<std::size_t>(std::max(n, 0)));
  for (std::int32_t t = 0; t < n && c.in.ok(); ++t) {
    const auto topic = c.in.string();
    c.out.string(topic);
    const auto partitions = c.in.count(c.version() >= 4 ? 16 : 12);
    c.out.count(static_cast<std::size_t>(std::max(partitions, 0)));
    for (std::int32_t p = 0; p < partitions && c.in.ok(); ++p) list_offset(c, topic);
  }
  return WireStep::kReply;
}

model::Result<network::Cursor*> WireService::cursor(WireConnection& connection,
                                                    const TopicPartition& at, Position from) {
  auto found = connection.cursors.find(at);
  if (found == connection.cursors.end()) {
    CITYBRAIN_ASSIGN(made, log_.cursor(at.topic, at.partition, from));
    if (connection.cursors.size() >= WireConnection::kMostCursors)
      connection.cursors.erase(connection.cursors.begin());
    found = connection.cursors.emplace(at, std::move(made)).first;
  }
  if (found->second->position() != from) found->second->seek(from);
  return found->second.get();
}

WireService::FetchAnswer WireService::fetch_partition(Call& c, const TopicPartition& at,
                                                      const FetchPartition& p, std::size_t room,
                                                      bool at_least_one) {
  FetchAnswer out;
  if (!known(at.topic, p.partition)) {
    out.error = WireError::kUnknownTopicOrPartition;
    return out;
  }
  const auto begin = log_.begin(at.topic, at.partition);
  const auto end = log_.end(at.topic, at.partition);
  if (!begin || !end) {
    out.error = WireError::kLogError;
    return out;
  }
  out.begin = static_cast<std::int64_t>(*begin);
  out.end = static_cast<std::int64_t>(*end);
  if (p.offset < out.begin || p.offset > out.end) {
    out.error = WireError::kOffsetOutOfRange;
    return out;
  }
  const auto most = std::min(room, static_cast<std::size_t>(std::max(p.most, 0)));
  if (p.offset == out.end || (most == 0 && !at_least_one)) return out;
  auto reader = cursor(c.connection, at, static_cast<Position>(p.offset));
  WireBatch batch(out.records);
  while (reader && (batch.bytes() < most || batch.records() == 0)) {
    const auto records = (*reader)->poll(1);  // no more than one record beyond the bound
    if (!records) {
      reader = records.error();
      break;
    }
    if (records->empty()) break;
    for (const auto& r : *records) batch.add(r);
  }
  if (!reader && batch.records() == 0) out.error = WireError::kLogError;
  batch.finish();
  return out;
}

WireStep WireService::fetch(Call& c) {
  (void)c.in.i32();  // replica
  const std::int64_t wait = c.in.i32();
  const std::size_t least = static_cast<std::size_t>(std::max(c.in.i32(), 0));
  std::size_t room = std::min(c.room, static_cast<std::size_t>(std::max(c.in.i32(), 0)));
  (void)c.in.i8();  // isolation: there is nothing that is not committed
  const bool session = c.version() >= 7 && c.in.i32() != 0;
  if (c.version() >= 7) (void)c.in.i32();
  const auto topics_asked = c.in.count(6);

  c.out.i32(0);
  if (c.version() >= 7) {
    c.out.i16(
        static_cast<std::int16_t>(session ? WireError::kFetchSessionIdNotFound : WireError::kNone));
    c.out.i32(0);  // no session: the next request says everything again
  }
  c.out.count(static_cast<std::size_t>(std::max(topics_asked, 0)));
  std::size_t sent = 0;
  bool failed = session;
  for (std::int32_t t = 0; t < topics_asked && c.in.ok(); ++t) {
    TopicPartition at;
    at.topic = c.in.string();
    c.out.string(at.topic);
    const auto partitions = c.in.count(16);
    c.out.count(static_cast<std::size_t>(std::max(partitions, 0)));
    for (std::int32_t i = 0; i < partitions && c.in.ok(); ++i) {
      FetchPartition p;
      p.partition = c.in.i32();
      if (c.version() >= 9) (void)c.in.i32();
      p.offset = c.in.i64();
      if (c.version() >= 5) (void)c.in.i64();
      p.most = c.in.i32();
      if (!c.in.ok()) return WireStep::kClose;
      at.partition = static_cast<network::Partition>(p.partition);
      const auto found = fetch_partition(c, at, p, room, sent == 0);
      failed = failed || found.error != WireError::kNone;
      sent += found.records.size();
      room -= std::min(room, found.records.size());
      c.out.i32(p.partition);
      c.out.i16(static_cast<std::int16_t>(found.error));
      c.out.i64(found.end);
      c.out.i64(found.end);  // last stable
      if (c.version() >= 5) c.out.i64(found.begin);
      c.out.i32(0);                          // no aborted transactions
      if (c.version() >= 11) c.out.i32(-1);  // no better replica
      c.out.bytes(found.records);
    }
  }
  const auto patience = std::min(wait, kWireEndWaitMs);
  const bool early = sent < std::max<std::size_t>(least, 1) && !failed;
  return early && c.now - c.exchange.since < patience ? WireStep::kAgain : WireStep::kReply;
}

}  // namespace citybrain::api
