#include "hub/network/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace citybrain::network {
namespace {

void on_error(rd_kafka_t*, int code, const char* text, void* opaque) {
  static_cast<KafkaClient*>(opaque)->why().note(static_cast<rd_kafka_resp_err_t>(code), text);
}

/// Failures of a connection are only logged, not told to the error callback, while another broker
/// may still answer; the text is what a user needs to read.
void on_log(const rd_kafka_t* handle, int level, const char*, const char* text) {
  constexpr int kError = 3;  // syslog's
  if (level > kError) return;
  const bool credentials = std::string_view(text).find("authentication error") != std::string::npos;
  static_cast<KafkaClient*>(rd_kafka_opaque(handle))
      ->why()
      .note(credentials ? RD_KAFKA_RESP_ERR__AUTHENTICATION : RD_KAFKA_RESP_ERR_NO_ERROR, text);
}

int on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  static_cast<KafkaClient*>(opaque)->take_statistics({json, size});
  return 0;  // librdkafka frees it
}

bool is_rights(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
         code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

bool is_unreachable(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__RESOLVE ||
         code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE;
}

bool is_credentials(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
         code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM || code == RD_KAFKA_RESP_ERR__SSL;
}

}  // namespace

bool is_own_property(std::string_view key) {
  // Each of these would break a promise of the log, or is an option of its own.
  static constexpr std::array kOwn = {"bootstrap.servers",
                                      "metadata.broker.list",
                                      "acks",
                                      "request.required.acks",
                                      "enable.idempotence",
                                      "enable.gapless.guarantee",
                                      "max.in.flight.requests.per.connection",
                                      "max.in.flight",
                                      "transactional.id",
                                      "linger.ms",
                                      "queue.buffering.max.ms",
                                      "queue.buffering.max.messages",
                                      "queue.buffering.max.kbytes",
                                      "message.timeout.ms",
                                      "delivery.timeout.ms",
                                      "message.max.bytes",
                                      "isolation.level",
                                      "enable.partition.eof",
                                      "auto.offset.reset",
                                      "group.id",
                                      "group.instance.id",
                                      "partition.assignment.strategy",
                                      "enable.auto.commit",
                                      "auto.commit.enable",
                                      "enable.auto.offset.store",
                                      "session.timeout.ms",
                                      "heartbeat.interval.ms",
                                      "queued.max.messages.kbytes",
                                      "allow.auto.create.topics",
                                      "test.mock.num.brokers",
                                      "statistics.interval.ms",
                                      "builtin.features",
                                      "plugin.library.paths"};
  return std::find(kOwn.begin(), kOwn.end(), key) != kOwn.end();
}

void KafkaWhy::note(rd_kafka_resp_err_t code, std::string_view text) {
  const std::lock_guard lock(mutex_);
  // "All brokers are down" follows the reason and says less; a log line has a text only.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !text_.empty()) return;
  if (is_credentials(code_) && !is_credentials(code)) return;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || text_.empty()) {
    code_ = code;
    text_ = text;
  }
}

std::pair<rd_kafka_resp_err_t, std::string> KafkaWhy::last() const {
  const std::lock_guard lock(mutex_);
  return {code_, text_};
}

