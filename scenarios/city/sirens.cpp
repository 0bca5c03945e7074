#include "scenarios/city/sirens.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city {

using model::RoadId;

namespace {
constexpr float kAccel = 2.5F, kBrake = 3, kHardBrake = 6;  // m/s2
constexpr float kBeforeLine_m = 1, kBeforeOthers_m = 2, kArrived_m = 3;
constexpr float kAnySpeed = 1e3F;

/// The greatest speed at the end of this second from which `end_mps` is reached within `distance_m`
/// of its beginning.
float approach(float speed, float distance_m, float end_mps) {
  const float root =
      kBrake * kBrake / 4 + end_mps * end_mps + 2 * kBrake * (distance_m - speed / 2);
  return root <= 0 ? end_mps : std::max(end_mps, std::sqrt(root) - kBrake / 2);
}
}  // namespace

Sirens::Sirens(const Streets& streets, Traffic& traffic, SignalHeads& heads, std::size_t vehicles,
               const Options& options)
    : streets_(streets), traffic_(traffic), heads_(heads), options_(options), drives_(vehicles) {}

void Sirens::start(std::size_t vehicle, float at_m, float speed_mps, std::vector<RoadId> route,
                   float to_m) {
  Drive& d = drives_[vehicle];
  d = {};
  d.on = true;
  d.at_m = at_m;
  d.speed_mps = speed_mps;
  d.route = std::move(route);
  d.to_m = to_m;
  d.way = streets_.network()[d.route.front()].first_lane.value;
  steer(d);
}

void Sirens::reroute(std::size_t vehicle, std::vector<RoadId> route, float to_m) {
  Drive& d = drives_[vehicle];
  d.route = std::move(route);
  d.leg = 0;
  d.to_m = to_m;
  d.arrived = false;
  // In a junction it goes on by the path that it is on, which the new route begins with.
  if (streets_[d.way].is_lane) steer(d);
}

void Sirens::stop(std::size_t vehicle) { drives_[vehicle] = {}; }

/// The lane of the present road from which the route goes on, and the path there.
void Sirens::steer(Drive& d) const {
  d.next = kNoWay;
  if (d.leg + 1 >= d.route.size()) return;
  const RoadId next = d.route[d.leg + 1];
  const RoadId second = d.leg + 2 < d.route.size() ? d.route[d.leg + 2] : RoadId{};
  d.way = streets_.lane_towards(d.way, next);
  CITYBRAIN_CHECK(d.way != kNoWay);
  d.next = streets_.path(d.way, next, second);
}

void Sirens::second(std::uint32_t now_s) {
  now_s_ = now_s;
  for (std::size_t v = 0; v < drives_.size(); ++v)
    if (drives_[v].on && !drives_[v].arrived) drive(v);
  claim();
  make_way();
}

void Sirens::drive(std::size_t vehicle) {
  Drive& d = drives_[vehicle];
  const float v = next_speed(vehicle);
  d.at_m += (d.speed_mps + v) / 2;
  d.speed_mps = v;
  cross_over(d);
  if (d.leg + 1 == d.route.size() && streets_[d.way].is_lane && d.at_m > d.to_m - kArrived_m) {
    d.at_m = std::min(d.at_m, d.to_m);
    d.speed_mps = 0;
    d.arrived = true;
  }
}

void Sirens::cross_over(Drive& d) {
  while (d.at_m > streets_[d.way].length_m) {
    const Way& way = streets_[d.way];
    if (way.is_lane) {
      if (d.next == kNoWay) {
        d.at_m = way.length_m;
        return;
      }
      d.at_m -= way.length_m;
      d.way = d.next;
    } else {
      d.at_m -= way.length_m;
      d.way = way.to;
      ++d.leg;
      steer(d);
    }
    d.blocked_s = 0;
  }
}

float Sirens::next_speed(std::size_t vehicle) {
  Drive& d = drives_[vehicle];
  const Way& way = streets_[d.way];
  const WayId lane = way.is_lane ? d.way : way.to;
  float v = std::min(d.speed_mps + kAccel, traffic_.limit_mps(lane) * (1 + options_.excess));
  v = std::min({v, behind_sirens(vehicle), junction_bound(vehicle)});
  if (way.is_lane) {
    v = std::min(v, past_others(d));
    // The last metres to the place are not driven ever more slowly.
    if (d.leg + 1 == d.route.size())
      v = std::min(v, std::max(1.0F, approach(d.speed_mps, d.to_m - d.at_m, 0)));
  }
  return std::max({v, d.speed_mps - kHardBrake, 0.0F});
}

/// What the vehicles ahead on the road allow: those of the lane that allows most.
float Sirens::past_others(const Drive& d) const {
  const auto& road = streets_.network()[streets_[d.way].road];
  const float pass = !options_.passes ? 0 : road.lanes > 1 ? kPass_mps : kPassOneLane_mps;
  float best = 0;
  for (WayId lane = road.first_lane.value; lane < road.first_lane.value + road.lanes; ++lane)
    best = std::max(best, lane_bound(d, lane, pass));
  return best;
}

