// Appends to the log on Kafka: through the log's shared producer or, in transactions, through one
// of its own. Private to hub/network.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "hub/network/kafka_log.h"

namespace citybrain::network {

class KafkaAppender final : public Appender {
 public:
  static model::Result<std::unique_ptr<Appender>> open(KafkaLog& log,
                                                       const AppenderOptions& options);
  ~KafkaAppender() override;

  model::Result<AppendOutcome> append(std::string_view topic, Partition partition,
                                      std::span<const Record> records) override;
  model::Result<void> flush() override;
  model::Result<std::uint64_t> last_sequence(std::string_view topic, Partition partition) override;
  model::Result<void> begin() override;
  model::Result<void> commit() override;
  model::Result<void> abort() override;

 private:
  /// A partition in the transaction.
  struct Touched {
    std::uint64_t sequence_before = 0;
    std::atomic<Position> end = 0;  ///< raised by delivery reports
    rd_kafka_topic_t* topic = nullptr;
  };

  KafkaAppender(KafkaLog& log, const AppenderOptions& options) : log_(log), options_(options) {}
  static void delivered(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);
  bool transactional() const { return !options_.transaction.empty(); }
  KafkaClient& client() { return transactional() ? *own_ : log_.producer(); }
  rd_kafka_topic_t* topic_handle(const KafkaTopic& topic);
  model::Result<void> produce(KafkaPartition& partition, rd_kafka_topic_t* topic, void* opaque,
                              const Record& record);
  KafkaHeaders headers(const Record& record);
  model::Error transaction_error(std::string_view what) const;
  /// Brokers say that a transaction is committed before what it holds can be read.
  void await_readable();
  /// Gives the transaction's sequences back.
  void roll_back();

  KafkaLog& log_;
  const AppenderOptions options_;
  std::string origin_;
  bool open_ = false;
  std::map<KafkaPartition*, Touched> touched_;
  std::map<const KafkaTopic*, KafkaTopicHandle> topics_;  ///< of own_
  std::unique_ptr<KafkaClient> own_;
};

}  // namespace citybrain::network
