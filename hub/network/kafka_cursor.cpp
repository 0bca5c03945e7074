#include "hub/network/kafka_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace citybrain::network {
namespace {

constexpr std::size_t kDrain = 512;  // records taken from the queue at once: what caches hold
constexpr int kPatienceMs = 50;      // without a record, before the broker is asked again
constexpr std::uint64_t kNow = ~std::uint64_t{0};

}  // namespace

KafkaCursor::KafkaCursor(KafkaLog& log, KafkaPartition& partition, KafkaReader& reader,
                         rd_kafka_topic_t* topic, Position from)
    : log_(log), partition_(partition), reader_(reader), topic_(topic), fetched_(from) {}

KafkaCursor::~KafkaCursor() {
  release();
  if (started_) rd_kafka_consume_stop(topic_, static_cast<std::int32_t>(partition_.number));
  log_.give_back(reader_, partition_);
}

void KafkaCursor::release() {
  for (auto* message : messages_) rd_kafka_message_destroy(message);
  messages_.clear();
  records_.clear();
  headers_.clear();
  header_ends_.clear();
  next_ = 0;
}

Position KafkaCursor::position() const {
  return next_ < records_.size() ? records_[next_].position : fetched_;
}

void KafkaCursor::seek(Position position) {
  if (!records_.empty() && position >= records_.front().position &&
      position <= records_.back().position) {
    const auto it =
        std::lower_bound(records_.begin(), records_.end(), position,
                         [](const RecordView& record, Position p) { return record.position < p; });
    next_ = static_cast<std::size_t>(it - records_.begin());
    return;
  }
  if (position == this->position()) return;
  next_ = records_.size();
  fetched_ = position;
  moved_ = true;
  sequences_.clear();
  latest_ = nullptr;
}

model::Result<std::span<const RecordView>> KafkaCursor::poll(std::size_t most) {
  return poll(most, Horizon{kNow});
}

model::Result<std::span<const RecordView>> KafkaCursor::poll(std::size_t most, Horizon horizon) {
  if (next_ == records_.size() && most > 0) CITYBRAIN_TRY(load(horizon.moment));
  const auto taken =
      std::span<const RecordView>(records_).subspan(next_, std::min(most, records_.size() - next_));
  next_ += taken.size();
  return taken;
}

model::Result<void> KafkaCursor::load(std::uint64_t horizon) {
  release();
  if (started_ && !moved_) CITYBRAIN_TRY(drain());
  if (!records_.empty()) return {};
  CITYBRAIN_ASSIGN(end, log_.reach(partition_, fetched_, horizon));
  if (fetched_ <= end) CITYBRAIN_TRY(start());  // at the end, too: what comes later is on its way
  return wait(end);
}

model::Result<void> KafkaCursor::start() {
  const auto number = static_cast<std::int32_t>(partition_.number);
  const auto offset = static_cast<std::int64_t>(fetched_);
  if (started_ && !moved_) return {};
  if (!started_ && rd_kafka_consume_start(topic_, number, offset) != 0)
    return reader_.client->error("CB-NETWORK-READ", "the partition cannot be read",
                                 partition_.where(), rd_kafka_last_error());
  if (started_) {
    const auto timeout = static_cast<int>(log_.options().timeout.count());
    if (const auto code = rd_kafka_seek(topic_, number, offset, timeout); code)
      return reader_.client->error("CB-NETWORK-READ", "the partition cannot be read",
                                   partition_.where(), code);
  }
  started_ = true;
  moved_ = false;
  return {};
}

