#include "scenarios/city/traffic.h"

#include <algorithm>
#include <cmath>

#include "scenarios/city/routes.h"

namespace citybrain::city {

using model::RoadId;

namespace {
constexpr auto kFirstLane = runtime::purpose("city/first-lane");
}

Traffic::Traffic(const Streets& streets, Demand demand, std::uint64_t seed,
                 const ParkingSpec& parking, const NavigationSpec& navigation,
                 const TaxiSpec& taxis)
    : streets_(streets),
      ways_(&streets[0]),
      lanes_(static_cast<WayId>(streets.lanes())),
      demand_(std::move(demand)),
      random_(seed),
      router_(streets.network(), {kLeftTurn_s, kRightTurn_s}),
      road_cost_(usual_road_seconds(streets.network())) {
  if (parking.share > 0)
    parking_ = std::make_unique<Parking>(streets.network(), parking, random_, demand_);
  planned_trips_ = parking_ == nullptr ? demand_.size() : parking_->planned_trips();
  if (taxis.vacant > 0)
    taxis_ = std::make_unique<Taxis>(streets.network(), taxis, random_, demand_, planned_trips_);
  if (navigation.share > 0)
    navigation_ = std::make_unique<Navigation>(streets, router_, navigation, random_, road_cost_);
  cars_.resize(streets.ways());
  wake_s_.assign((streets.lanes() + 3) & ~std::size_t{3}, kNever);  // whole fours
  arrivals_.resize(streets.ways());
  restless_.resize(streets.lanes());
  outside_.resize(streets.lanes());
  crossed_.resize(streets.lanes());
  lane_counts_.resize(streets.lanes());
  at_junctions_.resize(streets.mask_words());
  for (const auto& k : demand_.kinds()) drives_as_.push_back(drives_as(k));
  limit_factor_.assign(streets.lanes(), 1.0F);
  for (WayId w = 0; w < streets.ways(); ++w) cars_[w].limit_mps = streets[w].speed_limit_mps;
  served_s_.assign(demand_.stop_places(), 0);
}

/// Among kinds_: vehicles that drive alike are one kind there, whatever they are for.
std::uint16_t Traffic::drives_as(VehicleKind kind) {
  kind.role = Role::kCar;
  const auto it = std::find(driven_.begin(), driven_.end(), kind);
  if (it != driven_.end()) return static_cast<std::uint16_t>(it - driven_.begin());
  driven_.push_back(kind);
  kinds_.emplace_back(kind, speed_factor_, headway_factor_);
  return static_cast<std::uint16_t>(driven_.size() - 1);
}

Role Traffic::role(Slot vehicle) const {
  const std::uint32_t trip = journeys_[vehicle].trip;
  if (trip != kNoTrip && trip >= trips()) return guest_roles_[trip - trips()];
  return trip == kNoTrip ? Role::kCar : demand_.kinds()[demand_.trips()[trip].kind()].role;
}

TurnsFrom Traffic::turns(const Journey& j) const {
  return (j.turns_at & kDetour) != 0 ? TurnsFrom(detours_, j.turns_at & ~kDetour)
                                     : TurnsFrom(demand_.turns(), j.turns_at);
}

RoadId Traffic::next_road(const Car& car, WayId lane) const {
  const Journey& j = journeys_[car.vehicle];
  if (j.roads_left == 0) return {};
  return streets_.after(ways_[lane].road, turns(j)[0]);
}

std::size_t Traffic::vehicle_bytes() const {
  std::size_t sum = demand_.bytes() + journeys_.capacity() * sizeof(Journey) +
                    free_slots_.capacity() * sizeof(Slot) + moved_.capacity() * sizeof(Moved) +
                    lane_of_.capacity() * sizeof(WayId) + waits_.capacity() * sizeof(Wait) +
                    detours_.bytes();
  if (navigation_ != nullptr) sum += navigation_->bytes();
  if (parking_ != nullptr) sum += parking_->bytes();
  if (taxis_ != nullptr) sum += taxis_->bytes();
  for (const auto& q : cars_) sum += q.bytes();
  for (const auto& o : outside_) sum += o.trips.capacity() * sizeof(std::uint32_t);
  return sum;
}

std::vector<std::uint32_t> Traffic::outside() const {
  std::vector<std::uint32_t> out;
  for (const WayId lane : entered_lanes_) {
    const auto& queue = outside_[lane];
    out.insert(out.end(), queue.trips.begin() + static_cast<std::ptrdiff_t>(queue.head),
               queue.trips.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Traffic::second(std::uint32_t now_s, TruthStep& truth) {
  now_s_ = now_s;
  for (const WayId lane : crossed_lanes_) crossed_[lane] = 0;
  crossed_lanes_.clear();
  crossers_.clear();
  hinder(now_s);
  create(truth);
  if (parking_ != nullptr) create_later(truth);
  if (taxis_ != nullptr) cruise(truth);
  admit(truth);
  if (navigation_ != nullptr) truth.rerouted = guide();
  change_lanes();
  std::swap(truth.detours, detoured_);
  detoured_.clear();
  drive();
  cross_over(truth);
  truth.running = running_;
  truth.waiting_outside = waiting_;
  if (parking_ != nullptr) parking_->tell(truth);
}

void Traffic::create(TruthStep& truth) {
  const auto& trips = demand_.trips();
  for (; next_trip_ < planned_trips_ && trips[next_trip_].depart_s() <= now_s_; ++next_trip_) {
    const auto trip = static_cast<std::uint32_t>(next_trip_);
    if (taxis_ == nullptr || !call_taxi(trip)) wait_outside(trip, truth);
  }
}

void Traffic::wait_outside(std::uint32_t trip, TruthStep& truth) {
  const WayId lane = first_lane(trip);
  auto& outside = outside_[lane];
  if (outside.trips.empty()) entered_lanes_.push_back(lane);
  outside.trips.push_back(trip);
  truth.created_s.push_back(now_s_);
  ++waiting_;
}

/// One of the lanes of the first road that lead to the second, by keyed randomness.
WayId Traffic::first_lane(std::uint32_t trip) const {
  const Trip& t = demand_.trips()[trip];
  const auto& road = streets_.network()[t.first];
  const std::uint8_t enters = demand_.kinds()[t.kind()].enters;
  if (enters == VehicleKind::kAnyLane)
    return road.first_lane.value +
           static_cast<WayId>(random_.bits(kFirstLane, trip) % std::uint64_t{road.lanes});
  if (enters != VehicleKind::kLeads)
    return road.first_lane.value + road.lanes - 1 - std::min<WayId>(enters, road.lanes - 1);
  const RoadId second =
      t.roads > 1 ? streets_.after(t.first, demand_.turns()[t.turns_at]) : RoadId{};
  const auto leads = [&](std::uint32_t i) {
    return !second.valid() || streets_.leads_to(road.first_lane.value + i, second);
  };
  std::uint64_t candidates = 0;
  for (std::uint32_t i = 0; i < road.lanes; ++i) candidates += leads(i) ? 1 : 0;
  CITYBRAIN_CHECK(candidates > 0);
  std::uint64_t chosen = random_.bits(kFirstLane, trip) % candidates;
  for (std::uint32_t i = 0;; ++i)
    if (leads(i) && chosen-- == 0) return road.first_lane.value + i;
}

Slot Traffic::take_slot(const Journey& journey) {
  Slot s = static_cast<Slot>(journeys_.size());
  if (free_slots_.empty()) {
    if (journeys_.size() == journeys_.capacity()) {  // doubling would waste half
      const std::size_t more = journeys_.size() + journeys_.size() / 8 + 64;
      journeys_.reserve(more);
      lane_of_.reserve(more);
    }
    journeys_.push_back(journey);
    lane_of_.push_back(kNoWay);
  } else {
    s = free_slots_.back();
    free_slots_.pop_back();
    if (s < waits_.size()) waits_[s] = {};
    journeys_[s] = journey;
    lane_of_[s] = kNoWay;
  }
  return s;
}

Slot Traffic::new_slot(std::uint32_t trip) {
  const Trip& t = demand_.trips()[trip];
  Journey j;
  j.trip = trip;
  j.turns_at = t.turns_at;
  j.roads_left = static_cast<std::uint16_t>(t.roads - 1);
  j.lane_entered_s = static_cast<float>(now_s_);
  j.next_stop = demand_.first_stop(trip);
  const Slot v = take_slot(j);
  if (j.next_stop != kNoStop) begin_service(v);
  if (navigation_ != nullptr) led(v);
  if (parking_ != nullptr) parking_->depart(v, trip, t.first);
  return v;
}

void Traffic::admit(TruthStep& truth) {
  std::size_t kept = 0;
  for (const WayId lane : entered_lanes_) {
    auto& queue = outside_[lane];
    const std::uint32_t trip = queue.trips[queue.head];
    const std::uint16_t kind = drives_as_[demand_.trips()[trip].kind()];
    const auto& cars = cars_[lane];
    if (cars.empty() ||
        cars.back().at(now_s_) > kinds_[cars.back().kind].length_m + kinds_[kind].min_gap_m) {
      Car car;
      car.vehicle = new_slot(trip);
      car.kind = kind;
      car.since_s = now_s_;
      settle(car, lane);
      arrive(lane, car, now_s_);
      ++lane_counts_[lane].entered;
      truth.entered.push_back(trip);
      --waiting_;
      ++running_;
      if (++queue.head == queue.trips.size()) {
        queue = {};
        continue;
      }
    }
    entered_lanes_[kept++] = lane;
  }
  entered_lanes_.resize(kept);
}

/// Chooses the way after `lane`, on which the car has just come.
void Traffic::settle(Car& car, WayId lane) {
  const Journey& j = journeys_[car.vehicle];
  lane_of_[car.vehicle] = lane;
  car.flags = 0;
  car.next = kNoWay;
  look_for_stop(car);
  if (j.roads_left == 0 && !(parking_ != nullptr && !is_guest(j) && drive_on(car.vehicle, lane))) {
    car.set(Car::kLastRoad, true);
    car.set(Car::kChoice, streets_.network()[ways_[lane].road].lanes > 1);
    return;
  }
  const TurnsFrom route = turns(j);
  const Steer& steer =
      streets_.steer(lane, route[0], j.roads_left > 1 ? route[1] : Streets::kNoTurn);
  car.next = steer.path;
  car.goal = steer.goal;
  car.set(Car::kStuck, steer.path == kNoWay);
  car.set(Car::kChoice, steer.path != kNoWay && streets_.has_choice(lane));
  car.set(Car::kAstray, steer.astray);
}

/// Whether the vehicle has a stop on the road that it is on.
void Traffic::look_for_stop(Car& car) {
  const Journey& j = journeys_[car.vehicle];
  car.set(Car::kStops, false);
  if (j.next_stop == kNoStop) return;
  const Stop& stop = demand_.stops()[j.next_stop];
  car.set(Car::kStops, stop.roads_left == j.roads_left && stop.at_m > car.at_m);
}

/// Puts a car behind the last one of a way.
void Traffic::arrive(WayId way, const Car& car, std::uint32_t wake_s) {
  auto& cars = cars_[way];
  cars.push_back(car, wake_s);
  if (way >= lanes_) {
    if (cars.size() > 1) return;
    busy_paths_.push_back(way);
    at(ways_[way]).on_path |= bit(ways_[way]);
    return;
  }
  wake_s_[way] = std::min(wake_s_[way], wake_s);
  restless_[way] |= car.flags & Car::kRestless;
  last_came_by(journeys_[car.vehicle].came_by);
  if (cars.size() == 1) front_changed(way);
}

void Traffic::front_changed(WayId lane) {
  WayId& next = cars_[lane].first_to;
  if (next != kNoWay) at(ways_[next]).first &= ~bit(ways_[next]);
  next = cars_[lane].empty() ? kNoWay : cars_[lane].front().next;
  if (next != kNoWay) at(ways_[next]).first |= bit(ways_[next]);
}

void Traffic::wake(WayId way, std::size_t i, std::uint32_t at_s) {
  auto& wake_s = cars_[way].wake_s(i);
  wake_s = std::min(wake_s, at_s);
  if (way < lanes_) wake_s_[way] = std::min(wake_s_[way], at_s);
}

void Traffic::signal_changed(model::JunctionId junction, model::GroupSet greens,
                             std::uint32_t now_s) {
  for (const WayId w : streets_.junction_paths(junction)) {
    const Way& path = ways_[w];
    const std::uint64_t green = (greens >> path.group) & 1U;
    AtJunction& here = at(path);
    here.green = (here.green & ~bit(path)) | (green << (path.place % 64U));
  }
  for (const WayId lane : streets_.entries(junction))
    if (!cars_[lane].empty()) wake(lane, 0, now_s);
}

}  // namespace citybrain::city
