#include "hub/network/kafka_group.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::network {

model::Result<std::unique_ptr<Membership>> KafkaMembership::open(
    const KafkaLog& log, const GroupOptions& options, std::span<const std::string> topics) {
  const auto& how = log.options();
  std::unique_ptr<KafkaMembership> member(new KafkaMembership);
  member->prefix_ = how.prefix + ".";
  member->name_ = options.member.empty() ? options.group : options.group + "/" + options.member;
  const std::string session = std::to_string(options.session.count());
  KafkaClient::Settings settings = {{"group.id", member->prefix_ + options.group},
                                    {"partition.assignment.strategy", "cooperative-sticky"},
                                    {"session.timeout.ms", session},
                                    {"heartbeat.interval.ms", std::to_string(std::max<std::int64_t>(
                                                                  options.session.count() / 6, 1))},
                                    {"max.poll.interval.ms", session},
                                    {"enable.auto.commit", "false"},
                                    {"enable.auto.offset.store", "false"}};
  if (!options.member.empty()) settings.emplace_back("group.instance.id", options.member);
  CITYBRAIN_ASSIGN(client, KafkaClient::open(KafkaClient::Kind::kConsumer, how, settings,
                                             {nullptr, rebalance}, member.get()));
  member->client_ = std::move(client);
  rd_kafka_poll_set_consumer(member->client_->get());
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const auto& topic : topics)
    rd_kafka_topic_partition_list_add(list.get(), (member->prefix_ + topic).c_str(),
                                      RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(member->client_->get(), list.get()); code)
    return member->client_->error("CB-NETWORK-GROUP", "the group cannot be joined", member->name_,
                                  code);
  return std::unique_ptr<Membership>(std::move(member));
}

KafkaMembership::~KafkaMembership() {
  if (!client_) return;
  closing_ = true;
  give_up();
  rd_kafka_consumer_close(client_->get());
}

std::vector<TopicPartition> KafkaMembership::ours(
    const rd_kafka_topic_partition_list_t& list) const {
  std::vector<TopicPartition> out;
  for (int i = 0; i < list.cnt; ++i)
    out.push_back({std::string(list.elems[i].topic).substr(prefix_.size()),
                   static_cast<Partition>(list.elems[i].partition)});
  std::sort(out.begin(), out.end());
  return out;
}

void KafkaMembership::rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                                rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto& self = *static_cast<KafkaMembership*>(static_cast<KafkaClient*>(opaque)->opaque());
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // Nothing is fetched here: a position that needs no question, and a pause.
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = 0;
    const KafkaError failed(rd_kafka_incremental_assign(handle, list));
    rd_kafka_pause_partitions(handle, list);
    for (auto& one : self.ours(*list)) self.change_.assigned.push_back(std::move(one));
    return;
  }
  if (self.closing_) {
    const KafkaError failed(rd_kafka_incremental_unassign(handle, list));
    return;
  }
  if (rd_kafka_assignment_lost(handle)) self.change_.lost = true;
  self.revoked_.reset(rd_kafka_topic_partition_list_copy(list));
  for (auto& one : self.ours(*list)) self.change_.revoked.push_back(std::move(one));
}

void KafkaMembership::give_up() {
  if (!revoked_) return;
  const KafkaError failed(rd_kafka_incremental_unassign(client_->get(), revoked_.get()));
  revoked_.reset();
}

model::Result<void> KafkaMembership::failure(rd_kafka_resp_err_t code, const char* text) const {
  char why[512] = {};
  const auto fatal = rd_kafka_fatal_error(client_->get(), why, sizeof why);
  if (fatal)
    return client_->error("CB-NETWORK-GROUP", "the member was put out of its group", name_, fatal,
                          why);
  // What librdkafka mends by itself: brokers come back, the group's coordinator moves.
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
      code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
      code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
    return {};
  return client_->error("CB-NETWORK-GROUP", "the group does not take this member", name_, code,
                        text);
}

model::Result<GroupChange> KafkaMembership::poll(std::chrono::milliseconds wait) {
  give_up();
  change_ = {};
  const auto until = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    auto* message = rd_kafka_consumer_poll(client_->get(),
                                           std::clamp<int>(static_cast<int>(left.count()), 0, 100));
    const auto code = message == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : message->err;
    auto well = failure(code, message == nullptr ? "" : rd_kafka_message_errstr(message));
    if (message != nullptr) rd_kafka_message_destroy(message);
    if (!well) return well.error();
    if (!change_.assigned.empty() || !change_.revoked.empty() || left.count() <= 0) break;
  }
  for (const auto& lost : change_.revoked) std::erase(owned_, lost);
  for (const auto& gained : change_.assigned) owned_.push_back(gained);
  std::sort(owned_.begin(), owned_.end());
  return std::move(change_);
}

}  // namespace citybrain::network
