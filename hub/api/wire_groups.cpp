#include "hub/api/wire_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::api {
namespace {

// Kafka's defaults of group.min.session.timeout.ms (lowered: simulations are impatient) and .max.
constexpr std::int64_t kLeastSessionMs = 100;
constexpr std::int64_t kMostSessionMs = 1'800'000;

}  // namespace

const std::string* WireGroups::Member::metadata(std::string_view protocol) const {
  for (const auto& p : protocols)
    if (p.name == protocol) return &p.metadata;
  return nullptr;
}

WireGroups::Group* WireGroups::find(std::string_view name, std::int64_t now) {
  const auto at = groups_.find(name);
  if (at == groups_.end()) return nullptr;
  expire(at->second, now);
  return &at->second;
}

WireGroups::Group* WireGroups::find_or_make(std::string_view name, std::int64_t now) {
  if (auto* group = find(name, now)) return group;
  if (groups_.size() >= kMostGroups) {  // room is made by one that nobody is in
    auto at = groups_.begin();
    for (; at != groups_.end(); ++at) {
      expire(at->second, now);
      if (at->second.members.empty()) break;
    }
    if (at == groups_.end()) return nullptr;
    groups_.erase(at);
  }
  return &groups_[std::string(name)];
}

/// Members that were silent for their session are out; a rebalance does not wait for ever.
void WireGroups::expire(Group& group, std::int64_t now) {
  const auto late = [&](const auto& m) { return !m.second.joined && m.second.deadline < now; };
  if (std::erase_if(group.members, late) > 0) rebalance(group, now);
  if (group.state != State::kPreparing) return;
  const bool all = std::all_of(group.members.begin(), group.members.end(),
                               [](const auto& m) { return m.second.joined; });
  if (!all && now < group.rebalance_deadline) return;
  std::erase_if(group.members, [](const auto& m) { return !m.second.joined; });
  complete(group, now);
}

void WireGroups::rebalance(Group& group, std::int64_t now) {
  if (group.state == State::kPreparing) return;
  group.state = State::kPreparing;
  std::int64_t wait = 0;
  for (auto& [id, member] : group.members) wait = std::max(wait, member.rebalance_ms);
  group.rebalance_deadline = now + wait;
}

std::string WireGroups::common_protocol(const Group& group) {
  const auto& leader = group.members.find(group.leader)->second;
  for (const auto& p : leader.protocols)
    if (std::all_of(group.members.begin(), group.members.end(),
                    [&](const auto& m) { return m.second.metadata(p.name) != nullptr; }))
      return p.name;
  return {};
}

void WireGroups::complete(Group& group, std::int64_t now) {
  ++group.generation;
  if (group.members.empty()) {
    group.state = State::kEmpty;
    group.protocol.clear();
    group.leader.clear();
    return;
  }
  if (!group.members.contains(group.leader)) group.leader = group.members.begin()->first;
  group.protocol = common_protocol(group);
  group.state = State::kCompleting;
  for (auto& [id, member] : group.members) {
    member.joined = false;
    member.assignment.clear();
    member.deadline = now + member.session_ms;
  }
}

/// Whether the others have a way of sharing in common with the newcomer.
bool WireGroups::fits(const Group& group, const JoinRequest& request) {
  if (group.members.empty()) return true;
  if (request.protocol_type != group.protocol_type) return false;
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& p) {
    return std::all_of(group.members.begin(), group.members.end(), [&](const auto& m) {
      return m.first == request.member || m.second.metadata(p.name) != nullptr;
    });
  });
}

std::optional<JoinAnswer> WireGroups::join(const JoinRequest& request, std::int64_t now,
                                           Waiting& waiting) {
  const auto refuse = [](WireError error) {
    JoinAnswer answer;
    answer.error = error;
    return answer;
  };
  if (request.group.empty()) return refuse(WireError::kInvalidGroupId);
  if (request.session_ms < kLeastSessionMs || request.session_ms > kMostSessionMs)
    return refuse(WireError::kInvalidSessionTimeout);
  if (request.protocols.empty() || request.protocol_type.empty())
    return refuse(WireError::kInconsistentGroupProtocol);
  auto* group = find_or_make(request.group, now);
  if (group == nullptr) return refuse(WireError::kCoordinatorNotAvailable);
  std::string id = request.member;
  if (!id.empty() && !group->members.contains(id)) return refuse(WireError::kUnknownMemberId);
  if (!fits(*group, request)) return refuse(WireError::kInconsistentGroupProtocol);
  if (id.empty()) {
    if (group->members.size() >= kMostMembers) return refuse(WireError::kGroupMaxSizeReached);
    id = fmt::format("{}-{:06}", request.client.substr(0, 100), ++members_);
  }
  auto& member = group->members[id];
  member.protocols = request.protocols;
  member.session_ms = request.session_ms;
  member.rebalance_ms = std::clamp(request.rebalance_ms, request.session_ms,
                                   std::max(request.session_ms, kMostSessionMs));
  member.joined = true;
  group->protocol_type = request.protocol_type;
  waiting = {request.group, id, group->generation};
  rebalance(*group, now);
  return joined(waiting, now);
}

