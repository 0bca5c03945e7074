// Vehicles get other ways: by navigation and advice, in bulk; to the next place to park; and trips
// that begin when a parked car's time is over.
#include <algorithm>
#include <cstdlib>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

using model::RoadId;

namespace {
/// Who is nearer to the stop line keeps the turn that he has lined up for, m; and so much farther
/// for every lane that he would have to cross.
constexpr float kLinedUp_m = 60, kEachLane_m = 80;
constexpr std::size_t kFewTurns = 4096;
}  // namespace

/// The route from the end of the present road on.
void Traffic::give_route(Slot v, std::span<const std::uint8_t> turns) {
  Journey& j = journeys_[v];
  j.roads_left = 0;  // what it had is not kept
  if (detours_.size() > 2 * detours_kept_ + kFewTurns) gather_detours();
  j.turns_at = static_cast<std::uint32_t>(detours_.size()) | kDetour;
  j.roads_left = static_cast<std::uint16_t>(turns.size());
  detours_.append(turns);
}

/// Drops the turns of detours that are over, so that they never take more than twice the room that
/// those under way need.
void Traffic::gather_detours() {
  Turns kept;
  for (auto& j : journeys_) {
    if ((j.turns_at & kDetour) == 0) continue;
    const auto at = static_cast<std::uint32_t>(kept.size());
    const TurnsFrom route = turns(j);
    const std::uint32_t left = j.trip == kNoTrip ? 0 : j.roads_left;
    for (std::uint32_t i = 0; i < left; ++i) kept.push_back(route[i]);
    j.turns_at = at | kDetour;
  }
  detours_ = std::move(kept);
  detours_kept_ = detours_.size();
}

void Traffic::tell(const Advice& advice) {
  if (advice.kind == city_port::GuidanceActuation::Kind::kLotFull) {
    if (parking_ != nullptr) parking_->tell_full(advice);
    return;
  }
  if (navigation_ == nullptr) {
    NavigationSpec nobody;
    nobody.compliance = 1;
    navigation_ = std::make_unique<Navigation>(streets_, router_, nobody, random_, road_cost_);
    for (WayId w = 0; w < cars_.size(); ++w)
      for (const Car& car : cars_[w])
        if (!is_guest(journeys_[car.vehicle])) led(car.vehicle);
  }
  navigation_->tell(advice);
}

/// The vehicle is one that navigation and advice may lead, from where it is.
void Traffic::led(Slot v) {
  const Journey& j = journeys_[v];
  navigation_->depart(v, j.trip, demand_.kinds()[demand_.trips()[j.trip].kind()].role);
  if (!navigation_->is_led(v)) return;
  RoadId at = lane_of_[v] == kNoWay ? demand_.trips()[j.trip].first : ways_[lane_of_[v]].road;
  const TurnsFrom route = turns(j);
  for (std::uint32_t i = 0; i < j.roads_left; ++i) at = streets_.after(at, route[i]);
  navigation_->head_for(v, at);
}

/// How long the first customer on each lane has been there, in the mean of the lanes; negative when
/// the road is empty.
float Traffic::seconds_on(RoadId road) const {
  const auto& r = streets_.network()[road];
  float sum = 0;
  int lanes = 0;
  bool empty = true;
  for (std::uint32_t i = 0; i < r.lanes; ++i) {
    for (const Car& car : cars_[r.first_lane.value + i]) {
      empty = false;
      const Journey& j = journeys_[car.vehicle];
      if (is_guest(j) || !navigation_->is_customer(car.vehicle)) continue;
      sum += static_cast<float>(now_s_) - j.lane_entered_s;
      ++lanes;
      break;
    }
  }
  if (empty) return -1;
  return lanes == 0 ? 0 : sum / static_cast<float>(lanes);
}

/// How many took another way.
std::uint32_t Traffic::guide() {
  std::uint32_t rerouted = 0;
  Navigation& navigation = *navigation_;
  const auto roads = static_cast<std::uint32_t>(streets_.network().roads.size());
  if (navigation.measures())
    for (std::uint32_t r = now_s_ % Navigation::kRefresh_s; r < roads; r += Navigation::kRefresh_s)
      navigation.standing(RoadId{r}, seconds_on(RoadId{r}));
  for (const auto [destination, told_only] : navigation.due(now_s_)) {
    auto& members = navigation.heading_for(destination);
    std::erase_if(members, [&, d = destination](const Navigation::Member& m) {
      return journeys_[m.slot].trip != m.trip || navigation.destination(m.slot) != d;
    });
    for (const auto& m : members) {
      const auto driver = navigation.class_of(m.trip);
      if (told_only && driver.level == 0) continue;
      if (!navigation.sees(driver)) continue;
      if (reroute(m.slot, RoadId{destination}, driver, told_only)) ++rerouted;
    }
  }
  return rerouted;
}

