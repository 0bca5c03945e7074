// Buses as their on-board units know them: line, next stop, delay against the timetable.
#include <algorithm>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

void Traffic::begin_service(Slot v) {
  const std::uint32_t trip = journeys_[v].trip;
  if (buses_.size() >= buses_kept_) {  // half of them have arrived, perhaps
    std::erase_if(buses_, [&](const Bus& b) { return journeys_[b.slot].trip != b.trip; });
    buses_kept_ = std::max<std::size_t>(64, 2 * buses_.size());
  }
  buses_.push_back({trip, v});
  bus_delay_s_.resize(journeys_.size());
  bus_delay_s_[v] = static_cast<float>(now_s_ - demand_.trips()[trip].depart_s());
}

void Traffic::buses(std::uint32_t now_s, std::vector<city_port::FleetVehicle>& out) const {
  using city_port::FleetVehicle;
  for (const Bus& b : buses_) {
    const Journey& j = journeys_[b.slot];
    if (j.trip != b.trip) continue;
    FleetVehicle f;
    f.vehicle = model::VehicleId{b.trip};
    f.unit = demand_.rank_among_served(b.trip);
    f.role = Role::kBus;
    f.state = FleetVehicle::State::kDriving;
    const WayId lane = lane_of_[b.slot];
    f.road = ways_[lane].road;
    f.at_m = ways_[lane].length_m;  // in the junction behind it, unless it is found
    for (const Car& car : cars_[lane]) {
      if (car.vehicle != b.slot) continue;
      f.lane = model::LaneId{lane};
      f.at_m = car.at(now_s);
      f.speed_mps = car.speed_mps;
      if (car.is(Car::kHeld)) f.state = FleetVehicle::State::kAtStop;
    }
    const std::uint32_t first = demand_.first_stop(b.trip);
    f.line = demand_.stops()[first].line;
    f.delay_s = bus_delay_s_[b.slot];
    if (j.next_stop != kNoStop) f.next_stop = demand_.stops()[j.next_stop].base;
    out.push_back(f);
  }
}

}  // namespace citybrain::city
