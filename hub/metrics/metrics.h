// Numbers about a process for people who watch it (docs/metrics.md): counters, gauges and
// histograms by name and labels, written in Prometheus' text format 0.0.4. Wall time is measured
// here and nothing that decides reads any of it: a run with and without has the same outcome.
//
// Names follow Prometheus' conventions: base units (seconds, bytes), counters end in _total.
// Asking for a meter that is there gives the same one. Threading: any; a meter may be used while
// another thread writes the text. Meters live as long as their Metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace citybrain::metrics {

using Labels = std::map<std::string, std::string>;

/// Only grows.
class Counter {
 public:
  void add(double n = 1);
  /// Grows to `total` where that is more; for totals that somebody else counts.
  void raise_to(double total);

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter* of) : of_(of) {}
  prometheus::Counter* of_;
};

class Gauge {
 public:
  void set(double value);

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge* of) : of_(of) {}
  prometheus::Gauge* of_;
};

/// Of wall times, in seconds: buckets from 50 microseconds to 10 seconds.
class Times {
 public:
  void add(double seconds);

 private:
  friend class Metrics;
  explicit Times(prometheus::Histogram* of) : of_(of) {}
  prometheus::Histogram* of_;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Times times(const std::string& name, const std::string& help, const Labels& labels = {});

  /// `refresh` is called before a text is written, by the thread that asked for it, until remove(),
  /// which returns when no such call is under way.
  std::uint64_t before_text(std::function<void()> refresh);
  void remove(std::uint64_t refresh);
  std::string text();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The media type of text().
constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

/// Takes what librdkafka says of a client (its statistics, JSON): queues and bytes. Error
/// CB-NETWORK-STATISTICS when it is no such JSON; fields that are missing are left as they were.
model::Result<void> take_kafka_statistics(std::string_view json, Metrics& metrics);

}  // namespace citybrain::metrics
