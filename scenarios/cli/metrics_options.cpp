#include "scenarios/cli/metrics_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <thread>

#include "hub/api/api.h"
#include "hub/metrics/metered_log.h"
#include "scenarios/experiment/folder.h"

namespace citybrain::cli {

using model::Error;
using model::Result;

void add_metrics(CLI::App& command, MetricsOptions& o) {
  command.add_option("--metrics", o.address,
                     "HOST:PORT: serve metrics for Prometheus at /metrics; port 0: any free one");
  command.add_option("--metrics-file", o.file,
                     "write the metrics to this file at the end (node_exporter's textfile)");
}

Result<MetricsAddress> MetricsAddress::parse(const std::string& text) {
  const auto colon = text.rfind(':');
  MetricsAddress out;
  bool good = colon != std::string::npos && colon > 0;
  if (good) {
    out.host = text.substr(0, colon);
    if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
      out.host = out.host.substr(1, out.host.size() - 2);
    if (out.host == "localhost") out.host = "127.0.0.1";
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, out.port);
    good = read.ec == std::errc{} && read.ptr == end;
  }
  if (good) return out;
  return Error{"CB-USAGE-METRICS",
               fmt::format("expected HOST:PORT with a port of 0 to 65535, found \"{}\"", text),
               "--metrics", "for example 127.0.0.1:9400, or 127.0.0.1:0 for any free port"};
}

struct MetricsOutput::Serving {
  api::Server server;
  std::thread thread;

  explicit Serving(api::Server s) : server(std::move(s)) {
    thread = std::thread([this] { server.serve(false); });
  }
  ~Serving() {
    server.stop();
    thread.join();
  }
};

namespace {

api::Reply answer(const api::Request& request, metrics::Metrics& metrics) {
  const auto path = request.target.substr(0, request.target.find('?'));
  if (path != "/metrics") return {404, "text/plain", "the metrics are at /metrics\n"};
  if (request.method != "GET") return {405, "text/plain", "metrics are for GET\n"};
  return {200, metrics::kTextFormat, metrics.text()};
}

}  // namespace

Result<MetricsOutput> MetricsOutput::start(const MetricsOptions& options) {
  MetricsOutput out;
  out.options_ = options;
  if (!options.wanted()) return out;
  out.metrics_ = std::make_unique<metrics::Metrics>();
  out.metrics_
      ->gauge("citybrain_build_info", "1; the version is a label", {{"version", CITYBRAIN_VERSION}})
      .set(1);
  if (options.address.empty()) return out;
  CITYBRAIN_ASSIGN(at, MetricsAddress::parse(options.address));
  api::ServerOptions serve;
  serve.address = at.host;
  serve.port = at.port;
  CITYBRAIN_ASSIGN(server,
                   api::Server::listen(serve, [m = out.metrics_.get()](const auto& request) {
                     return answer(request, *m);
                   }));
  fmt::print(stderr, "citybrain: metrics at http://{}/metrics\n",
             at.host.find(':') == std::string::npos
                 ? fmt::format("{}:{}", at.host, server.port())
                 : fmt::format("[{}]:{}", at.host, server.port()));
  out.serving_ = std::make_unique<Serving>(std::move(server));
  return out;
}

MetricsOutput::MetricsOutput(MetricsOutput&&) noexcept = default;
MetricsOutput& MetricsOutput::operator=(MetricsOutput&&) noexcept = default;
MetricsOutput::~MetricsOutput() { serving_.reset(); }

std::unique_ptr<network::Log> MetricsOutput::meter(std::unique_ptr<network::Log> log) {
  return wanted() ? metrics::metered(std::move(log), *metrics_) : std::move(log);
}

void MetricsOutput::meter(network::KafkaOptions& kafka) {
  if (!wanted()) return;
  kafka.statistics = [m = metrics_.get()](std::string_view json) {
    (void)static_cast<bool>(metrics::take_kafka_statistics(json, *m));
  };
}

void MetricsOutput::last_look() {
  if (wanted()) (void)metrics_->text();
}

Result<void> MetricsOutput::finish() {
  if (options_.file.empty() || !wanted()) return {};
  return experiment::write_file(options_.file, metrics_->text());
}

}  // namespace citybrain::cli
