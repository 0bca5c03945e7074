// librdkafka's handles with owners, its errors as ours, and the clients that a log opens. Private
// to hub/network.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "hub/network/kafka.h"

namespace citybrain::network {

template <auto destroy>
struct KafkaDeleter {
  template <class T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
template <class T, auto destroy>
using KafkaOwned = std::unique_ptr<T, KafkaDeleter<destroy>>;

using KafkaTopicHandle = KafkaOwned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using KafkaPartitionList =
    KafkaOwned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using KafkaQueue = KafkaOwned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using KafkaError = KafkaOwned<rd_kafka_error_t, rd_kafka_error_destroy>;
using KafkaEvent = KafkaOwned<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaHeaders = KafkaOwned<rd_kafka_headers_t, rd_kafka_headers_destroy>;

/// True for properties that the log decides itself.
bool is_own_property(std::string_view key);

/// What librdkafka says from its own threads: the last reason why no broker could be used, and a
/// fatal error. Shared by the callbacks of one client.
class KafkaWhy {
 public:
  void note(rd_kafka_resp_err_t code, std::string_view text);
  /// The last note; code is RD_KAFKA_RESP_ERR_NO_ERROR when there is none.
  std::pair<rd_kafka_resp_err_t, std::string> last() const;

 private:
  mutable std::mutex mutex_;
  rd_kafka_resp_err_t code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text_;
};

/// One rd_kafka_t. Its callbacks may use `opaque` and why().
class KafkaClient {
 public:
  enum class Kind { kProducer, kConsumer };
  using Settings = std::vector<std::pair<const char*, std::string>>;
  struct Callbacks {
    void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr;
    void (*rebalance)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                      void*) = nullptr;
  };
  static model::Result<std::unique_ptr<KafkaClient>> open(Kind kind, const KafkaOptions& options,
                                                          const Settings& settings,
                                                          const Callbacks& callbacks, void* opaque);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* get() const { return handle_; }
  void* opaque() const { return opaque_; }
  KafkaWhy& why() { return why_; }
  /// The last that was heard is that the broker refused the credentials, or is not trusted.
  bool is_refused() const;
  void take_statistics(std::string_view json) const { statistics_(json); }

  /// The error of a call: says what librdkafka said, and the deeper reason where one was noted.
  /// `doing` as in "cannot read the topics"; `code` for what is neither rights nor a fenced client.
  model::Error error(std::string_view code, std::string_view doing, std::string_view where,
                     rd_kafka_resp_err_t reason, std::string_view text = {}) const;
  model::Error error(std::string_view code, std::string_view doing, std::string_view where,
                     const rd_kafka_error_t* reason) const;

 private:
  KafkaClient(const KafkaOptions& options, void* opaque)
      : brokers_(options.brokers),
        timeout_(options.timeout),
        statistics_(options.statistics),
        opaque_(opaque) {}

  const std::string brokers_;
  const std::chrono::milliseconds timeout_;
  const std::function<void(std::string_view)> statistics_;
  void* opaque_ = nullptr;
  rd_kafka_t* handle_ = nullptr;
  KafkaWhy why_;
};

/// The topic or partition is not there, or the broker that was asked has not heard of it yet.
inline bool is_unknown(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace citybrain::network
