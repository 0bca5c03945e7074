#include "scenarios/city/invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::city {

std::string Invariants::broken(std::uint32_t now_s, const TruthStep& truth) {
  std::string says = lost(truth);
  if (says.empty()) says = overlapping(now_s);
  if (says.empty()) says = through_red(now_s, truth);
  if (says.empty()) says = unexpected(now_s);
  return says;
}

std::string Invariants::lost(const TruthStep& truth) {
  created_ += truth.created_s.size();
  finished_ += truth.finished.size();
  std::uint64_t inside = 0;
  for (WayId w = 0; w < streets_.ways(); ++w)
    for (const Car& c : traffic_.cars(w)) inside += traffic_.trip(c) < traffic_.trips() ? 1 : 0;
  if (inside == truth.running && created_ == finished_ + inside + truth.waiting_outside) return {};
  return fmt::format(
      "{} vehicles were created, {} finished, {} are inside ({} are counted), {} wait", created_,
      finished_, inside, truth.running, truth.waiting_outside);
}

std::string Invariants::overlapping(std::uint32_t now_s) const {
  const auto kind_of = [&](const Car& c) -> const Driving& { return traffic_.kind(c); };
  const auto just_changed = [&](const Car& ahead, float tail_m) {
    const std::uint32_t changed_s = traffic_.journey(ahead.vehicle).last_change_s;
    return tail_m < kMouth_m && changed_s != 0 && now_s - changed_s <= kAfterChange_s;
  };
  for (WayId w = 0; w < streets_.ways(); ++w) {
    std::string says = overlap_on(w, traffic_.cars(w), now_s, kind_of, just_changed);
    if (!says.empty()) return says;
  }
  return {};
}

bool Invariants::has_green(WayId lane) const {
  const auto paths = streets_.paths(lane);
  return std::any_of(paths.begin(), paths.end(), [&](WayId p) {
    return ((heads_.for_drivers(streets_[p].junction) >> streets_[p].group) & 1U) != 0;
  });
}

/// A trip that ends on a road ends at its line, whatever the light; sirens may cross red.
std::string Invariants::through_red(std::uint32_t now_s, const TruthStep& truth) {
  for (WayId lane = 0; lane < streets_.lanes(); ++lane)
    if (streets_[lane].signalised && has_green(lane)) last_green_s_[lane] = now_s;
  for (const auto& c : traffic_.crossers()) {
    const Way& way = streets_[c.lane];
    if (!way.signalised || now_s - last_green_s_[c.lane] <= kClears_s ||
        c.trip >= traffic_.trips() ||
        std::any_of(truth.finished.begin(), truth.finished.end(),
                    [&](const auto& f) { return f.vehicle == c.trip; }))
      continue;
    return fmt::format("a vehicle left lane {} of road {} at red, second {}", way.index,
                       streets_.network()[way.road].name, now_s);
  }
  return {};
}

/// Who gives way looks at what is remembered of each lane's first vehicle.
std::string Invariants::unexpected(std::uint32_t now_s) const {
  for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
    const auto& cars = traffic_.cars(lane);
    if (traffic_.expected(lane) == (cars.empty() ? kNoWay : cars.front().next)) continue;
    const Way& way = streets_[lane];
    return fmt::format("the first one on lane {} of road {} goes where nobody expects, second {}",
                       way.index, streets_.network()[way.road].name, now_s);
  }
  return {};
}

}  // namespace citybrain::city
