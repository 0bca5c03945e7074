// Topics as the broker holds them: made, checked, listed, cut, removed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "hub/network/kafka_cursor.h"
#include "hub/network/kafka_log.h"
#include "hub/network/topic_name.h"

namespace citybrain::network {
namespace {

constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::milliseconds kFirstSlice{500};
constexpr const char* kOpen = "CB-NETWORK-OPEN";
constexpr const char* kIdentityTopic = "citybrain";
constexpr std::string_view kFormat =
    "citybrain-kafka 2\n";  // raised when topics mean another thing
constexpr auto kForever = "9223372036854775807";

/// What topics of simulated time are made with, and what a topic must have.
struct Setting {
  const char* name;
  const char* value;
  bool required;
  const char* otherwise;  ///< what would go wrong
};
constexpr std::array kSettings = {
    Setting{"retention.ms", "-1", true, "records of simulated time would be removed at once"},
    Setting{"retention.bytes", "-1", true, "records that a snapshot needs would be removed"},
    Setting{"cleanup.policy", "delete", true, "records would be merged by their keys"},
    Setting{"message.timestamp.type", "CreateTime", true, "publish times would be the broker's"},
    Setting{"message.timestamp.after.max.ms", kForever, true,
            "publish times ahead of the broker's clock would be refused"},
    Setting{"message.timestamp.before.max.ms", kForever, true,
            "publish times behind the broker's clock would be refused"},
    Setting{"max.message.bytes", "67108864", false, ""},
};

using Topics = KafkaOwned<const struct rd_kafka_metadata, rd_kafka_metadata_destroy>;

model::Result<Topics> metadata(const KafkaClient& client, std::chrono::milliseconds timeout) {
  // Asked again and again, each time for longer, so that a refusal is known soon. One may come from
  // a broker that is just starting; it is believed when it stands.
  const auto began = std::chrono::steady_clock::now();
  std::chrono::milliseconds slice = kFirstSlice;
  for (bool was_refused = false;;) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    const auto left = std::max(timeout - waited, std::chrono::milliseconds(1));
    const struct rd_kafka_metadata* found = nullptr;
    const auto code = rd_kafka_metadata(client.get(), 1, nullptr, &found,
                                        static_cast<int>(std::min(slice, left).count()));
    if (!code) return Topics(found);
    rd_kafka_poll(client.get(), 0);  // its errors are told
    const bool is_refused = client.is_refused();
    const bool passes =
        code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
    if (!passes || left <= slice || (is_refused && was_refused))
      return client.error(kOpen, "the topics cannot be listed", {}, code);
    was_refused = is_refused;
    slice *= 2;
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT) std::this_thread::sleep_for(kPause);
  }
}

/// Runs one request of the admin interface and waits for its event.
template <class Request>
KafkaEvent admin(const KafkaClient& client, rd_kafka_admin_op_t what,
                 std::chrono::milliseconds timeout, const Request& request) {
  const KafkaOwned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy> options(
      rd_kafka_AdminOptions_new(client.get(), what));
  char why[256];
  const int ms = static_cast<int>(timeout.count());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), ms, why, sizeof why);
  const KafkaQueue queue(rd_kafka_queue_new(client.get()));
  request(options.get(), queue.get());
  // The client's own timeout comes first; its event always arrives.
  return KafkaEvent(rd_kafka_queue_poll(queue.get(), ms + 5000));
}

model::Result<void> result_of(const KafkaClient& client, const KafkaEvent& event,
                              std::string_view doing, std::string_view where) {
  if (!event) return client.error(kOpen, doing, where, RD_KAFKA_RESP_ERR__TIMED_OUT);
  if (const auto code = rd_kafka_event_error(event.get()); code)
    return client.error(kOpen, doing, where, code, rd_kafka_event_error_string(event.get()));
  return {};
}

