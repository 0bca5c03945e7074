#include "hub/network/kafka_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "hub/network/kafka_appender.h"
#include "hub/network/kafka_cursor.h"
#include "hub/network/kafka_group.h"
#include "hub/network/topic_name.h"
#include "hub/runtime/faults.h"

namespace citybrain::network {
namespace {

constexpr Position kScanChunk = 256;  // records of the first step backwards; each next one is twice
constexpr std::chrono::milliseconds kLeaderPause{10};
/// For so long a broker of a cluster may not have heard of a topic that another one has listed.
constexpr std::chrono::seconds kNewsOfTopics{5};
constexpr std::int64_t kEnd = RD_KAFKA_OFFSET_END;
constexpr std::int64_t kBeginning = RD_KAFKA_OFFSET_BEGINNING;

KafkaClient::Settings reader_settings(const KafkaOptions& options) {
  return {{"isolation.level", "read_committed"},
          {"enable.partition.eof", "true"},
          {"auto.offset.reset", "error"},
          {"enable.auto.commit", "false"},
          {"check.crcs", "true"},
          {"fetch.min.bytes", "1"},
          // A partition that begins to be read waits for the fetch that is under way.
          {"fetch.wait.max.ms", "20"},
          {"fetch.error.backoff.ms", "20"},
          {"queued.max.messages.kbytes", std::to_string(options.fetch_queue_kib)}};
}

bool passes(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

int in_ms(std::chrono::milliseconds t) { return static_cast<int>(t.count()); }

}  // namespace

void write_origin(std::uint64_t sequence, std::string_view producer, std::string& out) {
  char digits[20];
  const auto written = std::to_chars(digits, digits + sizeof digits, sequence);
  out.assign(digits, written.ptr);
  out += ' ';
  out += producer;
}

bool parse_origin(std::string_view text, std::uint64_t& sequence, std::string_view& producer) {
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, sequence);
  if (error != std::errc{} || end == last || *end != ' ' || end + 1 == last) return false;
  producer = text.substr(static_cast<std::size_t>(end + 1 - text.data()));
  return true;
}

void KafkaPartition::raise_end(Position to) {
  Position now = end.load(std::memory_order_relaxed);
  while (now < to && !end.compare_exchange_weak(now, to, std::memory_order_release)) {
  }
}

std::string KafkaPartition::where() const { return fmt::format("{}/{}", topic->kafka, number); }

KafkaClient::Settings producer_settings(const KafkaOptions& options, std::string_view transaction) {
  const std::string timeout = std::to_string(options.timeout.count());
  KafkaClient::Settings settings = {
      {"enable.idempotence", "true"},
      // No record is given up while those behind it may still be written: the last one there is
      // taken for the last that its producer wrote, and a hole before it would never be filled. So
      // the client never gives up; the log does, in flush(), for all that is left.
      {"enable.gapless.guarantee", transaction.empty() ? "true" : "false"},
      {"acks", "all"},
      {"linger.ms", std::to_string(options.linger.count())},
      {"message.timeout.ms", transaction.empty() ? "0" : timeout},
      {"queue.buffering.max.kbytes", std::to_string(options.send_queue_kib)},
      {"queue.buffering.max.messages", "200000"},
      {"retry.backoff.ms", "20"}};
  if (!transaction.empty()) {
    settings.emplace_back("transactional.id", std::string(transaction));
    settings.emplace_back("transaction.timeout.ms", timeout);
  }
  return settings;
}

model::Result<std::unique_ptr<Log>> open_kafka(const KafkaOptions& options) {
  return KafkaLog::open(options);
}

model::Result<std::unique_ptr<Log>> KafkaLog::open(const KafkaOptions& options) {
  std::unique_ptr<KafkaLog> log(new KafkaLog(options));
  CITYBRAIN_ASSIGN(
      producer, KafkaClient::open(KafkaClient::Kind::kProducer, options,
                                  producer_settings(options, {}), {delivered, nullptr}, log.get()));
  log->producer_ = std::move(producer);
  runtime::fault_point(runtime::Fault::kRestore);
  CITYBRAIN_TRY(log->check_identity());
  runtime::fault_point(runtime::Fault::kRestore);
  return std::unique_ptr<Log>(std::move(log));
}

KafkaLog::~KafkaLog() {
  // A destructor has nobody to tell: what could not be sent was not acknowledged either.
  if (!producer_) return;
  if (has_failed_) {
    rd_kafka_purge(producer_->get(), RD_KAFKA_PURGE_F_QUEUE);
  } else {
    rd_kafka_flush(producer_->get(), in_ms(options_.timeout));
  }
}

void KafkaLog::delivered(rd_kafka_t* handle, const rd_kafka_message_t* message, void*) {
  auto& partition = *static_cast<KafkaPartition*>(message->_private);
  const auto& client = *static_cast<KafkaClient*>(rd_kafka_opaque(handle));
  auto& log = *static_cast<KafkaLog*>(client.opaque());
  if (message->err) {
    log.fail(client.error("CB-NETWORK-WRITE", "a record could not be delivered", partition.where(),
                          message->err));
  } else {
    partition.raise_end(static_cast<Position>(message->offset) + 1);
  }
  partition.in_flight.fetch_sub(1, std::memory_order_release);
}

void KafkaLog::fail(model::Error error) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = std::move(error);
  has_failed_ = true;
}