model::Result<void> KafkaCursor::wait(Position target) {
  const auto began = std::chrono::steady_clock::now();
  while (fetched_ < target && records_.empty()) {
    auto* message =
        rd_kafka_consume(topic_, static_cast<std::int32_t>(partition_.number), kPatienceMs);
    if (message != nullptr) {
      CITYBRAIN_TRY(take(message));
      CITYBRAIN_TRY(drain());
      continue;
    }
    // Behind an open transaction nothing can be read, whatever was acknowledged.
    CITYBRAIN_ASSIGN(end, log_.ask(partition_, RD_KAFKA_OFFSET_END));
    target = std::min(target, end.value_or(0));
    if (std::chrono::steady_clock::now() - began > log_.options().timeout)
      return reader_.client->error("CB-NETWORK-READ", "the partition cannot be read",
                                   partition_.where(), RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  return {};
}

model::Result<void> KafkaCursor::drain() {
  rd_kafka_message_t* messages[kDrain];
  const auto count = rd_kafka_consume_batch(topic_, static_cast<std::int32_t>(partition_.number), 0,
                                            messages, kDrain);
  if (count < 0)
    return reader_.client->error("CB-NETWORK-READ", "the partition cannot be read",
                                 partition_.where(), rd_kafka_last_error());
  model::Result<void> result;
  for (ssize_t i = 0; i < count; ++i) {
    if (!result) {
      rd_kafka_message_destroy(messages[i]);
      continue;
    }
    result = take(messages[i]);
  }
  // The vectors do not move any more.
  std::size_t first = 0;
  for (std::size_t r = 0; r < records_.size(); ++r) {
    records_[r].headers = {headers_.data() + first, header_ends_[r] - first};
    first = header_ends_[r];
  }
  return result;
}

model::Result<void> KafkaCursor::take(rd_kafka_message_t* message) {
  if (message->err) {
    const KafkaOwned<rd_kafka_message_t, rd_kafka_message_destroy> owned(message);
    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) return failed(*message);
    fetched_ = std::max(fetched_, static_cast<Position>(message->offset));
    return {};
  }
  fetched_ = static_cast<Position>(message->offset) + 1;
  if (view(*message)) {
    messages_.push_back(message);
  } else {
    rd_kafka_message_destroy(message);
  }
  return {};
}

bool KafkaCursor::repeats(std::string_view producer, std::uint64_t sequence) {
  if (latest_ == nullptr || latest_->first != producer) {
    auto it = sequences_.find(producer);
    if (it == sequences_.end()) it = sequences_.emplace(std::string(producer), 0).first;
    latest_ = &*it;
  }
  if (sequence <= latest_->second) return true;
  latest_->second = sequence;
  return false;
}

bool KafkaCursor::view(const rd_kafka_message_t& message) {
  RecordView record;
  record.position = static_cast<Position>(message.offset);
  record.publish_time.ms = rd_kafka_message_timestamp(&message, nullptr);
  record.key = {static_cast<const char*>(message.key), message.key_len};
  record.value = {static_cast<const char*>(message.payload), message.len};
  const std::size_t first = headers_.size();
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* bytes = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; !rd_kafka_header_get_all(list, i, &name, &bytes, &size); ++i) {
      const std::string_view value(static_cast<const char*>(bytes), size);
      if (std::strcmp(name, kOriginHeader) == 0) {
        if (!parse_origin(value, record.sequence, record.producer)) record.sequence = 0;
      } else if (std::strcmp(name, kTimeHeader) == 0) {
        std::int64_t ms = 0;
        if (std::from_chars(value.data(), value.data() + size, ms).ec == std::errc{})
          record.publish_time.ms = ms;
      } else {
        headers_.push_back({name, value});
      }
    }
  }
  // Records of others carry no origin: nothing is known to be repeated.
  if (!record.producer.empty() && repeats(record.producer, record.sequence)) {
    headers_.resize(first);
    return false;
  }
  header_ends_.push_back(headers_.size());
  records_.push_back(record);
  return true;
}

model::Result<void> KafkaCursor::failed(const rd_kafka_message_t& message) {
  rd_kafka_consume_stop(topic_, static_cast<std::int32_t>(partition_.number));
  started_ = false;
  const auto code = message.err;
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    CITYBRAIN_ASSIGN(begin, log_.ask(partition_, RD_KAFKA_OFFSET_BEGINNING));
    return model::Error{"CB-NETWORK-POSITION",
                        fmt::format("position {} was truncated; the first one left is {}", fetched_,
                                    begin.value_or(0)),
                        partition_.where(),
                        "Read from the first one left, or from a snapshot behind it."};
  }
  if (is_unknown(code))
    return model::Error{"CB-NETWORK-TOPIC", "the topic is not there any more", partition_.where(),
                        "Somebody removed it; run again from the seed."};
  const bool damaged = code == RD_KAFKA_RESP_ERR__BAD_MSG || code == RD_KAFKA_RESP_ERR_INVALID_MSG;
  return reader_.client->error(damaged ? "CB-NETWORK-CORRUPT" : "CB-NETWORK-READ",
                               "the partition cannot be read", partition_.where(), code,
                               rd_kafka_message_errstr(&message));
}

}  // namespace citybrain::network