/// The names behind "PREFIX.", with their partitions.
model::Result<std::map<std::string, std::uint32_t>> list_prefix(const KafkaClient& client,
                                                                const KafkaOptions& options) {
  CITYBRAIN_ASSIGN(found, metadata(client, options.timeout));
  const std::string prefix = options.prefix + ".";
  std::map<std::string, std::uint32_t> names;
  for (int t = 0; t < found->topic_cnt; ++t) {
    const auto& topic = found->topics[t];
    const std::string_view name = topic.topic;
    if (topic.err || !name.starts_with(prefix)) continue;
    names[std::string(name.substr(prefix.size()))] =
        static_cast<std::uint32_t>(topic.partition_cnt);
  }
  return names;
}

model::Result<void> check_topic(const rd_kafka_ConfigResource_t& resource) {
  std::size_t count = 0;
  const auto** entries = rd_kafka_ConfigResource_configs(&resource, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = rd_kafka_ConfigEntry_name(entries[i]);
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    for (const auto& setting : kSettings) {
      if (!setting.required || name != setting.name) continue;
      if (value != nullptr && std::string_view(value) == setting.value) continue;
      return model::Error{
          "CB-NETWORK-RETENTION",
          fmt::format("the topic has {}={} instead of {}: {}", name, value ? value : "(none)",
                      setting.value, setting.otherwise),
          rd_kafka_ConfigResource_name(&resource),
          fmt::format("kafka-configs.sh --alter --entity-type topics --entity-name {} --add-config "
                      "{}={}; or choose another prefix (--network kafka:HOST:PORT/PREFIX).",
                      rd_kafka_ConfigResource_name(&resource), name, setting.value)};
    }
  }
  return {};
}

}  // namespace

model::Result<std::map<std::string, std::uint32_t>> KafkaLog::list_topics() const {
  CITYBRAIN_ASSIGN(names, list_prefix(*producer_, options_));
  names.erase(kIdentityTopic);
  return std::move(names);
}

model::Result<void> KafkaLog::create_on_broker(const std::string& kafka_name,
                                               std::uint32_t partitions, bool& there) {
  char why[512] = {};
  KafkaOwned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> topic(rd_kafka_NewTopic_new(
      kafka_name.c_str(), static_cast<int>(partitions), options_.replication, why, sizeof why));
  if (!topic) return topic_error(why, kafka_name, "Use fewer partitions.");
  for (const auto& setting : kSettings)
    rd_kafka_NewTopic_set_config(topic.get(), setting.name, setting.value);
  auto* list = topic.get();
  const auto event = admin(*producer_, RD_KAFKA_ADMIN_OP_CREATETOPICS, options_.timeout,
                           [&](const auto* options, auto* queue) {
                             rd_kafka_CreateTopics(producer_->get(), &list, 1, options, queue);
                           });
  CITYBRAIN_TRY(result_of(*producer_, event, "the topic cannot be made", kafka_name));
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    there = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
    if (code && !there) {
      const char* text = rd_kafka_topic_result_error_string(results[i]);
      return producer_->error("CB-NETWORK-TOPIC", "the topic cannot be made", kafka_name, code,
                              text ? text : "");
    }
  }
  return {};
}