std::optional<model::Error> KafkaLog::failed() const {
  if (!has_failed_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return failed_;
}

void KafkaLog::add_topic(const std::string& name, std::uint32_t partitions) {
  const auto [it, fresh] = topics_.try_emplace(name);
  if (!fresh) return;
  KafkaTopic& topic = it->second;
  topic.name = name;
  topic.kafka = options_.prefix + "." + name;
  topic.handle.reset(rd_kafka_topic_new(producer_->get(), topic.kafka.c_str(), nullptr));
  for (Partition p = 0; p < partitions; ++p) {
    auto& partition = topic.partitions.emplace_back(std::make_unique<KafkaPartition>());
    partition->topic = &topic;
    partition->number = p;
  }
}

model::Result<void> KafkaLog::create(const TopicSpec& spec) {
  const std::string kafka_name = options_.prefix + "." + spec.name;
  if (!is_topic_name(spec.name) || kafka_name.size() > kMostTopicName)
    return topic_error(
        "is no topic name", kafka_name,
        "Use 1 to 249 letters, digits, dots, underscores and hyphens, with the prefix.");
  if (spec.partitions == 0)
    return topic_error("cannot have 0 partitions", spec.name, "Use at least one.");
  std::uint32_t there = 0;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return *failed_;
    if (const auto it = topics_.find(spec.name); it != topics_.end())
      there = static_cast<std::uint32_t>(it->second.partitions.size());
  }
  if (there == 0) {
    bool already = false;
    CITYBRAIN_TRY(create_on_broker(kafka_name, spec.partitions, already));
    if (already) {
      CITYBRAIN_ASSIGN(found, partitions_of(spec.name));
      there = found;
      CITYBRAIN_TRY(check_settings({kafka_name}));
    }
    if (!already || there == spec.partitions) {
      CITYBRAIN_TRY(wait_until_seen(kafka_name, spec.partitions));
      const std::lock_guard lock(mutex_);
      add_topic(spec.name, spec.partitions);
      there = spec.partitions;
    }
  }
  if (there == spec.partitions) return {};
  return topic_error(
      fmt::format("the topic is there with {} partitions, not {}", there, spec.partitions),
      kafka_name, "Use the same number, or another prefix (--network kafka:HOST:PORT/PREFIX).");
}

model::Result<std::vector<TopicSpec>> KafkaLog::topics() const {
  CITYBRAIN_ASSIGN(listed, list_topics());
  std::vector<TopicSpec> specs;
  for (const auto& [name, partitions] : listed) specs.push_back({name, partitions});
  return specs;
}

