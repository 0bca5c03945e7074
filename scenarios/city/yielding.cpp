// At junctions: signals, room behind the junction, and who goes first where paths cross (CityFlow's
// rules, constants.h).
#include <algorithm>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// Marks the paths that somebody is on or is first in line for: crossings with the others need no
/// look.
void Traffic::find_heads(const SignalHeads& heads) {
  const auto lanes = static_cast<WayId>(streets_.lanes());
  for (WayId p = lanes; p < cars_.size(); ++p) approached_[p] = cars_[p].empty() ? 0 : 1;
  for (WayId lane = 0; lane < lanes; ++lane) {
    if (cars_[lane].empty()) continue;
    const Car& first = cars_[lane].front();
    if (first.next != kNoWay &&
        heads.is_green(streets_[first.next].junction, streets_[first.next].group))
      approached_[first.next] |= 2;
    const WayId by =
        journeys_[cars_[lane].back().vehicle].came_by;  // its tail may still stand in the junction
    if (by != kNoWay && streets_[by].to == lane &&
        cars_[lane].back().at_m < kinds_[cars_[lane].back().kind].length_m)
      approached_[by] |= 4;
  }
}

double Traffic::junction_speed(const Car& car, WayId w, const SignalHeads& heads) {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  double v = k.max_speed_mps;
  WayId path = w;
  double to_path_m = car.at_m;  // along the path; negative before it
  if (way.is_lane) {
    path = car.next;
    to_path_m = car.at_m - way.length_m;
    const Way& p = streets_[path];
    const auto& behind = cars_[p.to];
    const bool has_room = behind.empty() ||
                          behind.back().at_m > kinds_[behind.back().kind].length_m + k.length_m ||
                          behind.back().speed_mps >= kClearingSpeed_mps;
    if (!has_room || !heads.is_green(p.junction, p.group)) {
      if (braking_distance(k, car.speed_mps) <= -to_path_m)
        return std::min(v, stopping_speed(k, car.speed_mps, -to_path_m));
    }
    if (p.is_turn) v = std::min(v, kTurnSpeed_mps);
  }
  auto& journey = journeys_[car.vehicle];
  journey.blocked_by = kNobody;
  for (const auto& c : streets_.crossings(path)) {
    if (c.at_m < to_path_m || approached_[c.other] == 0) continue;
    const Foe foe = foe_on(c.other, c.other_at_m);
    if (foe.car == nullptr || foe.vehicle == car.vehicle) continue;
    const double distance = c.at_m - to_path_m;
    if (can_pass(car, distance, path, foe, c.other)) continue;
    v = std::min(v, stopping_speed(k, car.speed_mps, std::max(0.0, distance - kYieldDistance_m)));
    journey.blocked_by = foe.vehicle;
    break;
  }
  return v;
}

/// The first vehicle of the path that is not clear of its point `at_m`: behind it already with its
/// tail on it, on the path, or the first one waiting for it with a green light.
Traffic::Foe Traffic::foe_on(WayId path, double at_m) const {
  const Way& way = streets_[path];
  if ((approached_[path] & 4) != 0) {
    const Car& last = cars_[way.to].back();
    const double beyond = way.length_m - at_m;
    if (beyond + last.at_m - kinds_[last.kind].length_m < 0)
      return {last.vehicle, &last, -(last.at_m + beyond)};
  }
  for (const Car& c : cars_[path])
    if (c.at_m - kinds_[c.kind].length_m <= at_m) return {c.vehicle, &c, at_m - c.at_m};
  if ((approached_[path] & 2) != 0) {
    const Car& first = cars_[way.from].front();
    return {first.vehicle, &first, streets_[way.from].length_m - first.at_m + at_m};
  }
  return {};
}

bool Traffic::can_yield(const Car& car, double distance_m) const {
  const auto& k = kinds_[car.kind];
  return (distance_m > 0 && braking_distance(k, car.speed_mps) < distance_m - kYieldDistance_m) ||
         (distance_m < 0 && distance_m + k.length_m < 0);
}

bool Traffic::waits_in_circle(VehicleNumber foe) const {
  const auto next = [&](VehicleNumber v) {
    return v == kNobody ? kNobody : journeys_[v].blocked_by;
  };
  VehicleNumber slow = foe, fast = foe;
  while (fast != kNobody && next(fast) != kNobody) {
    slow = next(slow);
    fast = next(next(fast));
    if (slow == fast && slow != kNobody) return true;
  }
  return false;
}

bool Traffic::can_pass(const Car& car, double distance_m, WayId path, const Foe& foe,
                       WayId other) const {
  if (!can_yield(car, distance_m)) return true;
  const auto& foe_kind = kinds_[foe.car->kind];
  const auto goes_first = [&] {
    if (!can_yield(*foe.car, foe.distance_m)) return false;
    const int mine = streets_[path].rank, theirs = streets_[other].rank;
    if (mine > theirs) return true;
    if (foe.distance_m <= 0) return foe.distance_m + foe_kind.length_m < 0;
    const auto& k = kinds_[car.kind];
    const double my_s = seconds_to_reach(k, car.speed_mps, distance_m,
                                         streets_[path].is_turn ? kTurnSpeed_mps : k.max_speed_mps);
    const double their_s =
        seconds_to_reach(foe_kind, foe.car->speed_mps, foe.distance_m,
                         streets_[other].is_turn ? kTurnSpeed_mps : foe_kind.max_speed_mps);
    if (mine < theirs || my_s != their_s) return their_s > my_s;
    const auto since = journeys_[car.vehicle].on_path_since,
               their_since = journeys_[foe.vehicle].on_path_since;
    if (since != their_since) return since < their_since;
    return distance_m != foe.distance_m ? distance_m < foe.distance_m : car.vehicle < foe.vehicle;
  };
  return goes_first() || waits_in_circle(foe.vehicle);
}

}  // namespace citybrain::city
