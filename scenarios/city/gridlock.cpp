#include "scenarios/city/gridlock.h"

#include <algorithm>

namespace citybrain::city {

GridlockWatch::GridlockWatch(const Streets& streets, const Traffic& traffic,
                             const SignalHeads& heads)
    : streets_(streets),
      traffic_(traffic),
      signals_(heads),
      heads_(streets.ways()),
      number_before_(streets.ways()) {}

void GridlockWatch::look(std::uint32_t now_s, TruthStep& truth) {
  now_s_ = now_s;
  truth.looked_for_jams = true;
  find_standing(truth);
  next_.assign(streets_.ways(), kNoWay);
  for (WayId w = 0; w < streets_.ways(); ++w)
    if (stands(w, kStands_s)) next_[w] = waits_for(w);
  find_jams(truth);
  if (!truth.jams.empty()) count_behind(truth);
  std::swap(number_before_, number_);
}

void GridlockWatch::find_standing(TruthStep& truth) {
  for (WayId w = 0; w < streets_.ways(); ++w) {
    Head& head = heads_[w];
    const CarQueue& cars = traffic_.cars(w);
    if (cars.empty()) {
      head.trip = kNoTrip;
      continue;
    }
    const Car& first = cars.front();
    const std::uint32_t trip = traffic_.trip(first);
    const float at_m = first.at(now_s_);
    if (head.trip != trip || head.at_m != at_m) head = {trip, at_m, now_s_};
    if (w < streets_.lanes() && streets_[w].signalised && stands(w, kStandsAtGreen_s))
      ++truth.standing_at_green;
  }
}

bool GridlockWatch::stands(WayId way, std::uint32_t seconds) const {
  const Head& head = heads_[way];
  if (head.trip == kNoTrip || now_s_ - head.since_s < seconds) return false;
  const Car& first = traffic_.cars(way).front();
  return first.speed_mps == 0 && !first.is(Car::kHeld);
}

bool GridlockWatch::has_room(WayId lane, float length_m) const {
  const CarQueue& cars = traffic_.cars(lane);
  if (cars.empty()) return true;
  const Car& last = cars.back();
  return last.speed_mps > 0 || last.at(now_s_) > traffic_.kind(last).length_m + length_m;
}

/// What the first vehicle of a way that stands there waits for; kNoWay: for nothing that stands.
WayId GridlockWatch::waits_for(WayId w) const {
  const Car& car = traffic_.cars(w).front();
  const Way& way = streets_[w];
  if (way.is_lane && car.is(Car::kStuck)) return car.goal > way.index ? w + 1 : w - 1;
  if (way.is_lane && car.next == kNoWay) return kNoWay;
  const WayId path = way.is_lane ? car.next : w;
  const Way& p = streets_[path];
  if (!has_room(p.to, traffic_.kind(car).length_m)) return p.to;
  if (way.is_lane)
    for (const WayId other : streets_.paths(w))
      if (!traffic_.cars(other).empty() && traffic_.cars(other).back().speed_mps == 0) return other;
  if (((signals_.for_drivers(p.junction) >> p.group) & 1U) == 0) return kNoWay;
  const Journey& j = traffic_.journey(car.vehicle);
  const Slot blocker = j.blocked_s + 1 == now_s_ ? j.blocked_by : kNobody;
  return blocker == kNobody ? kNoWay : way_of(blocker, p.junction);
}

/// Where at a junction a vehicle is: on a path, first in line, or behind it with its tail in it.
WayId GridlockWatch::way_of(Slot vehicle, model::JunctionId junction) const {
  for (const WayId path : streets_.junction_paths(junction))
    for (const Car& c : traffic_.cars(path))
      if (c.vehicle == vehicle) return path;
  for (const WayId lane : streets_.entries(junction))
    if (!traffic_.cars(lane).empty() && traffic_.cars(lane).front().vehicle == vehicle) return lane;
  for (const WayId lane : streets_.exits(junction))
    if (!traffic_.cars(lane).empty() && traffic_.cars(lane).back().vehicle == vehicle) return lane;
  return kNoWay;
}

/// Every way waits for at most one other, so the circles are found by following.
void GridlockWatch::find_jams(TruthStep& truth) {
  seen_.assign(streets_.ways(), 0);
  jam_.assign(streets_.ways(), 0);
  number_.assign(streets_.ways(), 0);
  std::vector<WayId> circle;
  for (WayId start = 0; start < streets_.ways(); ++start) {
    WayId w = start;
    while (w != kNoWay && seen_[w] == 0) {
      seen_[w] = start + 1;
      w = next_[w];
    }
    if (w == kNoWay || seen_[w] != start + 1) continue;
    circle.clear();
    for (WayId c = w; circle.empty() || c != w; c = next_[c]) circle.push_back(c);
    add_jam(circle, truth);
  }
}

void GridlockWatch::add_jam(const std::vector<WayId>& circle, TruthStep& truth) {
  TruthStep::Jam jam;
  jam.number = number_of(circle);
  for (const WayId w : circle) {
    number_[w] = jam.number + 1;
    jam_[w] = static_cast<std::uint32_t>(truth.jams.size()) + 1;
    jam.began_s = std::max(jam.began_s, heads_[w].since_s);
    jam.vehicles += standing_on(w);
    if (w < streets_.lanes()) jam.lanes.push_back(w);
    jam.junctions.push_back(streets_[w].junction.value);
  }
  std::sort(jam.lanes.begin(), jam.lanes.end());
  std::sort(jam.junctions.begin(), jam.junctions.end());
  jam.junctions.erase(std::unique(jam.junctions.begin(), jam.junctions.end()), jam.junctions.end());
  truth.jams.push_back(std::move(jam));
}

/// A jam that has a way in common with one of the look before is that one.
std::uint32_t GridlockWatch::number_of(const std::vector<WayId>& circle) {
  for (const WayId w : circle)
    if (number_before_[w] != 0) return number_before_[w] - 1;
  return jams_++;
}

/// Who stands on ways that wait for a jam without being in its circle.
void GridlockWatch::count_behind(TruthStep& truth) {
  std::vector<WayId> chain;
  for (WayId start = 0; start < streets_.ways(); ++start) {
    chain.clear();
    WayId w = start;
    for (; w != kNoWay && jam_[w] == 0; w = next_[w]) chain.push_back(w);
    if (w == kNoWay) continue;
    for (const WayId c : chain) {
      jam_[c] = jam_[w];
      truth.jams[jam_[w] - 1].behind += standing_on(c);
    }
  }
}

std::uint32_t GridlockWatch::standing_on(WayId way) const {
  std::uint32_t n = 0;
  for (const Car& c : traffic_.cars(way))
    if (traffic_.trip(c) != kNoTrip && c.speed_mps < city_port::kStandingSpeed_mps) ++n;
  return n;
}

}  // namespace citybrain::city