model::Result<std::unique_ptr<KafkaClient>> KafkaClient::open(Kind kind,
                                                              const KafkaOptions& options,
                                                              const Settings& settings,
                                                              const Callbacks& callbacks,
                                                              void* opaque) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(options, opaque));
  KafkaOwned<rd_kafka_conf_t, rd_kafka_conf_destroy> conf(rd_kafka_conf_new());
  char why[512] = {};
  const auto set = [&](const char* key, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), key, value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK;
  };
  for (const auto& property : options.properties)
    if (!set(property.key.c_str(), property.value))
      return model::Error{"CB-INPUT-NETCONFIG", why, property.where, {}};
  const std::string timeout = std::to_string(options.timeout.count());
  const Settings common = {
      {"bootstrap.servers", options.brokers},    {"client.id", "citybrain"},
      {"socket.nagle.disable", "true"},          {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},      {"message.max.bytes", "33554432"},
      {"receive.message.max.bytes", "100000000"}};
  for (const auto& list : {common, settings})
    for (const auto& [key, value] : list)
      if (!set(key, value))
        return model::Error{
            "CB-NETWORK-OPEN", fmt::format("{}: {}", key, why), options.brokers, {}};
  // Readers are not asked: what they say would lie in a queue that nobody empties.
  if (kind == Kind::kProducer && options.statistics) {
    if (!set("statistics.interval.ms", "1000"))
      return model::Error{"CB-NETWORK-OPEN", why, options.brokers, {}};
    rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
  }
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  if (callbacks.delivered) rd_kafka_conf_set_dr_msg_cb(conf.get(), callbacks.delivered);
  if (callbacks.rebalance) rd_kafka_conf_set_rebalance_cb(conf.get(), callbacks.rebalance);
  client->handle_ = rd_kafka_new(kind == Kind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                                 conf.get(), why, sizeof why);
  if (client->handle_ == nullptr) {
    const std::string where =
        options.properties.empty() ? options.brokers : options.properties.front().where;
    return model::Error{"CB-NETWORK-OPEN", fmt::format("the client cannot be made: {}", why), where,
                        "Correct the file of --network-config."};
  }
  (void)conf.release();  // the client's now
  return client;
}

bool KafkaClient::is_refused() const { return is_credentials(why_.last().first); }

KafkaClient::~KafkaClient() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

model::Error KafkaClient::error(std::string_view code, std::string_view doing,
                                std::string_view where, rd_kafka_resp_err_t reason,
                                std::string_view text) const {
  char fatal_text[512] = {};
  if (reason == RD_KAFKA_RESP_ERR__FATAL) {
    if (const auto fatal = rd_kafka_fatal_error(handle_, fatal_text, sizeof fatal_text); fatal) {
      reason = fatal;
      text = fatal_text;
    }
  }
  std::string said(text.empty() ? rd_kafka_err2str(reason) : text);
  const auto [deeper, deeper_text] = why_.last();
  const std::string at = where.empty() ? brokers_ : fmt::format("{} at {}", where, brokers_);
  if (is_credentials(reason) || (is_unreachable(reason) && is_credentials(deeper))) {
    const std::string& words = is_credentials(reason) ? said : deeper_text;
    constexpr int kMendedScram = 0x020601ff;  // 2.6.1; edenhill/kcat issue 462
    if (words.find("SCRAM") != words.npos && rd_kafka_version() < kMendedScram)
      return {"CB-NETWORK-OPEN", fmt::format("{}: {}", doing, words), at,
              fmt::format("Correct the user or the password; with brokers of Kafka 4, SCRAM needs "
                          "librdkafka 2.6.1 or newer (this is {}): use sasl.mechanisms=PLAIN over "
                          "TLS there.",
                          rd_kafka_version_str())};
    return {
        "CB-NETWORK-OPEN",
        fmt::format("{}: the broker and this program do not trust each other: {}", doing, words),
        at,
        "Check security.protocol, sasl.* and ssl.* in the file of --network-config against the "
        "broker's listener."};
  }
  if (is_rights(reason))
    return {
        "CB-NETWORK-RIGHTS", fmt::format("{}: the broker does not allow it: {}", doing, said), at,
        "Give the user Describe, DescribeConfigs, Create, Read, Write, AlterConfigs and Delete on "
        "topics with this prefix (kafka-acls.sh --add --resource-pattern-type prefixed), or name "
        "another user in the file of --network-config."};
  if (is_fenced(reason))
    return {"CB-NETWORK-FENCED", fmt::format("{}: {}", doing, said), at,
            "Another process took over under the same name; let one of them end."};
  if (is_unreachable(reason)) {
    if (!deeper_text.empty()) said += "; " + deeper_text;
    return {
        std::string(code),
        fmt::format("{}: no broker answered within {} s: {}", doing,
                    static_cast<double>(timeout_.count()) / 1000, said),
        at,
        "Start the broker, or correct the address of --network and the security.* settings in the "
        "file of --network-config."};
  }
  return {std::string(code), fmt::format("{}: {}", doing, said), at, {}};
}

model::Error KafkaClient::error(std::string_view code, std::string_view doing,
                                std::string_view where, const rd_kafka_error_t* reason) const {
  return error(code, doing, where, rd_kafka_error_code(reason), rd_kafka_error_string(reason));
}

}  // namespace citybrain::network
