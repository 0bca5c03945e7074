#include "scenarios/city/city.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

class SimulatedCity final : public city_port::City, public city_port::Sensors {
 public:
  SimulatedCity(std::shared_ptr<const model::RoadNetwork> network, Demand demand,
                const Options& options)
      : network_(std::move(network)),
        options_(options),
        streets_(*network_),
        traffic_(streets_, std::move(demand), options.seed),
        heads_(*network_, options.conflict_monitor_stops),
        seen_(network_->lanes.size()),
        seen_at_(network_->lanes.size(), 0) {}

  const model::RoadNetwork& network() const override { return *network_; }
  EventTime now() const override { return options_.start + std::int64_t{step_} * model::kStepMs; }
  const city_port::Sensors& sensors() const override { return *this; }

  Result<void> advance_to(EventTime time) override {
    if (time < now() || (time - now()) % model::kStepMs != 0)
      return Error{"CB-CITY-TIME", "the city can only move forward by whole seconds", "", ""};
    while (now() < time) {
      truth_ = {};
      std::swap(truth_.monitor_faults, faults_);
      traffic_.second(step_, heads_, truth_);
      ++step_;
      truth_.step = step_;
      if (step_ % options_.truth_interval_s == 0) sample_lanes();
    }
    return {};
  }

  Result<void> apply(const city_port::SignalActuation& a) override {
    if (a.junction.value >= network_->junctions.size() || !(*network_)[a.junction].signalised)
      return Error{"CB-CITY-DEVICE", "there is no signal at this junction",
                   fmt::format("junction {}", a.junction.value), ""};
    const auto groups = (*network_)[a.junction].movements.size();
    if (groups < model::kMaxGroups && ((a.greens | a.yellows) >> groups) != 0)
      return Error{"CB-CITY-DEVICE", "the signal has no such group", (*network_)[a.junction].name,
                   ""};
    heads_.show(a, step_, faults_);
    return {};
  }

  std::uint32_t crossings(model::LaneId lane) const override {
    return traffic_.crossings(lane.value);
  }
  model::GroupSet greens(model::JunctionId junction) const override {
    return heads_.greens(junction);
  }

  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const override {
    auto& seen = seen_[lane.value];
    if (seen_at_[lane.value] != step_ + 1) {
      seen_at_[lane.value] = step_ + 1;
      seen.clear();
      const double length = streets_[lane.value].length_m;
      for (const Car& c : traffic_.cars(lane.value)) {
        seen.push_back({model::VehicleId{c.vehicle}, static_cast<float>(length - c.at_m),
                        static_cast<float>(c.speed_mps), traffic_.next_road(c)});
      }
    }
    return seen;
  }

  const TruthStep& truth() const { return truth_; }
  std::vector<TruthStep::Passage> open_passages() const {
    std::vector<TruthStep::Passage> out;
    for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
      const auto junction = (*network_)[streets_[lane].road].to;
      if (!(*network_)[junction].signalised) continue;
      for (const Car& c : traffic_.cars(lane))
        out.push_back({c.vehicle, junction.value, traffic_.journey(c.vehicle).lane_entered_s,
                       static_cast<double>(step_)});
    }
    return out;
  }

 private:
  void sample_lanes() {
    truth_.lanes.resize(network_->lanes.size());
    for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
      auto& t = truth_.lanes[lane];
      double sum = 0;
      for (const Car& c : traffic_.cars(lane)) {
        ++t.vehicles;
        if (c.speed_mps < static_cast<double>(city_port::kStandingSpeed_mps)) ++t.queued;
        sum += c.speed_mps;
      }
      if (t.vehicles > 0) t.mean_speed_mps = static_cast<float>(sum / t.vehicles);
    }
  }

  std::shared_ptr<const model::RoadNetwork> network_;
  Options options_;
  Streets streets_;
  Traffic traffic_;
  SignalHeads heads_;
  TruthStep truth_;
  std::vector<std::string> faults_;
  std::uint32_t step_ = 0;
  // What devices could see of a lane, made when first asked for in a second.
  mutable std::vector<std::vector<city_port::VehicleOnLane>> seen_;
  mutable std::vector<std::uint32_t> seen_at_;
};

Result<void> check_trip(const model::RoadNetwork& network, const Trip& t, std::size_t i) {
  const auto bad = [&](std::string what) {
    return Error{"CB-INPUT-FLOW", std::move(what), fmt::format("trip {}", i), ""};
  };
  if (t.route.empty()) return bad("the route is empty");
  for (const auto r : t.route)
    if (r.value >= network.roads.size()) return bad("the route uses a road that the network lacks");
  for (std::size_t k = 0; k + 1 < t.route.size(); ++k)
    if (!network.find_movement(t.route[k], t.route[k + 1]).valid())
      return bad(fmt::format("the network has no turn from {} to {}", network[t.route[k]].name,
                             network[t.route[k + 1]].name));
  if (!(t.length_m > 0 && t.min_gap_m >= 0 && t.max_speed_mps > 0 && t.max_accel_mps2 > 0 &&
        t.max_decel_mps2 > 0 && t.usual_accel_mps2 > 0 && t.usual_decel_mps2 > 0 &&
        t.headway_s >= 0))
    return bad("a vehicle needs positive length, speed, acceleration and deceleration");
  return {};
}

}  // namespace

Result<std::unique_ptr<city_port::City>> make_city(
    std::shared_ptr<const model::RoadNetwork> network, Demand demand, const Options& options) {
  for (std::size_t i = 0; i < demand.trips.size(); ++i)
    CITYBRAIN_TRY(check_trip(*network, demand.trips[i], i));
  return std::unique_ptr<city_port::City>(
      std::make_unique<SimulatedCity>(std::move(network), std::move(demand), options));
}

const TruthStep& truth(const city_port::City& city) {
  return static_cast<const SimulatedCity&>(city).truth();
}
std::vector<TruthStep::Passage> open_passages(const city_port::City& city) {
  return static_cast<const SimulatedCity&>(city).open_passages();
}

}  // namespace citybrain::city
