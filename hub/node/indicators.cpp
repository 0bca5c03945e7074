#include "hub/node/indicators.h"

#include <algorithm>

#include "hub/catalog/unified.h"

namespace citybrain::node {

namespace {

/// Devices of a department that look at something in the district.
std::size_t devices_in(const std::map<std::string, std::vector<access::Target>>& devices,
                       const model::Districts& districts, model::DistrictId district) {
  const auto home = [&](const std::vector<access::Target>& targets) {
    for (const auto& t : targets) {
      if (t.lane.valid()) return districts.of(t.lane);
      if (t.junction.valid()) return districts.of(t.junction);
    }
    return model::kCityDistrict;
  };
  return static_cast<std::size_t>(
      std::count_if(devices.begin(), devices.end(),
                    [&](const auto& device) { return home(device.second) == district; }));
}

/// Devices that speak when something passes, and not every so often.
bool speaks_of_passages(const catalog::Contract& contract) {
  return contract.message == "traffic_police.v1.PlateReport";
}

template <class Kind>
void note_kind(const std::vector<Kind>& kind, std::vector<std::int64_t>& newest) {
  for (const auto& o : kind) {
    if (!o.source.valid()) continue;
    if (o.source.value >= newest.size()) newest.resize(o.source.value + 1, 0);
    newest[o.source.value] = std::max(newest[o.source.value], o.at.ms);
  }
}

std::uint32_t grown(std::uint64_t now, std::uint64_t before) {
  return static_cast<std::uint32_t>(now - std::min(now, before));
}

}  // namespace

std::vector<double> expected_per_s(const catalog::Catalog& catalog, const access::Tables& tables,
                                   const model::Districts& districts, model::DistrictId district) {
  std::vector<double> out(catalog.contracts().size(), 0);
  for (const auto& c : catalog.contracts()) {
    if (c.frequency_s <= 0 || catalog::is_id_table(c.message) || speaks_of_passages(c)) continue;
    std::size_t things = 0;
    if (const auto devices = tables.crosswalk.find(c.id_scheme); devices != tables.crosswalk.end())
      things = devices_in(devices->second, districts, district);
    const auto fleet = tables.fleets.find(c.id_scheme);
    if (fleet != tables.fleets.end() && district == model::kCityDistrict)
      things = fleet->second.size();
    out[c.id.value] = static_cast<double>(things) / c.frequency_s;
  }
  return out;
}

void note(const model::ObservationBatch& batch, IndicatorState& state) {
  note_kind(batch.counts, state.newest_ms);
  note_kind(batch.speeds, state.newest_ms);
  note_kind(batch.queues, state.newest_ms);
  note_kind(batch.probes, state.newest_ms);
  note_kind(batch.plates, state.newest_ms);
  note_kind(batch.vehicles, state.newest_ms);
  note_kind(batch.events, state.newest_ms);
  note_kind(batch.measurements, state.newest_ms);
}

store::IndicatorRow indicators(model::Step step, model::EventTime now, const Measured& m) {
  const model::Step in_minute = step == 0 ? 0 : (step - 1) % store::kMinute + 1;
  store::IndicatorRow row{now.ms, {}};
  for (std::uint32_t d = 0; d < m.counters.size(); ++d) {
    const auto& c = m.counters[d];
    const auto& b = m.minute_began[d];
    if (c.records == 0) continue;  // nobody has published it here
    row.datasets.push_back(
        {d, d < m.newest_ms.size() ? m.newest_ms[d] : 0, grown(c.records, b.records),
         grown(c.observations, b.observations), grown(c.admitted, b.admitted),
         grown(c.quarantined, b.quarantined), grown(c.duplicates, b.duplicates),
         grown(c.late, b.late),
         static_cast<float>(m.expected_per_s[d] * static_cast<double>(in_minute))});
  }
  return row;
}

}  // namespace citybrain::node