std::optional<JoinAnswer> WireGroups::joined(const Waiting& waiting, std::int64_t now) {
  auto* group = find(waiting.group, now);
  JoinAnswer answer;
  answer.member = waiting.member;
  if (group == nullptr || !group->members.contains(waiting.member)) {
    answer.error = WireError::kUnknownMemberId;
    return answer;
  }
  if (group->generation == waiting.generation) return std::nullopt;
  answer.generation = group->generation;
  answer.protocol = group->protocol;
  answer.leader = group->leader;
  if (group->leader == waiting.member)
    for (const auto& [id, member] : group->members) {
      const auto* metadata = member.metadata(group->protocol);
      answer.members.emplace_back(id, metadata == nullptr ? std::string() : *metadata);
    }
  return answer;
}

WireError WireGroups::check(Group* group, const Waiting& member) const {
  if (group == nullptr || !group->members.contains(member.member))
    return WireError::kUnknownMemberId;
  if (group->generation != member.generation) return WireError::kIllegalGeneration;
  return group->state == State::kPreparing ? WireError::kRebalanceInProgress : WireError::kNone;
}

std::optional<SyncAnswer> WireGroups::sync(
    const Waiting& member,
    const std::vector<std::pair<std::string_view, std::string_view>>& assignments,
    std::int64_t now) {
  auto* group = find(member.group, now);
  if (const auto error = check(group, member); error != WireError::kNone)
    return SyncAnswer{error, {}};
  if (group->state == State::kCompleting && member.member == group->leader) {
    for (const auto& [id, assignment] : assignments)
      if (const auto at = group->members.find(id); at != group->members.end())
        at->second.assignment = assignment;
    group->state = State::kStable;
  }
  return synced(member, now);
}

std::optional<SyncAnswer> WireGroups::synced(const Waiting& member, std::int64_t now) {
  auto* group = find(member.group, now);
  if (const auto error = check(group, member); error != WireError::kNone)
    return SyncAnswer{error, {}};
  auto& m = group->members.find(member.member)->second;
  m.deadline = now + m.session_ms;
  if (group->state != State::kStable) return std::nullopt;
  return SyncAnswer{WireError::kNone, m.assignment};
}

WireError WireGroups::heartbeat(const Waiting& member, std::int64_t now) {
  auto* group = find(member.group, now);
  const auto error = check(group, member);
  if (error == WireError::kNone || error == WireError::kRebalanceInProgress) {
    auto& m = group->members.find(member.member)->second;
    m.deadline = now + m.session_ms;
  }
  return error;
}

WireError WireGroups::leave(std::string_view name, std::string_view member, std::int64_t now) {
  auto* group = find(name, now);
  if (group == nullptr) return WireError::kUnknownMemberId;
  const auto at = group->members.find(member);
  if (at == group->members.end()) return WireError::kUnknownMemberId;
  group->members.erase(at);
  rebalance(*group, now);
  expire(*group, now);
  return WireError::kNone;
}

WireError WireGroups::may_commit(const Waiting& member, std::int64_t now) {
  if (member.group.empty()) return WireError::kInvalidGroupId;
  auto* group = find_or_make(member.group, now);
  if (group == nullptr) return WireError::kCoordinatorNotAvailable;
  if (member.generation < 0 && member.member.empty())
    return group->members.empty() ? WireError::kNone : WireError::kUnknownMemberId;
  const auto error = check(group, member);  // what was read before a rebalance may be said in it
  return error == WireError::kRebalanceInProgress ? WireError::kNone : error;
}

WireError WireGroups::commit(std::string_view name, const network::TopicPartition& at,
                             std::int64_t offset, std::string_view metadata) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return WireError::kCoordinatorNotAvailable;
  if (metadata.size() > kMostMetadata) return WireError::kOffsetMetadataTooLarge;
  group->second.offsets[at] = {offset, std::string(metadata)};
  return WireError::kNone;
}

std::optional<CommittedOffset> WireGroups::committed(std::string_view name,
                                                     const network::TopicPartition& at) const {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return std::nullopt;
  const auto found = group->second.offsets.find(at);
  if (found == group->second.offsets.end()) return std::nullopt;
  return found->second;
}

std::vector<network::TopicPartition> WireGroups::committed_partitions(std::string_view name) const {
  std::vector<network::TopicPartition> out;
  if (const auto group = groups_.find(name); group != groups_.end())
    for (const auto& [at, offset] : group->second.offsets) out.push_back(at);
  return out;
}

}  // namespace citybrain::api
