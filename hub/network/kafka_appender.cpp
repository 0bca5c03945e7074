#include "hub/network/kafka_appender.h"

#include <chrono>
#include <optional>
#include <thread>

#include "hub/runtime/faults.h"

namespace citybrain::network {
namespace {

constexpr const char* kAppend = "CB-NETWORK-APPEND";
constexpr int kFullWaitMs = 20;
constexpr std::chrono::seconds kMarkersWait{5};
constexpr std::chrono::milliseconds kMarkersPause{2};

}  // namespace

model::Result<std::unique_ptr<Appender>> KafkaAppender::open(KafkaLog& log,
                                                             const AppenderOptions& options) {
  if (options.producer.empty()) return model::Error{kAppend, "a producer needs a name", {}, {}};
  std::unique_ptr<KafkaAppender> appender(new KafkaAppender(log, options));
  if (appender->transactional()) {
    const std::string name = log.options().prefix + "." + options.transaction;
    CITYBRAIN_ASSIGN(own, KafkaClient::open(KafkaClient::Kind::kProducer, log.options(),
                                            producer_settings(log.options(), name),
                                            {delivered, nullptr}, nullptr));
    appender->own_ = std::move(own);
    const KafkaError failed(rd_kafka_init_transactions(
        appender->own_->get(), static_cast<int>(log.options().timeout.count())));
    if (failed)
      return appender->own_->error("CB-NETWORK-TRANSACTION", "transactions cannot begin", name,
                                   failed.get());
  }
  return std::unique_ptr<Appender>(std::move(appender));
}

KafkaAppender::~KafkaAppender() {
  // A destructor has nobody to tell: a transaction that is not aborted here ends by its timeout.
  if (open_) (void)static_cast<bool>(abort());
  topics_.clear();
}

void KafkaAppender::delivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err) return;  // the commit fails and says why
  auto& end = static_cast<Touched*>(message->_private)->end;
  const auto to = static_cast<Position>(message->offset) + 1;
  if (end.load() < to) end = to;
}

model::Error KafkaAppender::transaction_error(std::string_view what) const {
  return {"CB-NETWORK-TRANSACTION", std::string(what), options_.producer, {}};
}

rd_kafka_topic_t* KafkaAppender::topic_handle(const KafkaTopic& topic) {
  if (!transactional()) return topic.handle.get();
  auto& handle = topics_[&topic];
  if (!handle) handle.reset(rd_kafka_topic_new(own_->get(), topic.kafka.c_str(), nullptr));
  return handle.get();
}

model::Result<AppendOutcome> KafkaAppender::append(std::string_view topic, Partition partition,
                                                   std::span<const Record> records) {
  if (const auto error = log_.failed()) return *error;
  if (transactional() && !open_)
    return transaction_error("this appender appends in transactions only; none was begun");
  CITYBRAIN_ASSIGN(found, log_.find(topic, partition));
  KafkaPartition& state = *found;
  void* opaque = &state;
  if (transactional()) {
    CITYBRAIN_ASSIGN(before, log_.last_sequence(state, options_.producer));
    const auto [it, first] = touched_.try_emplace(&state);
    if (first) it->second.sequence_before = before;
    opaque = &it->second;
  }
  CITYBRAIN_ASSIGN(fresh, log_.fresh(state, options_.producer, records));
  rd_kafka_topic_t* handle = topic_handle(*state.topic);
  runtime::fault_point(runtime::Fault::kAppend);
  for (const Record* record : fresh) {
    if (auto produced = produce(state, handle, opaque, *record); !produced) {
      // Its sequence counts as stored; going on would hide that it is not.
      if (!transactional()) log_.fail(produced.error());
      return produced.error();
    }
  }
  rd_kafka_poll(client().get(), 0);
  runtime::fault_point(runtime::Fault::kAppend);
  return AppendOutcome{static_cast<std::uint32_t>(fresh.size()),
                       static_cast<std::uint32_t>(records.size() - fresh.size())};
}