model::Result<void> KafkaLog::wait_until_seen(const std::string& kafka_name,
                                              std::uint32_t partitions) const {
  const KafkaTopicHandle handle(rd_kafka_topic_new(producer_->get(), kafka_name.c_str(), nullptr));
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  for (;;) {
    const struct rd_kafka_metadata* answer = nullptr;
    auto code = rd_kafka_metadata(producer_->get(), 0, handle.get(), &answer,
                                  static_cast<int>(options_.timeout.count()));
    const Topics found(answer);
    if (code) return producer_->error(kOpen, "the new topic cannot be seen", kafka_name, code);
    const auto& topic = found->topics[0];
    if (found->topic_cnt == 1 && !topic.err &&
        topic.partition_cnt == static_cast<int>(partitions)) {
      // The leaders must know of it, too.
      const KafkaPartitionList list(
          rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
      for (std::uint32_t p = 0; p < partitions; ++p)
        rd_kafka_topic_partition_list_add(list.get(), kafka_name.c_str(),
                                          static_cast<std::int32_t>(p))
            ->offset = RD_KAFKA_OFFSET_END;
      code = look_up(*list);
      if (!code) return {};
    }
    if (std::chrono::steady_clock::now() > until)
      return producer_->error(kOpen, "the new topic has no leader", kafka_name,
                              code ? code : RD_KAFKA_RESP_ERR__TIMED_OUT);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

model::Result<std::uint32_t> KafkaLog::partitions_of(const std::string& name) const {
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  for (;;) {
    CITYBRAIN_ASSIGN(listed, list_topics());
    const auto it = listed.find(name);
    if (it != listed.end() && it->second > 0) return it->second;
    if (std::chrono::steady_clock::now() > until) return 0;
    std::this_thread::sleep_for(kPause);
  }
}

model::Result<void> KafkaLog::check_settings(const std::vector<std::string>& kafka_names) const {
  if (kafka_names.empty()) return {};
  std::vector<KafkaOwned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const auto& name : kafka_names) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    resources.push_back(owned.back().get());
  }
  // Brokers list a topic that another process has just made before all of them know its settings.
  const auto until = std::chrono::steady_clock::now() + options_.timeout;
  for (;;) {
    bool absent = false;
    const auto well = look_at_settings(resources, absent);
    if (well || !absent || std::chrono::steady_clock::now() > until) return well;
    std::this_thread::sleep_for(kPause);
  }
}

model::Result<void> KafkaLog::look_at_settings(
    const std::vector<rd_kafka_ConfigResource_t*>& wanted, bool& absent) const {
  auto resources = wanted;  // the call takes them as its own to change
  const auto event = admin(*producer_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, options_.timeout,
                           [&](const auto* options, auto* queue) {
                             rd_kafka_DescribeConfigs(producer_->get(), resources.data(),
                                                      resources.size(), options, queue);
                           });
  constexpr std::string_view kDoing = "the settings of the topic cannot be read";
  CITYBRAIN_TRY(result_of(*producer_, event, kDoing, options_.prefix));
  std::size_t count = 0;
  const auto** results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_ConfigResource_error(results[i]);
    absent = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (code)
      return producer_->error(kOpen, kDoing, rd_kafka_ConfigResource_name(results[i]), code);
    CITYBRAIN_TRY(check_topic(*results[i]));
  }
  return {};
}

model::Result<void> KafkaLog::check_identity() {
  const std::string kafka_name = fmt::format("{}.{}", options_.prefix, kIdentityTopic);
  CITYBRAIN_ASSIGN(listed, list_prefix(*producer_, options_));
  bool there = listed.contains(kIdentityTopic);
  if (!there && !listed.empty())
    return model::Error{"CB-INPUT-STORE",
                        "there are topics with this prefix that are not citybrain's",
                        fmt::format("{}.* at {}", options_.prefix, options_.brokers),
                        "Choose another prefix: --network kafka:HOST:PORT/PREFIX."};
  if (!there && options_.identity.empty())
    return model::Error{"CB-INPUT-RUN", "there is no run with this prefix",
                        fmt::format("{}.* at {}", options_.prefix, options_.brokers),
                        "name the prefix that `run --network` was given or has printed"};
  if (there && options_.must_be_new)
    return model::Error{"CB-INPUT-STORE", "there is a run with this prefix already",
                        fmt::format("{}.* at {}", options_.prefix, options_.brokers),
                        "Choose another prefix (--network kafka:HOST:PORT/PREFIX), or go on with "
                        "that run (--resume and its --out)."};
  if (there) {
    std::vector<std::string> names;
    for (const auto& [name, partitions] : listed) names.push_back(options_.prefix + "." + name);
    CITYBRAIN_TRY(check_settings(names));
  } else {
    CITYBRAIN_TRY(create_on_broker(kafka_name, 1, there));
    CITYBRAIN_TRY(wait_until_seen(kafka_name, 1));
  }
  {
    const std::lock_guard lock(mutex_);
    add_topic(kIdentityTopic, 1);
    for (const auto& [name, partitions] : listed) add_topic(name, partitions);
  }
  // The first record decides, also between two who open at once.
  const std::string expected = std::string(kFormat) + options_.identity;
  CITYBRAIN_ASSIGN(log_end, end(kIdentityTopic, 0));
  if (log_end == 0 && !options_.identity.empty()) {
    CITYBRAIN_ASSIGN(writer, appender({"citybrain"}));
    const Record record{model::EventTime{1}, 1, "identity", expected, {}};
    CITYBRAIN_TRY(writer->append(kIdentityTopic, 0, std::span(&record, 1)));
    CITYBRAIN_TRY(writer->flush());
  }
  CITYBRAIN_ASSIGN(reader, cursor(kIdentityTopic, 0, 0));
  CITYBRAIN_ASSIGN(records, reader->poll(1));
  if (!records.empty() && records.front().value == expected) return {};
  if (!records.empty() && options_.identity.empty() && records.front().value.starts_with(kFormat))
    return {};
  const std::string found(records.empty() ? "" : records.front().value);
  return model::Error{"CB-INPUT-STORE",
                      found.starts_with(kFormat)
                          ? fmt::format("the topics belong to \"{}\", not to \"{}\"",
                                        found.substr(kFormat.size()), options_.identity)
                          : "the topics were written by another version of the program",
                      fmt::format("{}.* at {}", options_.prefix, options_.brokers),
                      "Choose another prefix: --network kafka:HOST:PORT/PREFIX."};
}

