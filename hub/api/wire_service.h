// One request of Kafka's protocol to its reply, without sockets and without a clock: the server
// gives the time and asks again what has to wait. Private to hub/api. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hub/api/wire_bytes.h"
#include "hub/api/wire_groups.h"
#include "hub/network/network.h"

namespace citybrain::api {

/// Numbers of the requests ("API Keys").
enum class WireApi : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kLeaveGroup = 13,
  kSyncGroup = 14,
  kApiVersions = 18,
  kCreateTopics = 19,
  kDeleteTopics = 20,
  kInitProducerId = 22,
  kDescribeConfigs = 32,
};

struct WireEndpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// What one connection remembers: where it reads.
struct WireConnection {
  static constexpr std::size_t kMostCursors = 64;
  WireEndpoint endpoint;  ///< what this client is told to connect to
  std::map<network::TopicPartition, std::unique_ptr<network::Cursor>> cursors;
};

/// A request under way.
struct WireExchange {
  std::string request;  ///< without its length
  std::string reply;    ///< with its length; empty: none is sent
  std::int64_t since = 0;
  bool waits = false;  ///< asked before
  WireGroups::Waiting waiting = {};
};

enum class WireStep : std::uint8_t {
  kReply,    ///< `reply` is to be sent
  kSilence,  ///< nothing is to be sent; the connection goes on
  kAgain,    ///< ask again soon
  kClose,    ///< malformed, or nothing that is served
};

class WireService {
 public:
  WireService(network::Log& log, std::size_t max_reply_bytes)
      : log_(log), max_reply_bytes_(max_reply_bytes) {}

  /// `now` in milliseconds of a steady clock; `room` is what a reply may have of records.
  WireStep answer(WireConnection& connection, WireExchange& exchange, std::int64_t now,
                  std::size_t room);

 private:
  struct Header {
    WireApi api{};
    std::int16_t version = 0;
    std::int32_t correlation = 0;
    std::string_view client;
  };
  struct Call {
    const Header& header;
    WireReader& in;
    WireWriter& out;
    WireConnection& connection;
    WireExchange& exchange;
    std::int64_t now = 0;
    std::size_t room = 0;
    std::int16_t version() const { return header.version; }
  };
  using Known = std::map<std::string, std::uint32_t, std::less<>>;
  struct FetchPartition {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int32_t most = 0;
  };
  struct FetchAnswer {
    WireError error = WireError::kNone;
    std::int64_t end = -1;
    std::int64_t begin = -1;
    std::string records;
  };

  WireStep dispatch(Call& c);
  WireStep api_versions(Call& c);
  WireStep metadata(Call& c);
  WireStep find_coordinator(Call& c);
  WireStep describe_configs(Call& c);
  WireStep produce(Call& c);
  WireStep create_topics(Call& c);
  WireStep delete_topics(Call& c);
  WireStep init_producer_id(Call& c);
  // wire_read_requests.cpp
  WireStep list_offsets(Call& c);
  void list_offset(Call& c, std::string_view topic);
  WireStep fetch(Call& c);
  FetchAnswer fetch_partition(Call& c, const network::TopicPartition& at, const FetchPartition& p,
                              std::size_t room, bool at_least_one);
  model::Result<network::Cursor*> cursor(WireConnection& connection,
                                         const network::TopicPartition& at, network::Position from);
  // wire_group_requests.cpp
  WireStep join_group(Call& c);
  WireStep sync_group(Call& c);
  WireStep heartbeat(Call& c);
  WireStep leave_group(Call& c);
  WireStep offset_commit(Call& c);
  WireStep offset_fetch(Call& c);

  /// The partitions of every topic. Topics may come while others write.
  const Known& topics();
  bool known(std::string_view topic, std::int32_t partition);

  network::Log& log_;
  std::size_t max_reply_bytes_;
  Known topics_;
  WireGroups groups_;
};

/// How long a reader at the end waits at most, in milliseconds: quick for whoever wants to know
/// that this is the end, seldom enough for whoever keeps asking.
constexpr std::int64_t kWireEndWaitMs = 50;

}  // namespace citybrain::api
