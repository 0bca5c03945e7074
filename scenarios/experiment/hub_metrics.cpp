#include "scenarios/experiment/hub_metrics.h"

#include <limits>
#include <memory>

namespace citybrain::experiment {

namespace {

using metrics::Counter;
using metrics::Gauge;
using metrics::Metrics;

/// The meters of one dataset, in the order of access::Counters, and its indicators.
struct DatasetMeters {
  Counter records, observations, admitted, quarantined, duplicates, late;
  Gauge freshness, completeness, validity, duplicate_rate;

  static DatasetMeters make(Metrics& m, const std::string& dataset) {
    const auto counter = [&](const char* name, const char* help) {
      return m.counter(name, help, {{"dataset", dataset}});
    };
    // Not a number until it can be said.
    const auto gauge = [&](const char* name, const char* help) {
      auto made = m.gauge(name, help, {{"dataset", dataset}});
      made.set(std::numeric_limits<double>::quiet_NaN());
      return made;
    };
    return {counter("citybrain_records_total", "Records that the hub has read"),
            counter("citybrain_observations_total", "Observations found in records"),
            counter("citybrain_observations_admitted_total", "Observations that were admitted"),
            counter("citybrain_records_quarantined_total", "Records put into quarantine"),
            counter("citybrain_records_duplicate_total", "Records whose id was seen before"),
            counter("citybrain_records_late_total", "Records that came too late"),
            gauge("citybrain_dataset_freshness_seconds", "Age of the newest fact admitted"),
            gauge("citybrain_dataset_completeness_ratio",
                  "Records of this minute against what contract and devices let expect"),
            gauge("citybrain_dataset_validity_ratio",
                  "Share of this minute's records that were not quarantined"),
            gauge("citybrain_dataset_duplicate_ratio",
                  "Share of this minute's records whose id was seen before")};
  }
  void take(const access::Counters& c) {
    const auto raise = [](Counter& to, std::uint64_t n) { to.raise_to(static_cast<double>(n)); };
    raise(records, c.records);
    raise(observations, c.observations);
    raise(admitted, c.admitted);
    raise(quarantined, c.quarantined);
    raise(duplicates, c.duplicates);
    raise(late, c.late);
  }
  void take(const store::Health& h) {
    const auto set = [](Gauge& to, double v) {
      to.set(v < 0 ? std::numeric_limits<double>::quiet_NaN() : v);
    };
    set(freshness, h.freshness_s);
    set(completeness, h.completeness);
    set(validity, h.validity);
    set(duplicate_rate, h.duplicate_rate);
  }
};

class HubMeters {
 public:
  HubMeters(Metrics& m, const catalog::Catalog& catalog)
      : steps_(part_steps(m, "hub")),
        took_(m.times("citybrain_step_duration_seconds",
                      "Wall time from a step's records to its commands, committed")),
        at_(m.gauge("citybrain_simulated_time_seconds",
                    "Event time of the hub's last Step, seconds since 1970")),
        commands_(m.counter("citybrain_commands_total", "Commands issued")),
        refused_(m.counter("citybrain_commands_refused_total", "Commands that devices refused")),
        proposals_refused_(m.counter("citybrain_proposals_refused_total",
                                     "Proposals refused or put off by dispatch")) {
    for (const auto& c : catalog.contracts())
      datasets_.push_back(DatasetMeters::make(m, c.dataset));
  }
  void take(const StepDone& done) {
    steps_.raise_to(done.step);
    took_.add(done.seconds);
    at_.set(static_cast<double>(done.at.ms) / 1000);
    commands_.raise_to(static_cast<double>(done.totals.commands));
    refused_.raise_to(static_cast<double>(done.totals.commands_refused));
    proposals_refused_.raise_to(static_cast<double>(done.totals.proposals_refused));
    for (std::size_t d = 0; d < std::min(datasets_.size(), done.counters.size()); ++d)
      datasets_[d].take(done.counters[d]);
    for (const auto& s : done.indicators.datasets)
      if (s.dataset < datasets_.size())
        datasets_[s.dataset].take(store::health(s, done.indicators.now_ms));
  }

 private:
  Counter steps_;
  metrics::Times took_;
  metrics::Gauge at_;
  Counter commands_, refused_, proposals_refused_;
  std::vector<DatasetMeters> datasets_;
};

}  // namespace

StepHook hub_metrics(Metrics& metrics, const catalog::Catalog& catalog) {
  auto meters = std::make_shared<HubMeters>(metrics, catalog);
  return [meters](const StepDone& done) { meters->take(done); };
}

Counter part_steps(Metrics& metrics, const std::string& part) {
  return metrics.counter("citybrain_steps_total", "Simulated seconds done", {{"part", part}});
}

}  // namespace citybrain::experiment