model::Result<KafkaPartition*> KafkaLog::find(std::string_view topic, Partition partition) {
  std::unique_lock lock(mutex_);
  auto it = topics_.find(topic);
  if (it == topics_.end()) {  // somebody else may have made it since
    lock.unlock();
    CITYBRAIN_ASSIGN(listed, list_topics());
    lock.lock();
    for (const auto& [name, partitions] : listed) add_topic(name, partitions);
    it = topics_.find(topic);
  }
  if (it == topics_.end())
    return topic_error("there is no such topic, or this user may not see it",
                       fmt::format("{}.{}", options_.prefix, topic),
                       "Create the topic before it is used; give the user Describe on it.");
  if (partition >= it->second.partitions.size())
    return topic_error(fmt::format("there is no partition {}; the topic has {}", partition,
                                   it->second.partitions.size()),
                       it->second.kafka, {});
  return it->second.partitions[partition].get();
}

model::Result<std::unique_ptr<Appender>> KafkaLog::appender(const AppenderOptions& options) {
  return KafkaAppender::open(*this, options);
}

model::Result<std::unique_ptr<Cursor>> KafkaLog::cursor(std::string_view topic, Partition partition,
                                                        Position from) {
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  rd_kafka_topic_t* handle = nullptr;
  CITYBRAIN_ASSIGN(reader, take(*found, handle));
  return std::unique_ptr<Cursor>(
      std::make_unique<KafkaCursor>(*this, *found, *reader, handle, from));
}

model::Result<KafkaReader*> KafkaLog::take(const KafkaPartition& partition,
                                           rd_kafka_topic_t*& topic) {
  const std::lock_guard lock(readers_mutex_);
  const auto is_free = [&](const auto& reader) {
    return std::find(reader->taken.begin(), reader->taken.end(), &partition) == reader->taken.end();
  };
  auto reader = std::find_if(readers_.begin(), readers_.end(), is_free);
  if (reader == readers_.end()) {
    CITYBRAIN_ASSIGN(client, KafkaClient::open(KafkaClient::Kind::kConsumer, options_,
                                               reader_settings(options_), {}, nullptr));
    auto made = std::make_unique<KafkaReader>();
    made->client = std::move(client);
    readers_.push_back(std::move(made));
    reader = readers_.end() - 1;
  }
  auto& handle = (*reader)->topics[partition.topic->kafka];
  if (!handle)
    handle.reset(
        rd_kafka_topic_new((*reader)->client->get(), partition.topic->kafka.c_str(), nullptr));
  (*reader)->taken.push_back(&partition);
  topic = handle.get();
  return reader->get();
}

void KafkaLog::give_back(KafkaReader& reader, const KafkaPartition& partition) {
  const std::lock_guard lock(readers_mutex_);
  std::erase(reader.taken, &partition);
}

model::Result<void> KafkaLog::flush(KafkaClient& client) {
  runtime::fault_point(runtime::Fault::kPublish);
  const auto code = rd_kafka_flush(client.get(), in_ms(options_.timeout));
  runtime::fault_point(runtime::Fault::kPublish);
  if (const auto error = failed()) return *error;
  if (code) {  // what is left in the queue is given up, with all that would come behind it
    fail(client.error("CB-NETWORK-WRITE", "the log cannot be written", options_.prefix, code));
    return *failed();
  }
  return {};
}

model::Result<void> KafkaLog::sync() { return flush(*producer_); }

/// Only partitions of topics that were listed are asked for.
rd_kafka_resp_err_t KafkaLog::look_up(rd_kafka_topic_partition_list_t& list) const {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    const KafkaPartitionList answer(rd_kafka_topic_partition_list_copy(&list));
    auto code = rd_kafka_offsets_for_times(producer_->get(), answer.get(), in_ms(options_.timeout));
    for (int i = 0; !code && i < answer->cnt; ++i) code = answer->elems[i].err;
    if (!code)
      for (int i = 0; i < list.cnt; ++i) list.elems[i].offset = answer->elems[i].offset;
    const auto waited = std::chrono::steady_clock::now() - began;
    if (!(passes(code) && waited <= options_.timeout) &&
        !(is_unknown(code) && waited <= kNewsOfTopics))
      return code;
    std::this_thread::sleep_for(kLeaderPause);
  }
}