KafkaHeaders KafkaAppender::headers(const Record& record) {
  KafkaHeaders list(rd_kafka_headers_new(record.headers.size() + 1));
  write_origin(record.sequence, options_.producer, origin_);
  rd_kafka_header_add(list.get(), kOriginHeader, sizeof kOriginHeader - 1, origin_.data(),
                      static_cast<ssize_t>(origin_.size()));
  if (kafka_time(record.publish_time) != record.publish_time.ms) {
    const std::string ms = std::to_string(record.publish_time.ms);
    rd_kafka_header_add(list.get(), kTimeHeader, -1, ms.data(), static_cast<ssize_t>(ms.size()));
  }
  for (const Header& header : record.headers)
    rd_kafka_header_add(list.get(), header.key.data(), static_cast<ssize_t>(header.key.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  return list;
}

model::Result<void> KafkaAppender::produce(KafkaPartition& partition, rd_kafka_topic_t* topic,
                                           void* opaque, const Record& record) {
  KafkaHeaders list = headers(record);
  rd_kafka_vu_t fields[8];
  std::size_t n = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& {
    fields[n].vtype = type;
    return fields[n++].u;
  };
  add(RD_KAFKA_VTYPE_RKT).rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).i32 = static_cast<std::int32_t>(partition.number);
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_KEY).mem = {const_cast<char*>(record.key.data()), record.key.size()};
  add(RD_KAFKA_VTYPE_VALUE).mem = {const_cast<char*>(record.value.data()), record.value.size()};
  add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = kafka_time(record.publish_time);
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
  add(RD_KAFKA_VTYPE_HEADERS).headers = list.get();
  if (!transactional()) partition.in_flight.fetch_add(1, std::memory_order_relaxed);
  std::optional<std::chrono::steady_clock::time_point> full_since;
  for (;;) {
    const KafkaError failed(rd_kafka_produceva(client().get(), fields, n));
    if (!failed) {
      (void)list.release();  // the message's now
      return {};
    }
    const auto code = rd_kafka_error_code(failed.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      const auto now = std::chrono::steady_clock::now();
      if (!full_since) full_since = now;
      if (now - *full_since < log_.options().timeout) {
        rd_kafka_poll(client().get(), kFullWaitMs);
        continue;
      }
    }
    if (!transactional()) partition.in_flight.fetch_sub(1, std::memory_order_relaxed);
    auto error =
        client().error(kAppend, "the record cannot be appended", partition.where(), failed.get());
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) error.mend = "A record has at most 32 MiB.";
    return error;
  }
}

model::Result<void> KafkaAppender::flush() {
  if (transactional()) return {};  // what was committed is acknowledged
  return log_.flush(log_.producer());
}

model::Result<std::uint64_t> KafkaAppender::last_sequence(std::string_view topic,
                                                          Partition partition) {
  CITYBRAIN_ASSIGN(found, log_.find(topic, partition));
  return log_.last_sequence(*found, options_.producer);
}

model::Result<void> KafkaAppender::begin() {
  if (!transactional()) return transaction_error("this appender was opened without a transaction");
  if (open_) return transaction_error("a transaction is open already");
  const KafkaError failed(rd_kafka_begin_transaction(own_->get()));
  if (failed)
    return own_->error("CB-NETWORK-TRANSACTION", "the transaction cannot begin",
                       options_.transaction, failed.get());
  open_ = true;
  return {};
}

model::Result<void> KafkaAppender::commit() {
  if (!open_) return transaction_error("no transaction is open");
  const auto timeout = static_cast<int>(log_.options().timeout.count());
  const KafkaError failed(rd_kafka_commit_transaction(own_->get(), timeout));
  if (!failed) {
    for (auto& [partition, touched] : touched_) partition->raise_end(touched.end);
    await_readable();
    touched_.clear();
    open_ = false;
    return {};
  }
  auto error = own_->error("CB-NETWORK-TRANSACTION", "the transaction cannot be committed",
                           options_.transaction, failed.get());
  if (rd_kafka_error_txn_requires_abort(failed.get())) {
    (void)static_cast<bool>(abort());  // the first error is the one to tell
  } else {
    roll_back();
  }
  return error;
}

void KafkaAppender::await_readable() {
  const auto until = std::chrono::steady_clock::now() + kMarkersWait;
  for (const auto& [partition, touched] : touched_)
    for (;;) {
      const auto end = log_.ask(*partition, RD_KAFKA_OFFSET_END);
      if (!end || end->value_or(0) >= touched.end) break;
      if (std::chrono::steady_clock::now() > until) return;  // behind somebody else's transaction
      std::this_thread::sleep_for(kMarkersPause);
    }
}

model::Result<void> KafkaAppender::abort() {
  if (!open_) return transaction_error("no transaction is open");
  const KafkaError failed(
      rd_kafka_abort_transaction(own_->get(), static_cast<int>(log_.options().timeout.count())));
  roll_back();
  if (failed)
    return own_->error("CB-NETWORK-TRANSACTION", "the transaction cannot be aborted",
                       options_.transaction, failed.get());
  return {};
}

void KafkaAppender::roll_back() {
  for (const auto& [partition, touched] : touched_)
    log_.set_last_sequence(*partition, options_.producer, touched.sequence_before);
  touched_.clear();
  open_ = false;
}

}  // namespace citybrain::network
