// Orders from outside the city: what can be done is done, the rest is refused with the reason.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/city/fleets.h"

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {
Error refused(std::string what, std::uint32_t unit) {
  return {"CB-CITY-DEVICE", std::move(what), fmt::format("unit {}", unit), ""};
}
}  // namespace

Result<void> Fleets::check_route(const Unit& u, const Spot& to,
                                 const std::vector<model::RoadId>& route) const {
  if (route.empty()) return {};
  const auto& n = streets_.network();
  for (const auto r : route)
    if (r.value >= n.roads.size())
      return refused(fmt::format("the route names road {}, which there is not", r.value), u.number);
  const auto from = start_of_route(u);
  if (route.front() != from.road)
    return refused(fmt::format("the route begins on {}, the unit is on {}", n[route.front()].name,
                               n[from.road].name),
                   u.number);
  if (route.back() != to.road)
    return refused(fmt::format("the route ends on {}, the place is on {}", n[route.back()].name,
                               n[to.road].name),
                   u.number);
  for (std::size_t i = 1; i < route.size(); ++i)
    if (!n.find_movement(route[i - 1], route[i]).valid())
      return refused(
          fmt::format("from {} one cannot drive to {}", n[route[i - 1]].name, n[route[i]].name),
          u.number);
  if (route.size() == 1 && from.at_m > to.at_m)
    return refused("the place lies behind the unit on its road", u.number);
  return {};
}

Result<void> Fleets::order(const city_port::DispatchActuation& o, std::uint32_t now_s) {
  look_for_units(now_s);
  const auto it = std::find_if(units_.begin(), units_.end(), [&](const Unit& u) {
    return u.role == o.role && u.number == o.unit;
  });
  if (it == units_.end()) return refused("there is no such unit", o.unit);
  Unit& u = *it;
  if (o.call >= states_.size()) return refused(fmt::format("there is no call {}", o.call), o.unit);
  CallState& s = states_[o.call];
  const auto& places = streets_.network().places;
  if (s.needs != u.role) return refused("the call needs another kind of unit", o.unit);
  if (o.hospital != kNone &&
      (o.hospital >= places.size() || places[o.hospital].kind != model::PlaceKind::kHospital))
    return refused(fmt::format("place {} is no hospital", o.hospital), o.unit);
  const auto place = [&](std::uint32_t p) {
    return Spot{places[p].road, static_cast<float>(places[p].at_m)};
  };

  if (u.call == o.call && (u.phase == Phase::kAtScene || u.phase == Phase::kToHospital)) {
    const auto hospital = o.hospital != kNone   ? o.hospital
                          : u.hospital != kNone ? u.hospital
                                                : nearest_hospital(whereabouts(u));
    if (hospital == kNone) return refused("the city has no hospital", o.unit);
    CITYBRAIN_TRY(check_route(u, place(hospital), o.route));
    u.hospital = hospital;
    if (u.phase == Phase::kToHospital)
      depart(u, place(hospital), u.how == How::kSiren, o.route);
    else
      u.to_hospital = o.route;
    return {};
  }
  if (s.over) return refused(fmt::format("call {} is served already", o.call), o.unit);
  const Spot scene{s.call.road, s.call.at_m};
  if (u.call != o.call && !is_free(u))
    return refused(fmt::format("the unit serves call {}", u.call), o.unit);
  CITYBRAIN_TRY(check_route(u, scene, o.route));
  const bool known = u.call == o.call;
  if (!known && s.unit != kNone) recall(units_[s.unit]);
  u.hospital = o.hospital;
  if (known && u.phase == Phase::kToScene) {
    depart(u, scene, u.how == How::kSiren, o.route);
  } else {
    if (!known || u.phase == Phase::kTurnout) u.ordered = o.route;
    if (!known) send(static_cast<std::uint32_t>(index_of(u)), s);
  }
  return {};
}

}  // namespace citybrain::city