model::Result<std::optional<Position>> KafkaLog::ask(const KafkaPartition& partition,
                                                     std::int64_t what) const {
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  auto* one = rd_kafka_topic_partition_list_add(list.get(), partition.topic->kafka.c_str(),
                                                static_cast<std::int32_t>(partition.number));
  one->offset = what;
  if (const auto code = look_up(*list); code)
    return producer_->error("CB-NETWORK-READ", "the partition's reach cannot be read",
                            partition.where(), code);
  if (list->elems[0].offset < 0) return std::optional<Position>();
  return std::optional<Position>(static_cast<Position>(list->elems[0].offset));
}

model::Result<Position> KafkaLog::reach(KafkaPartition& partition, Position position,
                                        std::uint64_t horizon) {
  if (const auto error = failed()) return *error;
  if (partition.end_known && position < partition.end) return partition.end.load();
  if (partition.in_flight.load(std::memory_order_acquire) > 0) CITYBRAIN_TRY(flush(*producer_));
  if (partition.end_known && (options_.sole_writer || partition.asked >= horizon))
    return partition.end.load();
  CITYBRAIN_ASSIGN(end, ask(partition, kEnd));
  partition.raise_end(end.value_or(0));
  partition.end_known = true;
  return partition.end.load();
}

model::Result<Horizon> KafkaLog::horizon() {
  if (rd_kafka_outq_len(producer_->get()) > 0) CITYBRAIN_TRY(flush(*producer_));
  if (const auto error = failed()) return *error;
  const std::uint64_t moment = ++moment_;
  if (options_.sole_writer) return Horizon{moment};
  std::vector<const KafkaPartition*> read;
  {
    const std::lock_guard lock(readers_mutex_);
    for (const auto& reader : readers_)
      read.insert(read.end(), reader->taken.begin(), reader->taken.end());
  }
  std::sort(read.begin(), read.end());
  read.erase(std::unique(read.begin(), read.end()), read.end());
  if (read.empty()) return Horizon{moment};
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(read.size())));
  for (const auto* p : read)
    rd_kafka_topic_partition_list_add(list.get(), p->topic->kafka.c_str(),
                                      static_cast<std::int32_t>(p->number))
        ->offset = kEnd;
  if (const auto code = look_up(*list); code)
    return producer_->error("CB-NETWORK-READ", "the ends of the partitions cannot be read",
                            options_.prefix, code);
  for (const auto* p : read) {
    const auto* one = rd_kafka_topic_partition_list_find(list.get(), p->topic->kafka.c_str(),
                                                         static_cast<std::int32_t>(p->number));
    if (one == nullptr || one->offset < 0) continue;  // its cursor asks by itself
    auto& partition = const_cast<KafkaPartition&>(*p);
    partition.raise_end(static_cast<Position>(one->offset));
    partition.end_known = true;
    partition.asked = moment;
  }
  return Horizon{moment};
}

model::Result<Position> KafkaLog::begin(std::string_view topic, Partition partition) {
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  CITYBRAIN_ASSIGN(begin, ask(*found, kBeginning));
  return begin.value_or(0);
}

model::Result<Position> KafkaLog::end(std::string_view topic, Partition partition) {
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  if (found->in_flight > 0) CITYBRAIN_TRY(flush(*producer_));
  CITYBRAIN_ASSIGN(end, ask(*found, kEnd));
  return end.value_or(0);
}

model::Result<Position> KafkaLog::position_at(std::string_view topic, Partition partition,
                                              model::EventTime time) {
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  if (found->in_flight > 0) CITYBRAIN_TRY(flush(*producer_));
  // Kafka's times begin at 0; what lies before says its time in a header, so the records tell.
  std::optional<Position> from;
  if (time.ms > 1) {
    CITYBRAIN_ASSIGN(first, ask(*found, time.ms));
    from = first;
  } else {
    CITYBRAIN_ASSIGN(first, begin(topic, partition));
    from = first;
  }
  if (!from) return end(topic, partition);
  CITYBRAIN_ASSIGN(records, cursor(topic, partition, *from));
  for (;;) {
    CITYBRAIN_ASSIGN(batch, records->poll(1));
    if (batch.empty()) return records->position();
    if (batch.front().publish_time >= time) return batch.front().position;
  }
}