/// The way from the beginning of `from`, which is the `done`-th of the journey's roads to come,
/// into new_turns_, when it is worth leaving the present one for.
bool Traffic::find_way(const Journey& j, RoadId from, std::uint32_t done,
                       const Navigation::Class& driver, RoadId destination, bool told_only) {
  const auto costs = navigation_->costs(driver);
  const TurnsFrom route = turns(j);
  bool advised = driver.live && !told_only;  // else his way must lead over such a road
  float present_s = costs[from.value];
  RoadId at = from;
  for (std::uint32_t i = done; i < j.roads_left; ++i) {
    present_s += router_.turn_cost(at, route[i]);
    at = streets_.after(at, route[i]);
    present_s += costs[at.value];
    advised = advised || navigation_->is_advised(at);
  }
  if (!advised || at != destination) return false;
  const auto& tree = navigation_->tree(destination.value, driver);
  return navigation_->worth_it(present_s, tree.cost[from.value]) &&
         router_.follow(tree, from, new_turns_);
}

/// What it takes to get into a lane for the way in new_turns_.
float Traffic::distance_to_line_up(WayId lane) const {
  const std::uint8_t second = new_turns_.size() > 1 ? new_turns_[1] : Streets::kNoTurn;
  const Steer& steer = streets_.steer(lane, new_turns_[0], second);
  if (steer.path != kNoWay) return kLinedUp_m;
  const int lanes = std::abs(int{steer.goal} - int{ways_[lane].index});
  return kLinedUp_m + kEachLane_m * static_cast<float>(lanes);
}

/// Roads as the driver knows them.
std::span<const float> Traffic::known_costs(std::uint32_t trip) {
  if (navigation_ == nullptr) return road_cost_;
  const auto driver = navigation_->class_of(trip);
  return navigation_->sees(driver) ? navigation_->costs(driver) : road_cost_;
}

bool Traffic::reroute(Slot v, RoadId destination, const Navigation::Class& driver, bool told_only) {
  const Journey& j = journeys_[v];
  const WayId lane = lane_of_[v];
  if (j.roads_left == 0) return false;
  auto& cars = cars_[lane];
  std::size_t i = 0;
  while (i < cars.size() && cars[i].vehicle != v) ++i;
  const bool on_lane = i < cars.size();  // else it crosses the junction behind it
  if (on_lane && cars[i].is(Car::kHeld)) return false;
  const RoadId here = ways_[lane].road;
  const float left_m = on_lane ? ways_[lane].length_m - cars[i].at(now_s_) : 0;
  if (left_m < kLinedUp_m || !find_way(j, here, 0, driver, destination, told_only) ||
      left_m < distance_to_line_up(lane)) {
    const std::uint8_t turn = turns(j)[0];
    if (!find_way(j, streets_.after(here, turn), 1, driver, destination, told_only)) return false;
    new_turns_.insert(new_turns_.begin(), turn);
  }
  give_route(v, new_turns_);
  if (!on_lane) return true;
  settle(cars[i], lane);
  wake(lane, i, now_s_);
  restless_[lane] |= cars[i].flags & Car::kRestless;
  if (i == 0) front_changed(lane);
  return true;
}

/// At the end of its route a vehicle that wants to park may have to go on; true when it has got a
/// way to do so.
bool Traffic::drive_on(Slot v, WayId lane) {
  const RoadId here = ways_[lane].road;
  constexpr int kPlacesTried = 6;
  for (int i = 0; i < kPlacesTried; ++i) {
    const RoadId to = parking_->look(v, journeys_[v].trip, here, now_s_);
    if (!to.valid()) return false;
    if (!router_.route(here, to, road_cost_, search_, new_turns_) || new_turns_.empty()) continue;
    give_route(v, new_turns_);
    if (navigation_ != nullptr) navigation_->head_for(v, to);
    return true;
  }
  parking_->give_up(v);
  return false;
}

/// Parked cars whose time is over.
void Traffic::create_later(TruthStep& truth) {
  for (const auto& leaving : parking_->leaving(now_s_)) {
    if (!router_.route(leaving.from, leaving.to, road_cost_, search_, new_turns_)) continue;
    demand_.begin_later(leaving.trip, now_s_, leaving.from, new_turns_);
    wait_outside(leaving.trip, truth);
  }
}

}  // namespace citybrain::city
