// The requests of consumer groups.
#include <algorithm>

#include "hub/api/wire_service.h"

namespace citybrain::api {
namespace {

constexpr std::int64_t kNoOffset = -1;

std::int16_t code(WireError error) { return static_cast<std::int16_t>(error); }

void write(WireWriter& out, std::int16_t version, const JoinAnswer& answer) {
  if (version >= 2) out.i32(0);
  out.i16(code(answer.error));
  out.i32(answer.generation);
  out.string(answer.protocol);
  out.string(answer.leader);
  out.string(answer.member);
  out.count(answer.members.size());
  for (const auto& [id, metadata] : answer.members) {
    out.string(id);
    out.bytes(metadata);
  }
}

}  // namespace

WireStep WireService::join_group(Call& c) {
  JoinRequest r;
  r.group = c.in.string();
  r.session_ms = c.in.i32();
  r.rebalance_ms = c.version() >= 1 ? c.in.i32() : r.session_ms;
  r.member = c.in.string();
  r.protocol_type = c.in.string();
  r.client = c.header.client;
  const auto n = c.in.count(6);
  for (std::int32_t i = 0; i < n && c.in.ok(); ++i) {
    auto& p = r.protocols.emplace_back();
    p.name = c.in.string();
    p.metadata = c.in.bytes();
  }
  if (!c.in.ok()) return WireStep::kClose;
  const auto answer = c.exchange.waits ? groups_.joined(c.exchange.waiting, c.now)
                                       : groups_.join(r, c.now, c.exchange.waiting);
  if (!answer) return WireStep::kAgain;
  write(c.out, c.version(), *answer);
  return WireStep::kReply;
}

WireStep WireService::sync_group(Call& c) {
  WireGroups::Waiting member;
  member.group = c.in.string();
  member.generation = c.in.i32();
  member.member = c.in.string();
  std::vector<std::pair<std::string_view, std::string_view>> assignments;
  const auto n = c.in.count(6);
  for (std::int32_t i = 0; i < n && c.in.ok(); ++i) {
    const auto id = c.in.string();
    assignments.emplace_back(id, c.in.bytes());
  }
  if (!c.in.ok()) return WireStep::kClose;
  const auto answer =
      c.exchange.waits ? groups_.synced(member, c.now) : groups_.sync(member, assignments, c.now);
  if (!answer) return WireStep::kAgain;
  if (c.version() >= 1) c.out.i32(0);
  c.out.i16(code(answer->error));
  c.out.bytes(answer->assignment);
  return WireStep::kReply;
}

WireStep WireService::heartbeat(Call& c) {
  WireGroups::Waiting member;
  member.group = c.in.string();
  member.generation = c.in.i32();
  member.member = c.in.string();
  if (!c.in.ok()) return WireStep::kClose;
  if (c.version() >= 1) c.out.i32(0);
  c.out.i16(code(groups_.heartbeat(member, c.now)));
  return WireStep::kReply;
}

WireStep WireService::leave_group(Call& c) {
  const auto group = c.in.string();
  const auto member = c.in.string();
  if (!c.in.ok()) return WireStep::kClose;
  if (c.version() >= 1) c.out.i32(0);
  c.out.i16(code(groups_.leave(group, member, c.now)));
  return WireStep::kReply;
}

WireStep WireService::offset_commit(Call& c) {
  WireGroups::Waiting member;
  member.group = c.in.string();
  member.generation = c.in.i32();
  member.member = c.in.string();
  if (c.version() <= 4) (void)c.in.i64();  // retention
  const auto n = c.in.count(6);
  if (!c.in.ok()) return WireStep::kClose;
  const auto allowed = groups_.may_commit(member, c.now);
  if (c.version() >= 3) c.out.i32(0);
  c.out.count(static_cast<std::size_t>(std::max(n, 0)));
  for (std::int32_t t = 0; t < n && c.in.ok(); ++t) {
    network::TopicPartition at;
    at.topic = c.in.string();
    c.out.string(at.topic);
    const auto partitions = c.in.count(14);
    c.out.count(static_cast<std::size_t>(std::max(partitions, 0)));
    for (std::int32_t p = 0; p < partitions && c.in.ok(); ++p) {
      const auto number = c.in.i32();
      const auto offset = c.in.i64();
      if (c.version() >= 6) (void)c.in.i32();
      const auto metadata = c.in.nullable_string().value_or(std::string_view{});
      at.partition = static_cast<network::Partition>(number);
      auto error = allowed;
      if (error == WireError::kNone && !known(at.topic, number))
        error = WireError::kUnknownTopicOrPartition;
      if (error == WireError::kNone && c.in.ok())
        error = groups_.commit(member.group, at, offset, metadata);
      c.out.i32(number);
      c.out.i16(code(error));
    }
  }
  return WireStep::kReply;
}

WireStep WireService::offset_fetch(Call& c) {
  const auto group = c.in.string();
  const auto n = c.in.count(6);
  if (!c.in.ok()) return WireStep::kClose;
  std::map<std::string, std::vector<network::Partition>> asked;
  if (n < 0 && c.version() >= 2)
    for (const auto& at : groups_.committed_partitions(group))
      asked[at.topic].push_back(at.partition);
  for (std::int32_t t = 0; t < n && c.in.ok(); ++t) {
    auto& numbers = asked[std::string(c.in.string())];
    const auto partitions = c.in.count(4);
    for (std::int32_t p = 0; p < partitions && c.in.ok(); ++p)
      numbers.push_back(static_cast<network::Partition>(c.in.i32()));
  }
  if (c.version() >= 3) c.out.i32(0);
  c.out.count(asked.size());
  for (const auto& [topic, numbers] : asked) {
    c.out.string(topic);
    c.out.count(numbers.size());
    for (const auto number : numbers) {
      const auto found = groups_.committed(group, {topic, number});
      c.out.i32(static_cast<std::int32_t>(number));
      c.out.i64(found ? found->offset : kNoOffset);
      if (c.version() >= 5) c.out.i32(-1);  // leader epoch
      c.out.string(found ? found->metadata : "");
      c.out.i16(0);
    }
  }
  if (c.version() >= 2) c.out.i16(0);
  return WireStep::kReply;
}

}  // namespace citybrain::api