/// The first vehicle of the lane that is not behind it.
float Sirens::lane_bound(const Drive& d, WayId lane, float pass_mps) const {
  const Car* ahead = nullptr;
  float ahead_at = 0;
  for (const Car& c : traffic_.cars(lane)) {
    const float at = c.at(now_s_);
    if (at <= d.at_m - (options_.passes ? kLength_m : 0)) break;
    ahead = &c;
    ahead_at = at;
  }
  if (ahead == nullptr) return kAnySpeed;
  const float gap = ahead_at - traffic_.kind(*ahead).length_m - d.at_m;
  const float u = ahead->speed_mps;
  const float room = options_.passes ? gap : gap - kBeforeOthers_m;
  return approach(d.speed_mps, std::max(room + u, d.speed_mps / 2), u + pass_mps);
}

/// Another siren ahead on the same road or path.
float Sirens::behind_sirens(std::size_t vehicle) const {
  const Drive& d = drives_[vehicle];
  const Way& way = streets_[d.way];
  float v = kAnySpeed;
  for (std::size_t o = 0; o < drives_.size(); ++o) {
    const Drive& other = drives_[o];
    if (o == vehicle || !other.on || other.arrived) continue;
    const Way& theirs = streets_[other.way];
    const bool together =
        way.is_lane ? theirs.is_lane && theirs.road == way.road : other.way == d.way;
    if (!together || other.at_m < d.at_m || (other.at_m == d.at_m && o > vehicle)) continue;
    const float gap = other.at_m - kLength_m - kBeforeOthers_m - d.at_m;
    v = std::min(v, approach(d.speed_mps, gap + other.speed_mps, other.speed_mps));
  }
  return v;
}

float Sirens::junction_bound(std::size_t vehicle) {
  Drive& d = drives_[vehicle];
  const Way& way = streets_[d.way];
  if (way.is_lane && d.next == kNoWay) return kAnySpeed;
  const WayId path = way.is_lane ? d.next : d.way;
  const Way& p = streets_[path];
  const float to_line = way.is_lane ? way.length_m - d.at_m : 0;
  float v = path_bound(d, path, way.is_lane ? -to_line : d.at_m);
  if (p.is_turn) v = std::min(v, approach(d.speed_mps, to_line, kTurnSpeed_mps));
  if (way.is_lane) {
    const auto& junction = streets_.network()[p.junction];
    const bool green = junction.signalised && heads_.has_power(p.junction) &&
                       model::has(heads_.for_drivers(p.junction), p.group);
    const float at_line = junction.signalised ? kRedLine_mps : kTurnSpeed_mps;
    if (!green) v = std::min(v, approach(d.speed_mps, to_line, at_line));
  }
  // Who could not stop any more goes on; on the path, before the next vehicle that is in the way.
  const float to_stop = way.is_lane ? to_line - kBeforeLine_m : 0;
  if (to_stop > d.speed_mps * d.speed_mps / (2 * kBrake) + 2 * d.speed_mps + 5) return v;
  if (is_clear(vehicle, path, way.is_lane ? 0 : d.at_m)) {
    d.blocked_s = 0;
    return v;
  }
  if (d.speed_mps < kSqueeze_mps) ++d.blocked_s;
  if (d.blocked_s > kPatience_s) return std::min(v, kSqueeze_mps);
  return std::min(v, approach(d.speed_mps, to_stop, 0));
}

/// Whoever is ahead on the same path.
float Sirens::path_bound(const Drive& d, WayId path, float to_path_m) const {
  float v = kAnySpeed;
  for (const Car& c : traffic_.cars(path)) {
    const float at = c.at(now_s_);
    if (at <= to_path_m) break;
    const float gap = at - traffic_.kind(c).length_m - to_path_m - kBeforeOthers_m;
    v = approach(d.speed_mps, gap + c.speed_mps, c.speed_mps);
  }
  return v;
}

/// Nobody is on a path across the own one, from there on, or comes to it and cannot stop.
bool Sirens::is_clear(std::size_t vehicle, WayId path, float from_m) const {
  const auto own_road = streets_[streets_[path].from].road;
  for (const auto& c : streets_.crossings(path)) {
    if (c.at_m < from_m || streets_[streets_[c.other].from].road == own_road) continue;
    for (const Car& car : traffic_.cars(c.other))
      if (car.at(now_s_) - traffic_.kind(car).length_m <= c.other_at_m) return false;
    if (from_m == 0 && will_cross(c.other)) return false;
    for (std::size_t o = 0; o < drives_.size(); ++o)
      if (o != vehicle && drives_[o].on && drives_[o].way == c.other &&
          drives_[o].at_m - kLength_m <= c.other_at_m)
        return false;
  }
  return true;
}

/// The first vehicle before the path is too near and too fast to stop at the line.
bool Sirens::will_cross(WayId path) const {
  const Way& p = streets_[path];
  const auto& cars = traffic_.cars(p.from);
  if (cars.empty() || cars.front().next != path) return false;
  const Car& first = cars.front();
  const float left = streets_[p.from].length_m - first.at(now_s_);
  return first.speed_mps > kClearingSpeed_mps &&
         braking_distance(traffic_.kind(first), first.speed_mps) > left;
}

