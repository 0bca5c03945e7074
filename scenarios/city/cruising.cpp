// Taxis in traffic: to their fares, and between them.
#include <algorithm>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

using model::RoadId;

/// Which taxi a vehicle without passengers is; kNone: none.
std::uint32_t Traffic::taxi_of(const Journey& j) const {
  if (taxis_ == nullptr || j.trip == kNoTrip || j.trip < trips() + guests_) return Taxis::kNone;
  return j.trip - trips() - guests_;
}

/// True when a taxi is on its way to the fare, whose trip begins when it is there.
bool Traffic::call_taxi(std::uint32_t trip) {
  if (!taxis_->is_fare(trip)) return false;
  const RoadId origin = demand_.trips()[trip].first;
  const std::uint32_t taxi = taxis_->nearest(origin);
  return taxi != Taxis::kNone && taxis_->call(taxi, trip, origin);
}

void Traffic::cruise(TruthStep& truth) {
  for (std::uint32_t k = 0; k < taxis_->size(); ++k) {
    const auto& t = (*taxis_)[k];
    if (t.state == Taxis::State::kWaits && t.until_s <= now_s_) taxis_->look_elsewhere(k, now_s_);
    if (t.state == Taxis::State::kJoins) pull_out(k, truth);
  }
}

/// From the roadside onto a lane that leads its way, where there is a gap.
void Traffic::pull_out(std::uint32_t taxi, TruthStep& truth) {
  auto& t = (*taxis_)[taxi];
  if (t.turns.empty()) {
    if (t.to == t.road || !router_.route(t.road, t.to, road_cost_, search_, t.turns) ||
        t.turns.empty()) {
      give_up_fare(taxi, truth);
      taxis_->wait(taxi, t.road, now_s_);
      return;
    }
  }
  const auto& road = streets_.network()[t.road];
  const RoadId next = streets_.after(t.road, t.turns.front());
  const std::uint16_t kind = drives_as_[demand_.trips()[taxis_->a_fare()].kind()];
  for (std::uint32_t i = road.lanes; i-- > 0;) {
    const WayId lane = road.first_lane.value + i;
    if (!streets_.leads_to(lane, next)) continue;
    const float at_m = std::min(taxis_->joins_at(taxi, now_s_), ways_[lane].length_m);
    if (join(lane, at_m, guests_ + taxi, Role::kTaxi, kind, t.turns) == kNobody) continue;
    t.state = Taxis::State::kCruises;
    t.called = false;
    t.turns = {};
    return;
  }
}

/// Somebody else takes the fare.
void Traffic::give_up_fare(std::uint32_t taxi, TruthStep& truth) {
  auto& t = (*taxis_)[taxi];
  if (t.fare == Taxis::kNone) return;
  wait_outside(t.fare, truth);
  t.fare = Taxis::kNone;
}

/// A taxi without passengers comes onto a road, perhaps its fare's.
void Traffic::taxi_comes(Car& car, WayId lane, TruthStep& truth) {
  Journey& j = journeys_[car.vehicle];
  const std::uint32_t taxi = taxi_of(j);
  if (taxi == Taxis::kNone) return;
  auto& t = (*taxis_)[taxi];
  t.road = ways_[lane].road;
  if (t.fare == Taxis::kNone) return;
  if (t.road == t.to) {
    begin_ride(car, lane, taxi, truth);
    return;
  }
  if (!t.called && j.roads_left > 0) return;
  t.called = false;
  if (router_.route(t.road, t.to, road_cost_, search_, new_turns_)) {
    give_route(car.vehicle, new_turns_);
  } else {
    give_up_fare(taxi, truth);
  }
}

/// The vehicle is the trip's from here on, as if it had come onto the road now.
void Traffic::begin_ride(Car& car, WayId lane, std::uint32_t taxi, TruthStep& truth) {
  const std::uint32_t trip = (*taxis_)[taxi].fare;
  taxis_->take_up(taxi, trip);
  demand_.depart_at(trip, now_s_);
  const Trip& ride = demand_.trips()[trip];
  Journey& j = journeys_[car.vehicle];
  j.trip = trip;
  j.turns_at = ride.turns_at;
  j.roads_left = static_cast<std::uint16_t>(ride.roads - 1);
  j.driven_m = 0;
  car.kind = drives_as_[ride.kind()];
  lane_of_[car.vehicle] = lane;
  if (navigation_ != nullptr) led(car.vehicle);
  if (parking_ != nullptr) parking_->depart(car.vehicle, trip, ride.first);
  truth.created_s.push_back(now_s_);
  truth.entered.push_back(trip);
  ++running_;
}

/// At the end of its way a taxi without passengers leaves the lanes. False: it is no taxi.
bool Traffic::taxi_stops(Slot v, WayId lane, TruthStep& truth) {
  const std::uint32_t taxi = taxi_of(journeys_[v]);
  if (taxi == Taxis::kNone) return false;
  auto& t = (*taxis_)[taxi];
  taxis_->wait(taxi, ways_[lane].road, now_s_ + 1);
  if (t.fare != Taxis::kNone) {
    if (t.state == Taxis::State::kWaits) {
      t.state = Taxis::State::kJoins;
    } else {
      give_up_fare(taxi, truth);
    }
  }
  ++lane_counts_[lane].changed_out;
  journeys_[v].trip = kNoTrip;
  free_slots_.push_back(v);
  return true;
}

}  // namespace citybrain::city
