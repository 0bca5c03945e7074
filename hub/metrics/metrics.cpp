#include "hub/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>

namespace citybrain::metrics {

struct Metrics::Impl {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex;  // of what follows; held while a text is written
  std::map<std::uint64_t, std::function<void()>> refreshers;
  std::uint64_t next = 1;
};

void Counter::add(double n) { of_->Increment(n); }
void Counter::raise_to(double total) {
  if (const double more = total - of_->Value(); more > 0) of_->Increment(more);
}
void Gauge::set(double value) { of_->Set(value); }
void Times::add(double seconds) { of_->Observe(seconds); }

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(
      &prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels));
}
Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(
      &prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels));
}
Times Metrics::times(const std::string& name, const std::string& help, const Labels& labels) {
  const prometheus::Histogram::BucketBoundaries bounds{
      0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
      0.05,    0.1,    0.2,    0.5,    1,     2,     5,     10};
  return Times(&prometheus::BuildHistogram()
                    .Name(name)
                    .Help(help)
                    .Register(impl_->registry)
                    .Add(labels, bounds));
}

std::uint64_t Metrics::before_text(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshers.emplace(impl_->next, std::move(refresh));
  return impl_->next++;
}
void Metrics::remove(std::uint64_t refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshers.erase(refresh);
}

std::string Metrics::text() {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [id, refresh] : impl_->refreshers) refresh();
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace citybrain::metrics
