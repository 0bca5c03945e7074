// The log on Kafka. Private to hub/network.
//
// Clients. One producer serves all appenders; a transactional appender has its own. Cursors share
// consumers ("readers"): a reader reads many partitions, each through a queue of its own, and a
// second cursor on the same partition goes to the next reader. So a run has a handful of threads
// and connections, whatever its number of topics and districts.
//
// Ends. Reading stops at the end as it was at the call. Whoever is the only writer counts his own
// acknowledgements; others ask the broker, for one partition or, by horizon(), for all at once.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/kafka_client.h"

namespace citybrain::network {

/// The header that says who wrote a record and when in his own order: "SEQUENCE PRODUCER".
constexpr char kOriginHeader[] = "cb_origin";
/// The publish time in milliseconds, where Kafka's timestamp cannot say it.
constexpr char kTimeHeader[] = "cb_time";
void write_origin(std::uint64_t sequence, std::string_view producer, std::string& out);
/// False when the text is not of this form.
bool parse_origin(std::string_view text, std::uint64_t& sequence, std::string_view& producer);

struct KafkaTopic;

/// One partition as this Log knows it; lives as long as the Log.
struct KafkaPartition {
  const KafkaTopic* topic = nullptr;
  Partition number = 0;

  // Changed by delivery reports, from whichever thread serves them.
  std::atomic<std::uint64_t> in_flight = 0;  ///< outside transactions
  std::atomic<Position> end = 0;             ///< at least so far
  std::atomic<bool> end_known = false;       ///< was asked at least once
  std::atomic<std::uint64_t> asked = 0;      ///< the moment at which `end` was asked last

  // Under the log's scan mutex: the last sequence of every producer found at or behind `scanned`.
  std::map<std::string, std::uint64_t, std::less<>> producers;
  std::optional<Position> scanned;

  void raise_end(Position to);
  std::string where() const;
};

struct KafkaTopic {
  std::string name;         ///< ours
  std::string kafka;        ///< with the prefix
  KafkaTopicHandle handle;  ///< of the shared producer
  std::vector<std::unique_ptr<KafkaPartition>> partitions;
};

/// A consumer that reads partitions by explicit positions.
struct KafkaReader {
  std::unique_ptr<KafkaClient> client;
  std::map<std::string, KafkaTopicHandle> topics;
  std::vector<const KafkaPartition*> taken;
};

class KafkaLog final : public Log {
 public:
  static model::Result<std::unique_ptr<Log>> open(const KafkaOptions& options);
  ~KafkaLog() override;

  model::Result<void> create(const TopicSpec& spec) override;
  model::Result<std::vector<TopicSpec>> topics() const override;
  model::Result<std::unique_ptr<Appender>> appender(const AppenderOptions& options) override;
  model::Result<std::unique_ptr<Cursor>> cursor(std::string_view topic, Partition partition,
                                                Position from) override;
  model::Result<Position> position_at(std::string_view topic, Partition partition,
                                      model::EventTime time) override;
  model::Result<Position> begin(std::string_view topic, Partition partition) override;
  model::Result<Position> end(std::string_view topic, Partition partition) override;
  model::Result<void> truncate_before(std::string_view topic, Partition partition,
                                      Position position) override;
  model::Result<void> sync() override;
  model::Result<Horizon> horizon() override;
  model::Result<std::unique_ptr<Membership>> join(const GroupOptions& options,
                                                  std::span<const std::string> topics) override;

  // For appenders.
  model::Result<KafkaPartition*> find(std::string_view topic, Partition partition);
  const KafkaOptions& options() const { return options_; }
  KafkaClient& producer() { return *producer_; }
  /// Waits until what is in the client's queue was delivered.
  model::Result<void> flush(KafkaClient& client);
  /// Records whose sequence is behind the producer's last one, which becomes theirs.
  model::Result<std::vector<const Record*>> fresh(KafkaPartition& partition,
                                                  std::string_view producer,
                                                  std::span<const Record> records);
  model::Result<std::uint64_t> last_sequence(KafkaPartition& partition, std::string_view producer);
  /// After an aborted transaction.
  void set_last_sequence(KafkaPartition& partition, std::string_view producer,
                         std::uint64_t sequence);
  void fail(model::Error error);
  std::optional<model::Error> failed() const;

  // For cursors.
  /// An end behind `position`, or the end as it is now, or as it was at the horizon or later.
  model::Result<Position> reach(KafkaPartition& partition, Position position,
                                std::uint64_t horizon);
  /// Asks the broker: one of RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END, or the first record at
  /// or after a time (nothing when there is none).
  model::Result<std::optional<Position>> ask(const KafkaPartition& partition,
                                             std::int64_t what) const;
  /// Looks up positions; partitions whose leader is changing are asked again. The list says what is
  /// asked, and then what was found.
  rd_kafka_resp_err_t look_up(rd_kafka_topic_partition_list_t& list) const;
  /// A reader that reads this partition for nobody else yet.
  model::Result<KafkaReader*> take(const KafkaPartition& partition, rd_kafka_topic_t*& topic);
  void give_back(KafkaReader& reader, const KafkaPartition& partition);

 private:
  explicit KafkaLog(const KafkaOptions& options) : options_(options) {}

  // kafka_admin.cpp
  model::Result<void> check_identity();
  model::Result<void> check_settings(const std::vector<std::string>& kafka_names) const;
  model::Result<void> check_settings(const std::vector<std::string>& kafka_names,
                                     std::chrono::steady_clock::time_point until) const;
  model::Result<void> create_on_broker(const std::string& kafka_name, std::uint32_t partitions,
                                       bool& there);
  model::Result<void> wait_until_seen(const std::string& kafka_name,
                                      std::uint32_t partitions) const;
  model::Result<std::map<std::string, std::uint32_t>> list_topics() const;

  // With the mutex held.
  void add_topic(const std::string& name, std::uint32_t partitions);

  // With the scan mutex held, and not the mutex.
  model::Result<std::uint64_t*> find_producer(KafkaPartition& partition, std::string_view producer);
  model::Result<void> scan_between(KafkaPartition& partition, Position from, Position to);

  static void delivered(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);

  const KafkaOptions options_;
  std::unique_ptr<KafkaClient> producer_;
  std::atomic<std::uint64_t> moment_ = 0;

  mutable std::mutex mutex_;
  std::map<std::string, KafkaTopic, std::less<>> topics_;
  std::optional<model::Error> failed_;
  std::atomic<bool> has_failed_ = false;

  std::mutex scan_mutex_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<KafkaReader>> readers_;
};

/// Settings of a producer; a transaction's name or nothing.
KafkaClient::Settings producer_settings(const KafkaOptions& options, std::string_view transaction);

}  // namespace citybrain::network
