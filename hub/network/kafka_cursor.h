// Reads one partition of the log on Kafka, through a reader that it shares with other cursors.
// Private to hub/network.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hub/network/kafka_log.h"

namespace citybrain::network {

class KafkaCursor final : public Cursor {
 public:
  /// The reader was taken for this partition, and is given back at the end.
  KafkaCursor(KafkaLog& log, KafkaPartition& partition, KafkaReader& reader,
              rd_kafka_topic_t* topic, Position from);
  ~KafkaCursor() override;
  KafkaCursor(const KafkaCursor&) = delete;
  KafkaCursor& operator=(const KafkaCursor&) = delete;

  model::Result<std::span<const RecordView>> poll(std::size_t most) override;
  model::Result<std::span<const RecordView>> poll(std::size_t most, Horizon horizon) override;
  Position position() const override;
  void seek(Position position) override;

 private:
  /// Fills records_; leaves it empty at the end.
  model::Result<void> load(std::uint64_t horizon);
  /// Waits for records up to `target`.
  model::Result<void> wait(Position target);
  model::Result<void> start();
  /// Takes what lies in the queue.
  model::Result<void> drain();
  model::Result<void> take(rd_kafka_message_t* message);
  model::Result<void> failed(const rd_kafka_message_t& message);
  /// The record of a message; false when it repeats one that was read.
  bool view(const rd_kafka_message_t& message);
  bool repeats(std::string_view producer, std::uint64_t sequence);
  void release();

  KafkaLog& log_;
  KafkaPartition& partition_;
  KafkaReader& reader_;
  rd_kafka_topic_t* topic_;
  Position fetched_;  ///< the next one behind what was taken from the queue
  bool started_ = false;
  bool moved_ = false;  ///< the queue is at another position than fetched_

  std::vector<rd_kafka_message_t*> messages_;
  std::vector<RecordView> records_;
  std::vector<std::size_t> header_ends_;  ///< by record, in headers_
  std::vector<Header> headers_;
  std::size_t next_ = 0;  ///< in records_

  std::map<std::string, std::uint64_t, std::less<>> sequences_;    ///< last one read, a producer
  std::pair<const std::string, std::uint64_t>* latest_ = nullptr;  ///< the last record's producer
};

}  // namespace citybrain::network