model::Result<std::uint64_t*> KafkaLog::find_producer(KafkaPartition& partition,
                                                      std::string_view producer) {
  const auto known = [&]() -> std::uint64_t* {
    const auto it = partition.producers.find(producer);
    return it == partition.producers.end() ? nullptr : &it->second;
  };
  if (auto* last = known()) return last;
  if (!partition.scanned) {
    CITYBRAIN_ASSIGN(end, ask(partition, kEnd));
    partition.scanned = end.value_or(0);
    partition.raise_end(*partition.scanned);
    partition.end_known = true;
  }
  if (*partition.scanned > 0) {
    CITYBRAIN_ASSIGN(asked, ask(partition, kBeginning));
    const Position begin = asked.value_or(0);
    for (Position chunk = kScanChunk; *partition.scanned > begin; chunk *= 2) {
      const Position to = *partition.scanned;
      const Position from = to - std::min(chunk, to - begin);
      CITYBRAIN_TRY(scan_between(partition, from, to));
      partition.scanned = from;
      if (auto* last = known()) return last;
    }
  }
  return &partition.producers.emplace(std::string(producer), 0).first->second;
}

model::Result<void> KafkaLog::scan_between(KafkaPartition& partition, Position from, Position to) {
  runtime::fault_point(runtime::Fault::kRestore);
  rd_kafka_topic_t* handle = nullptr;
  CITYBRAIN_ASSIGN(reader, take(partition, handle));
  KafkaCursor records(*this, partition, *reader, handle, from);
  std::map<std::string, std::uint64_t, std::less<>> found;
  while (records.position() < to) {
    CITYBRAIN_ASSIGN(batch, records.poll(static_cast<std::size_t>(to - from)));
    if (batch.empty()) break;
    for (const RecordView& record : batch) {
      if (record.producer.empty() || record.position >= to) continue;
      const auto it = found.find(record.producer);
      auto& last = it != found.end() ? it->second
                                     : found.emplace(std::string(record.producer), 0).first->second;
      last = std::max(last, record.sequence);
    }
  }
  for (const auto& [name, sequence] : found) {
    auto& last = partition.producers[name];
    last = std::max(last, sequence);
  }
  return {};
}

model::Result<std::vector<const Record*>> KafkaLog::fresh(KafkaPartition& partition,
                                                          std::string_view producer,
                                                          std::span<const Record> records) {
  const std::lock_guard lock(scan_mutex_);
  CITYBRAIN_ASSIGN(last, find_producer(partition, producer));
  std::vector<const Record*> out;
  out.reserve(records.size());
  for (const Record& record : records) {
    if (record.sequence <= *last) continue;
    *last = record.sequence;
    out.push_back(&record);
  }
  return out;
}

model::Result<std::uint64_t> KafkaLog::last_sequence(KafkaPartition& partition,
                                                     std::string_view producer) {
  const std::lock_guard lock(scan_mutex_);
  CITYBRAIN_ASSIGN(last, find_producer(partition, producer));
  return *last;
}

void KafkaLog::set_last_sequence(KafkaPartition& partition, std::string_view producer,
                                 std::uint64_t sequence) {
  const std::lock_guard lock(scan_mutex_);
  const auto it = partition.producers.find(producer);
  if (it != partition.producers.end()) it->second = sequence;
}

model::Result<std::unique_ptr<Membership>> KafkaLog::join(const GroupOptions& options,
                                                          std::span<const std::string> topics) {
  for (const auto& topic : topics) CITYBRAIN_TRY(find(topic, 0));
  return KafkaMembership::open(*this, options, topics);
}

}  // namespace citybrain::network
