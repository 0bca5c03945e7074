// A run's log for Kafka's clients (kcat, librdkafka, kafkajs, Kafka's own): the wire protocol of
// Apache Kafka (kafka.apache.org/protocol), read-only, as one broker with node id 1. Topics,
// records, time stamps and headers are what the log on Kafka would hold (docs/network.md).
//
// Served: ApiVersions, Metadata, ListOffsets, Fetch, FindCoordinator, JoinGroup, SyncGroup,
// Heartbeat, LeaveGroup, OffsetCommit, OffsetFetch, DescribeConfigs. Refused with Kafka's own
// error codes: Produce (TOPIC_AUTHORIZATION_FAILED), InitProducerId
// (CLUSTER_AUTHORIZATION_FAILED), CreateTopics and DeleteTopics (POLICY_VIOLATION). Another request
// or version closes the connection, as a broker does.
//
// Promises: the log is only read; groups and their offsets live in memory, for as long as the
// server; a request that is malformed or too long closes its connection and nothing else; what is
// sent at once is bounded (options), over all connections; a reader at the end waits 50 ms at most.
// Errors: CB-API-LISTEN. Threading: as api.h's Server; serve() runs on one thread and may share the
// log with others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "hub/model/result.h"
#include "hub/network/network.h"

namespace citybrain::api {

struct WireOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                    ///< 0: any free one
  std::string advertised_host;               ///< what clients are told; empty: where they came in
  std::uint16_t advertised_port = 0;         ///< 0: `port`
  std::size_t max_request_bytes = 1U << 20;  ///< offsets of many partitions are the longest
  std::size_t max_reply_bytes = 4U << 20;    ///< of records in one reply, and one record
  std::size_t max_unsent_bytes = 64U << 20;  ///< of records in replies under way
  std::size_t max_connections = 256;         ///< what comes beyond is closed
  std::uint32_t idle_s = 600;                ///< wall time between two requests
  std::uint32_t stall_s = 30;                ///< wall time for one request or one reply
};

class WireServer {
 public:
  /// `log` must outlive the server.
  static model::Result<WireServer> listen(const WireOptions& options, network::Log& log);
  WireServer(WireServer&&) noexcept;
  WireServer& operator=(WireServer&&) noexcept;
  ~WireServer();

  std::uint16_t port() const;
  /// Returns after stop(), or after SIGINT or SIGTERM when `stop_on_signal`.
  void serve(bool stop_on_signal);
  void stop();

 private:
  struct Impl;
  explicit WireServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::api
