#include "scenarios/city/import.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::city {

namespace {
constexpr double kLongestBridge_s =
    5.5;  // a phase so short that adds no green of its own bridges two others
constexpr std::size_t kSignalsPerDistrict = 40;
}  // namespace

void settle_phases(const std::vector<RawPhase>& raw, model::Junction& junction) {
  model::GroupSet common = ~model::GroupSet{0};
  for (const auto& p : raw)
    if (p.time_s > kLongestBridge_s) common &= p.greens;
  double bridge = 0, longest = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const model::GroupSet before = i > 0 ? raw[i - 1].greens : 0;
    const bool adds_nothing =
        (raw[i].greens & ~common) == 0 || (i > 0 && (raw[i].greens & ~before) == 0);
    if (raw.size() > 1 && raw[i].time_s <= kLongestBridge_s && adds_nothing) {
      bridge += raw[i].time_s;
      if (!junction.phases.empty()) junction.phases.back().duration_s += raw[i].time_s;
      longest = std::max(longest, bridge);
      continue;
    }
    bridge = 0;
    if (!junction.phases.empty() && junction.phases.back().greens == raw[i].greens) {
      junction.phases.back().duration_s += raw[i].time_s;
    } else {
      junction.phases.push_back({raw[i].greens, raw[i].time_s});
    }
  }
  if (longest > 0) junction.intergreen_s = longest;
  junction.yellow_s = std::min(3.0, junction.intergreen_s);
}

void make_districts(model::RoadNetwork& n) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < n.junctions.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return n.junctions[a].at.x < n.junctions[b].at.x; });
  std::size_t signals = 0;
  for (const auto& j : n.junctions) signals += j.phases.size() > 1 ? 1 : 0;
  const std::size_t districts =
      std::clamp<std::size_t>((signals + kSignalsPerDistrict - 1) / kSignalsPerDistrict, 1, 64);
  for (std::size_t d = 0; d < districts; ++d)
    n.districts.push_back(fmt::format("district-{}", d + 1));
  for (std::size_t i = 0; i < order.size(); ++i)
    n.junctions[order[i]].district =
        model::DistrictId{static_cast<std::uint32_t>(i * districts / order.size())};
  for (auto& r : n.roads) r.district = n[r.to].district;
}

}  // namespace citybrain::city
