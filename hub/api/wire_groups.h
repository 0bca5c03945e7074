// Consumer groups for Kafka's clients, in memory: who is a member, who leads, what the leader gave
// to whom, and how far a group has read (kafka.apache.org/protocol; the classic protocol of
// KIP-62). No IO and no clock: the time is an argument, in milliseconds of any steady clock. Static
// members are not known: one that comes back is a new one. Private to hub/api. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/network.h"

namespace citybrain::api {

/// Kafka's error codes ("Error Codes" in its protocol).
enum class WireError : std::int16_t {
  kNone = 0,
  kOffsetOutOfRange = 1,
  kUnknownTopicOrPartition = 3,
  kOffsetMetadataTooLarge = 12,
  kCoordinatorNotAvailable = 15,
  kIllegalGeneration = 22,
  kInconsistentGroupProtocol = 23,
  kInvalidGroupId = 24,
  kUnknownMemberId = 25,
  kInvalidSessionTimeout = 26,
  kRebalanceInProgress = 27,
  kTopicAuthorizationFailed = 29,
  kClusterAuthorizationFailed = 31,
  kUnsupportedVersion = 35,
  kInvalidRequest = 42,
  kPolicyViolation = 44,
  kTransactionalIdAuthorizationFailed = 53,
  kLogError = 56,  ///< KAFKA_STORAGE_ERROR
  kFetchSessionIdNotFound = 70,
  kGroupMaxSizeReached = 81,
};

struct GroupProtocol {
  std::string name;
  std::string metadata;
};

struct JoinRequest {
  std::string group;
  std::string member;  ///< empty: a new one
  std::string client;
  std::string protocol_type;
  std::int64_t session_ms = 0;
  std::int64_t rebalance_ms = 0;
  std::vector<GroupProtocol> protocols;
};

struct JoinAnswer {
  WireError error = WireError::kNone;
  std::int32_t generation = -1;
  std::string protocol, leader, member;
  std::vector<std::pair<std::string, std::string>> members;  ///< for the leader: id, metadata
};

struct SyncAnswer {
  WireError error = WireError::kNone;
  std::string assignment;
};

struct CommittedOffset {
  std::int64_t offset = -1;
  std::string metadata;
};

class WireGroups {
 public:
  static constexpr std::size_t kMostGroups = 1000;
  static constexpr std::size_t kMostMembers = 200;
  static constexpr std::size_t kMostMetadata = 4096;  ///< of a committed offset, Kafka's default

  /// What waits for others: to be asked again until there is an answer.
  struct Waiting {
    std::string group, member;
    std::int32_t generation = -1;
  };

  /// An answer at once (an error), or `waiting` is filled.
  std::optional<JoinAnswer> join(const JoinRequest& request, std::int64_t now, Waiting& waiting);
  std::optional<JoinAnswer> joined(const Waiting& waiting, std::int64_t now);
  std::optional<SyncAnswer> sync(
      const Waiting& member,
      const std::vector<std::pair<std::string_view, std::string_view>>& assignments,
      std::int64_t now);
  std::optional<SyncAnswer> synced(const Waiting& member, std::int64_t now);
  WireError heartbeat(const Waiting& member, std::int64_t now);
  WireError leave(std::string_view group, std::string_view member, std::int64_t now);

  /// Whether this member may commit; generation -1 and no name: somebody without a membership.
  WireError may_commit(const Waiting& member, std::int64_t now);
  WireError commit(std::string_view group, const network::TopicPartition& at, std::int64_t offset,
                   std::string_view metadata);
  std::optional<CommittedOffset> committed(std::string_view group,
                                           const network::TopicPartition& at) const;
  std::vector<network::TopicPartition> committed_partitions(std::string_view group) const;

 private:
  enum class State : std::uint8_t { kEmpty, kPreparing, kCompleting, kStable };
  struct Member {
    std::vector<GroupProtocol> protocols;
    std::string assignment;
    std::int64_t session_ms = 0;
    std::int64_t rebalance_ms = 0;
    std::int64_t deadline = 0;
    bool joined = false;
    const std::string* metadata(std::string_view protocol) const;
  };
  struct Group {
    State state = State::kEmpty;
    std::int32_t generation = 0;
    std::string protocol_type, protocol, leader;
    std::int64_t rebalance_deadline = 0;
    std::map<std::string, Member, std::less<>> members;
    std::map<network::TopicPartition, CommittedOffset> offsets;
  };

  Group* find(std::string_view name, std::int64_t now);
  Group* find_or_make(std::string_view name, std::int64_t now);
  WireError check(Group* group, const Waiting& member) const;
  static void expire(Group& group, std::int64_t now);
  static void rebalance(Group& group, std::int64_t now);
  static void complete(Group& group, std::int64_t now);
  static std::string common_protocol(const Group& group);
  static bool fits(const Group& group, const JoinRequest& request);

  std::map<std::string, Group, std::less<>> groups_;
  std::uint64_t members_ = 0;  ///< so far; part of their names
};

}  // namespace citybrain::api
