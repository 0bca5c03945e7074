#include <boost/json.hpp>

#include "hub/metrics/metrics.h"

namespace citybrain::metrics {

namespace {

/// A number of the object, if it is there.
template <class Use>
void number(const boost::json::object& from, const char* key, const Use& use) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_number()) return;
  use(value->to_number<double>());
}

struct Sums {
  double waiting = 0, unanswered = 0;
};

Sums of_brokers(const boost::json::object& statistics) {
  Sums out;
  const auto* brokers = statistics.if_contains("brokers");
  if (brokers == nullptr || !brokers->is_object()) return out;
  for (const auto& [name, value] : brokers->get_object()) {
    if (!value.is_object()) continue;
    number(value.get_object(), "outbuf_cnt", [&](double n) { out.waiting += n; });
    number(value.get_object(), "waitresp_cnt", [&](double n) { out.unanswered += n; });
  }
  return out;
}

}  // namespace

model::Result<void> take_kafka_statistics(std::string_view json, Metrics& metrics) {
  boost::json::error_code ec;
  const auto parsed = boost::json::parse({json.data(), json.size()}, ec);
  if (ec || !parsed.is_object())
    return model::Error{"CB-NETWORK-STATISTICS", "the client's statistics are no JSON object",
                        "librdkafka", ""};
  const auto& s = parsed.get_object();
  Labels client;
  if (const auto* name = s.if_contains("name"); name != nullptr && name->is_string())
    client["client"] = std::string(name->get_string());
  const auto gauge = [&](const char* name, const char* help) {
    return metrics.gauge(name, help, client);
  };
  number(s, "msg_cnt", [&](double n) {
    gauge("citybrain_kafka_queue_records", "Records appended and not yet acknowledged").set(n);
  });
  number(s, "msg_size", [&](double n) {
    gauge("citybrain_kafka_queue_bytes", "Bytes appended and not yet acknowledged").set(n);
  });
  number(s, "msg_size_max", [&](double n) {
    gauge("citybrain_kafka_queue_limit_bytes", "Bytes at which appending waits").set(n);
  });
  number(s, "replyq", [&](double n) {
    gauge("citybrain_kafka_events", "Events of the client that wait to be taken").set(n);
  });
  const auto sums = of_brokers(s);
  gauge("citybrain_kafka_waiting_requests", "Requests that wait to be sent to brokers")
      .set(sums.waiting);
  gauge("citybrain_kafka_unanswered_requests", "Requests that brokers have not answered")
      .set(sums.unanswered);
  number(s, "tx_bytes", [&](double n) {
    metrics.counter("citybrain_kafka_sent_bytes_total", "Bytes sent to brokers", client)
        .raise_to(n);
  });
  number(s, "rx_bytes", [&](double n) {
    metrics.counter("citybrain_kafka_received_bytes_total", "Bytes received from brokers", client)
        .raise_to(n);
  });
  return {};
}

}  // namespace citybrain::metrics
