// --metrics and --metrics-file: a command's numbers for Prometheus, over HTTP while it works and as
// a file at its end. Errors CB-USAGE-METRICS, CB-API-LISTEN, CB-RUN-WRITE.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "hub/metrics/metrics.h"
#include "hub/model/result.h"
#include "hub/network/kafka.h"
#include "hub/network/network.h"

namespace citybrain::cli {

struct MetricsOptions {
  std::string address;  ///< HOST:PORT; empty: not served
  std::string file;     ///< empty: none
  bool wanted() const { return !address.empty() || !file.empty(); }
};
void add_metrics(CLI::App& command, MetricsOptions& options);

/// "HOST:PORT", "[::1]:PORT"; error CB-USAGE-METRICS.
struct MetricsAddress {
  std::string host;
  std::uint16_t port = 0;
  static model::Result<MetricsAddress> parse(const std::string& text);
};

/// A command's metrics and the thread that serves them. Does nothing where neither was asked for.
class MetricsOutput {
 public:
  /// Serves from here on, and says where on standard error.
  static model::Result<MetricsOutput> start(const MetricsOptions& options);
  MetricsOutput(MetricsOutput&&) noexcept;
  MetricsOutput& operator=(MetricsOutput&&) noexcept;
  ~MetricsOutput();

  bool wanted() const { return metrics_ != nullptr; }
  metrics::Metrics& metrics() { return *metrics_; }
  /// The log, counting where that is wanted.
  std::unique_ptr<network::Log> meter(std::unique_ptr<network::Log> log);
  /// Has the client's statistics taken where that is wanted.
  void meter(network::KafkaOptions& kafka);
  /// Brings lags up to date while the log is still open.
  void last_look();
  /// Writes the file, if one was asked for.
  model::Result<void> finish();

 private:
  struct Serving;
  MetricsOutput() = default;
  MetricsOptions options_;
  std::unique_ptr<metrics::Metrics> metrics_;
  std::unique_ptr<Serving> serving_;
};

}  // namespace citybrain::cli