model::Result<void> KafkaLog::truncate_before(std::string_view topic, Partition partition,
                                              Position position) {
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  CITYBRAIN_ASSIGN(first, begin(topic, partition));
  CITYBRAIN_ASSIGN(last, end(topic, partition));
  if (position <= first) return {};
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), found->topic->kafka.c_str(),
                                    static_cast<std::int32_t>(partition))
      ->offset = static_cast<std::int64_t>(std::min(position, last));
  const KafkaOwned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> cut(
      rd_kafka_DeleteRecords_new(list.get()));
  auto* request = cut.get();
  const auto event = admin(*producer_, RD_KAFKA_ADMIN_OP_DELETERECORDS, options_.timeout,
                           [&](const auto* options, auto* queue) {
                             rd_kafka_DeleteRecords(producer_->get(), &request, 1, options, queue);
                           });
  constexpr std::string_view kDoing = "the partition cannot be truncated";
  CITYBRAIN_TRY(result_of(*producer_, event, kDoing, found->where()));
  const auto* offsets =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  if (offsets->cnt > 0 && offsets->elems[0].err)
    return producer_->error("CB-NETWORK-WRITE", kDoing, found->where(), offsets->elems[0].err);
  return {};
}

model::Result<void> remove_kafka_topics(const KafkaOptions& options) {
  CITYBRAIN_ASSIGN(client,
                   KafkaClient::open(KafkaClient::Kind::kProducer, options, {}, {}, nullptr));
  CITYBRAIN_ASSIGN(listed, list_prefix(*client, options));
  if (listed.empty()) return {};
  if (!listed.contains(kIdentityTopic))
    return model::Error{"CB-INPUT-STORE",
                        "there are topics with this prefix that are not citybrain's",
                        fmt::format("{}.* at {}", options.prefix, options.brokers),
                        "Choose another prefix: --network kafka:HOST:PORT/PREFIX."};
  std::vector<KafkaOwned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>> owned;
  std::vector<rd_kafka_DeleteTopic_t*> topics;
  for (const auto& [name, partitions] : listed) {
    owned.emplace_back(rd_kafka_DeleteTopic_new((options.prefix + "." + name).c_str()));
    topics.push_back(owned.back().get());
  }
  const auto event = admin(
      *client, RD_KAFKA_ADMIN_OP_DELETETOPICS, options.timeout, [&](const auto* how, auto* queue) {
        rd_kafka_DeleteTopics(client->get(), topics.data(), topics.size(), how, queue);
      });
  constexpr std::string_view kDoing = "the topics cannot be removed";
  CITYBRAIN_TRY(result_of(*client, event, kDoing, options.prefix));
  std::size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code && code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return client->error("CB-NETWORK-TOPIC", kDoing, rd_kafka_topic_result_name(results[i]),
                           code);
  }
  return {};
}

}  // namespace citybrain::network
