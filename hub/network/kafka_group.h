// A member of a consumer group on Kafka: it only takes part in sharing the partitions; what they
// hold is read by cursors. Private to hub/network.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "hub/network/kafka_log.h"

namespace citybrain::network {

class KafkaMembership final : public Membership {
 public:
  static model::Result<std::unique_ptr<Membership>> open(const KafkaLog& log,
                                                         const GroupOptions& options,
                                                         std::span<const std::string> topics);
  ~KafkaMembership() override;

  model::Result<GroupChange> poll(std::chrono::milliseconds wait) override;
  std::span<const TopicPartition> owned() const override { return owned_; }

 private:
  KafkaMembership() = default;
  static void rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t* list, void* opaque);
  void give_up();
  std::vector<TopicPartition> ours(const rd_kafka_topic_partition_list_t& list) const;
  model::Result<void> failure(rd_kafka_resp_err_t code, const char* text) const;

  std::string prefix_;
  std::string name_;
  GroupChange change_;
  KafkaPartitionList revoked_;  ///< told, not yet given up
  bool closing_ = false;
  std::vector<TopicPartition> owned_;
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace citybrain::network
