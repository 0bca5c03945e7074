// The Log of network.h on Apache Kafka (3.x and 4.x brokers) through librdkafka.
//
// A log is a set of topics "PREFIX.NAME"; "PREFIX.citybrain" holds its identity. Records are plain
// Kafka records: key, value, headers as they were given (CloudEvents arrive as ce_*), CreateTime is
// the publish time. One header more, `cb_origin`, is the text "SEQUENCE PRODUCER"; a publish time
// that Kafka cannot say (0 or before) is the text of `cb_time`.
//
// What is promised beyond network.h, and what it costs:
// - Writes are idempotent and acknowledged by all in-sync replicas. A producer that comes back
// finds
//   its last sequence by reading the partition backwards; what it wrote and was truncated away is
//   forgotten. Readers drop what repeats a (producer, sequence) that they have read.
// - append() returns when the records are in a bounded queue; it waits while that is full. A record
//   that could not be delivered makes every later append, flush and sync fail. What is stored of a
//   producer in a partition is always a prefix of what it appended: the client gives up no single
//   record, flush() gives up all that is left.
// - The fetch queue of a partition is bounded as well (options).
// - Retention goes by the records' time, which is simulated: topics are made with retention.ms=-1,
//   and others are refused at open (CB-NETWORK-RETENTION).
// - truncate_before() cuts at the very position. Transactions leave gaps in the positions.
// - Every wait ends after `timeout`, with an error that names the broker.
// Errors: CB-NETWORK-*, CB-INPUT-STORE, CB-INPUT-NETCONFIG, CB-USAGE-NETWORK. docs/network.md
// says what to set at a broker.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/network.h"

namespace citybrain::network {

/// "HOST:PORT[,HOST:PORT...][/PREFIX]", as behind "kafka:" of --network.
struct KafkaAddress {
  std::string brokers;  ///< "HOST:PORT[,HOST:PORT...]"
  std::string prefix;   ///< empty: none was said

  /// Error CB-USAGE-NETWORK says what was expected.
  static model::Result<KafkaAddress> parse(std::string_view text);
};

/// A property of librdkafka ("security.protocol"), and where it was said.
struct KafkaProperty {
  std::string key;
  std::string value;
  std::string where;  ///< file:line
};
using KafkaProperties = std::vector<KafkaProperty>;

/// Lines of `key=value`; empty lines and lines that begin with # say nothing. Refused with file and
/// line (CB-INPUT-NETCONFIG): lines of another form, properties or values that librdkafka does
/// not know, and properties that the log itself decides (bootstrap.servers, acks, group.id, ...).
model::Result<KafkaProperties> parse_kafka_properties(std::string_view text, std::string_view file);
model::Result<KafkaProperties> read_kafka_properties(const std::filesystem::path& file);

struct KafkaOptions {
  std::string brokers;
  std::string prefix;    ///< of the topics' names; not empty
  /// Scenario and version; topics of another one are refused. Empty: whatever run is there, and
  /// there must be one (CB-INPUT-RUN).
  std::string identity;
  KafkaProperties properties;
  std::chrono::milliseconds timeout{30'000};  ///< of every wait for the brokers
  std::chrono::milliseconds linger{5};        ///< how long a record may wait for company
  std::uint32_t send_queue_kib = 64 * 1024;   ///< appended, not yet acknowledged
  std::uint32_t fetch_queue_kib = 64 * 1024;  ///< fetched, not yet polled; a partition
  std::int16_t replication = -1;              ///< of new topics; -1: as the broker is set
  /// Nobody but this Log appends to these topics: ends are known without asking the broker.
  bool sole_writer = false;
  /// Refuse topics that are there already, also with the same identity (CB-INPUT-STORE).
  bool must_be_new = false;
  /// Given librdkafka's statistics of the shared producer (JSON) every second of wall time, from
  /// whichever thread appends or waits; may be empty.
  std::function<void(std::string_view)> statistics;
};

/// Errors: CB-NETWORK-OPEN (no broker answers, credentials or certificates were refused),
/// CB-NETWORK-RIGHTS, CB-NETWORK-RETENTION, CB-INPUT-STORE.
model::Result<std::unique_ptr<Log>> open_kafka(const KafkaOptions& options);

/// Removes every topic of the prefix, whatever its identity. None there is no error.
model::Result<void> remove_kafka_topics(const KafkaOptions& options);

}  // namespace citybrain::network