/// Groups of other roads that cross the way of a siren near by.
void Sirens::claim() {
  std::swap(held_, held_before_);
  held_.clear();
  for (const Drive& d : drives_) {
    if (!d.on || d.arrived) continue;
    const Way& way = streets_[d.way];
    WayId path = way.is_lane ? d.next : d.way;
    if (way.is_lane &&
        (path == kNoWay || way.length_m - d.at_m > kReaction_m + d.speed_mps * kHeard_s))
      continue;
    const auto own_road = streets_[streets_[path].from].road;
    model::GroupSet groups = 0;
    for (const auto& c : streets_.crossings(path))
      if (streets_[streets_[c.other].from].road != own_road)
        groups |= model::GroupSet{1} << streets_[c.other].group;
    held_.emplace_back(streets_[path].junction.value, groups);
  }
  std::sort(held_.begin(), held_.end());
  std::size_t kept = 0;  // one entry a junction
  for (const auto& h : held_) {
    if (kept > 0 && held_[kept - 1].first == h.first) {
      held_[kept - 1].second |= h.second;
    } else {
      held_[kept++] = h;
    }
  }
  held_.resize(kept);
  const auto tell = [&](std::uint32_t junction, model::GroupSet groups) {
    heads_.hold_back(model::JunctionId{junction}, groups);
    traffic_.signal_changed(model::JunctionId{junction},
                            heads_.for_drivers(model::JunctionId{junction}), now_s_);
  };
  for (const auto& h : held_before_)
    if (std::none_of(held_.begin(), held_.end(), [&](const auto& n) { return n.first == h.first; }))
      tell(h.first, 0);
  for (const auto& h : held_)
    if (std::find(held_before_.begin(), held_before_.end(), h) == held_before_.end())
      tell(h.first, h.second);
}

/// Vehicles ahead of sirens pull aside; those that are behind now drive on.
void Sirens::make_way() {
  std::swap(aside_, aside_before_);
  aside_.clear();
  if (options_.passes)
    for (const Drive& d : drives_)
      if (d.on && !d.arrived && streets_[d.way].is_lane) make_way_for(d);
  std::sort(aside_.begin(), aside_.end());
  for (const auto& a : aside_before_) {
    if (std::binary_search(aside_.begin(), aside_.end(), a)) continue;
    const auto& cars = traffic_.cars(a.lane);
    for (std::size_t i = 0; i < cars.size(); ++i)
      if (cars[i].vehicle == a.vehicle) traffic_.pull_aside({a.lane, i}, false);
  }
}

void Sirens::make_way_for(const Drive& d) {
  const auto& road = streets_.network()[streets_[d.way].road];
  const std::size_t before = aside_.size();
  for (WayId lane = road.first_lane.value; lane < road.first_lane.value + road.lanes; ++lane) {
    const auto& cars = traffic_.cars(lane);
    const std::size_t of_lane = aside_.size();
    for (std::size_t i = 0; i < cars.size(); ++i) {
      const float ahead = cars[i].at(now_s_) - d.at_m;
      if (ahead < 0) break;
      if (ahead < kReaction_m && !cars[i].is(Car::kHeld)) aside_.push_back({cars[i].vehicle, lane});
    }
    if (aside_.size() > of_lane) continue;
    aside_.resize(before);  // a lane is free: nobody need make way
    return;
  }
  for (std::size_t k = before; k < aside_.size(); ++k) {
    const auto& cars = traffic_.cars(aside_[k].lane);
    for (std::size_t i = 0; i < cars.size(); ++i)
      if (cars[i].vehicle == aside_[k].vehicle) traffic_.pull_aside({aside_[k].lane, i}, true);
  }
}

std::vector<Sirens::Approach> Sirens::approaches(float lead_s) const {
  std::vector<Approach> out;
  for (const Drive& d : drives_) {
    if (!d.on || d.arrived) continue;
    const Way* way = &streets_[d.way];
    float distance = way->length_m - d.at_m;
    const float speed = std::max(d.speed_mps, kPass_mps);
    WayId path = way->is_lane ? d.next : d.way;
    std::size_t leg = d.leg;
    if (!way->is_lane) out.push_back({way->junction, way->group, 0});
    // The junctions of the route one by one, as far as the time reaches.
    while (leg + 1 < d.route.size() && distance < lead_s * speed) {
      if (way->is_lane)
        out.push_back({streets_[path].junction, streets_[path].group, distance / speed});
      if (way->is_lane) distance += streets_[path].length_m;
      const WayId lane = streets_[path].to;
      ++leg;
      if (leg + 1 >= d.route.size()) break;
      distance += streets_[lane].length_m;
      const WayId from = streets_.lane_towards(lane, d.route[leg + 1]);
      path = streets_.path(from, d.route[leg + 1], RoadId{});
      way = &streets_[from];
    }
  }
  return out;
}

}  // namespace citybrain::city
