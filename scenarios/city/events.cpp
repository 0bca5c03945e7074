#include "scenarios/city/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

Result<void> resolve_place(const CityEvent& e, const model::RoadNetwork& network,
                           const std::string& where, Disturbance& d) {
  const auto bad = [&](std::string what) {
    return Error{"CB-INPUT-EVENT", std::move(what), where, ""};
  };
  if (e.kind == CityEvent::Kind::kStorm) return {};
  if (e.kind == CityEvent::Kind::kPowerCut || e.kind == CityEvent::Kind::kDeviceFailure) {
    d.junction = network.find_junction(e.junction);
    if (!d.junction.valid()) return bad(fmt::format("there is no junction \"{}\"", e.junction));
    if (!network[d.junction].signalised)
      return bad(fmt::format("the junction \"{}\" has no signal", e.junction));
    return {};
  }
  const auto id = network.find_road(e.road);
  if (!id.valid()) return bad(fmt::format("there is no road \"{}\"", e.road));
  const auto& road = network[id];
  if (e.kind == CityEvent::Kind::kCrowd) return {};
  if (!(e.at_m > 0 && e.at_m <= road.length_m))
    return bad(fmt::format("at_m is {:.1f}, the road is {:.1f} m long", e.at_m, road.length_m));
  if (e.lanes == 0 || e.lanes > road.lanes)
    return bad(fmt::format("{} lanes of a road that has {}", e.lanes, road.lanes));
  if (!(e.length_m > 0 && e.length_m <= e.at_m))
    return bad(fmt::format("length_m is {:.1f}; expected up to at_m, {:.1f}", e.length_m, e.at_m));
  for (std::uint32_t i = 0; i < road.lanes; ++i)
    (i + e.lanes >= road.lanes ? d.lanes : d.slowed).push_back(network.lane(id, i));
  d.at_m = static_cast<float>(e.at_m);
  d.length_m = static_cast<float>(e.length_m);
  return {};
}

}  // namespace

Result<std::vector<Disturbance>> resolve_events(const std::vector<CityEvent>& events,
                                                const model::RoadNetwork& network) {
  std::vector<Disturbance> out;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& e = events[i];
    const std::string where = fmt::format("event {}", i + 1);
    if (!(e.from_s >= 0 && e.until_s > e.from_s && e.until_s < 1e8))
      return Error{"CB-INPUT-EVENT", "it must end after it begins, and not begin before 0", where,
                   ""};
    if (!(e.speed_factor > 0.05 && e.speed_factor <= 1 && e.headway_factor >= 1 &&
          e.headway_factor <= 5))
      return Error{"CB-INPUT-EVENT",
                   "speed_factor is above 0.05 and up to 1, headway_factor from 1 to 5", where, ""};
    Disturbance d;
    d.kind = e.kind;
    d.from_s = static_cast<std::uint32_t>(std::ceil(e.from_s));
    d.until_s = static_cast<std::uint32_t>(std::ceil(e.until_s));
    d.device = e.device;
    d.speed_factor = static_cast<float>(e.speed_factor);
    d.headway_factor = static_cast<float>(e.headway_factor);
    CITYBRAIN_TRY(resolve_place(e, network, where, d));
    if (e.kind != CityEvent::Kind::kCrowd) out.push_back(std::move(d));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Disturbance& a, const Disturbance& b) { return a.from_s < b.from_s; });
  return out;
}

}  // namespace citybrain::city
