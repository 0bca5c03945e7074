#include "scenarios/experiment/data_quality.h"

#include <algorithm>
#include <map>

#include "hub/model/archive.h"
#include "hub/store/rows.h"

namespace citybrain::experiment {

using model::Result;

namespace {

/// Means over the samples of one dataset.
struct Sums {
  double freshness = 0, freshest_lost = -1, records = 0, expected = 0;
  std::uint64_t ages = 0, fresh = 0;

  void add(const store::IndicatorSample& s, std::int64_t now_ms, bool ends_minute,
           double promised_s) {
    const auto h = store::health(s, now_ms);
    if (h.freshness_s >= 0) {
      freshness += h.freshness_s;
      freshest_lost = std::max(freshest_lost, h.freshness_s);
      ++ages;
      fresh += promised_s <= 0 || h.freshness_s <= promised_s ? 1 : 0;
    }
    if (!ends_minute) return;  // minutes are counted once, when they are over
    records += s.records - s.duplicates;
    expected += static_cast<double>(s.expected);
  }
};

void fill(const Sums& sums, double promised_s, DatasetCounters& d) {
  auto& q = d.quality;
  const auto records = static_cast<double>(d.records);
  q.validity = 1 - static_cast<double>(d.quarantined) / records;
  q.duplicate_rate = static_cast<double>(d.duplicates) / records;
  q.late_rate = static_cast<double>(d.late) / records;
  if (sums.ages > 0) {
    q.freshness_mean_s = sums.freshness / static_cast<double>(sums.ages);
    q.freshness_worst_s = sums.freshest_lost;
    q.fresh_share = static_cast<double>(sums.fresh) / static_cast<double>(sums.ages);
  }
  if (sums.expected > 0) q.completeness = std::min(1.0, sums.records / sums.expected);
  q.freshness_promised_s = promised_s;
}

}  // namespace

Result<void> add_data_quality(const store::Store& store, const catalog::Catalog& catalog,
                              RunReport& report) {
  std::map<model::Step, std::vector<store::IndicatorRow>> by_step;
  const auto prefix = store::Key().text(store::kIndicatorHistory).take();
  CITYBRAIN_TRY(
      store.scan(store::Family::kTheme, prefix, [&](std::string_view key, std::string_view value) {
        model::Step step = 0;
        for (const char c : key.substr(prefix.size() + 4, 4))
          step = (step << 8) | static_cast<unsigned char>(c);
        model::Reader r(value);
        r(by_step[step].emplace_back());
        return true;
      }));
  std::vector<Sums> sums(catalog.contracts().size());
  for (const auto& [step, districts] : by_step) {
    const auto city = store::together(districts);
    for (const auto& s : city.datasets)
      if (s.dataset < sums.size())
        sums[s.dataset].add(s, city.now_ms, step % store::kMinute == 0,
                            catalog.contracts()[s.dataset].freshness_s);
  }
  for (auto& d : report.datasets)
    if (const auto* c = catalog.find(d.dataset)) fill(sums[c->id.value], c->freshness_s, d);
  report.hub.indicators = 0;
  if (!by_step.empty())
    for (const auto& s : store::together(by_step.rbegin()->second).datasets) {
      const auto h = store::health(s, by_step.rbegin()->second.front().now_ms);
      for (const double v : {h.freshness_s, h.completeness, h.validity, h.duplicate_rate})
        report.hub.indicators += v >= 0 ? 1 : 0;
    }
  return {};
}

}  // namespace citybrain::experiment
