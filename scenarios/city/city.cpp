#include "scenarios/city/city.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/city/fleets.h"
#include "scenarios/city/gridlock.h"
#include "scenarios/city/invariants.h"
#include "scenarios/city/signal_heads.h"
#include "scenarios/city/traffic.h"

namespace citybrain::city {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

class SimulatedCity final : public city_port::City, public city_port::Sensors, public TruthSource {
 public:
  SimulatedCity(std::shared_ptr<const model::RoadNetwork> network, Demand demand,
                const Options& options)
      : network_(std::move(network)),
        options_(options),
        streets_(*network_),
        traffic_(streets_, std::move(demand), options.seed, options.parking, options.navigation,
                 options.taxis),
        heads_(*network_, {options.conflict_monitor_stops, options.own_plan_after_s}),
        gridlock_(streets_, traffic_, heads_),
        invariants_(streets_, traffic_, heads_),
        seen_(network_->lanes.size()),
        seen_at_(network_->lanes.size(), 0) {
    for (std::uint32_t j = 0; j < network_->junctions.size(); ++j)
      signal_changed(model::JunctionId{j});
    const auto& d = options_.disturbances;
    if (options_.emergencies.present() || std::any_of(d.begin(), d.end(), is_incident))
      fleets_ = std::make_unique<Fleets>(streets_, traffic_, heads_, options_.emergencies,
                                         options_.seed, options_.start);
  }

  const model::RoadNetwork& network() const override { return *network_; }
  EventTime now() const override { return options_.start + std::int64_t{step_} * model::kStepMs; }
  const city_port::Sensors& sensors() const override { return *this; }

  Result<void> advance_to(EventTime time) override {
    if (time < now() || (time - now()) % model::kStepMs != 0)
      return Error{"CB-CITY-TIME", "the city can only move forward by whole seconds", "", ""};
    while (now() < time) {
      truth_.clear();
      std::swap(truth_.monitor_faults, faults_);
      disturb();
      run_own_plans();
      help();
      traffic_.second(step_, truth_);
      ++step_;
      truth_.step = step_;
      CITYBRAIN_ASSERT_NOTHING(invariants_.broken(step_, truth_));
      if (step_ % options_.truth_interval_s == 0) sample_lanes();
      if (step_ % GridlockWatch::kEvery_s == 0) gridlock_.look(step_, truth_);
    }
    return {};
  }

  Result<void> apply(const city_port::SignalActuation& a) override {
    if (a.junction.value >= network_->junctions.size() || !(*network_)[a.junction].signalised)
      return Error{"CB-CITY-DEVICE", "there is no signal at this junction",
                   fmt::format("junction {}", a.junction.value), ""};
    if (!works(city_port::Device::kSignal, a.junction))
      return Error{"CB-CITY-DEVICE", "the signal has no power or is out of order",
                   (*network_)[a.junction].name, ""};
    const auto groups = (*network_)[a.junction].movements.size();
    if (groups < model::kMaxGroups && ((a.greens | a.yellows) >> groups) != 0)
      return Error{"CB-CITY-DEVICE", "the signal has no such group", (*network_)[a.junction].name,
                   ""};
    if (fleets_ && fleets_->preemption().busy(a.junction)) {
      fleets_->preemption().remember(a.junction, a.greens);
      return Error{"CB-CITY-DEVICE", "the cabinet gives way to an emergency vehicle",
                   (*network_)[a.junction].name, ""};
    }
    heads_.show(a, step_, faults_);
    signal_changed(a.junction);
    return {};
  }

  Result<void> guide(const city_port::GuidanceActuation& a) override {
    using Kind = city_port::GuidanceActuation::Kind;
    const auto bad = [](std::string what) {
      return Error{"CB-CITY-GUIDANCE", std::move(what), "", ""};
    };
    if (a.kind == Kind::kLotFull) {
      if (a.place >= network_->places.size() || !is_parking(network_->places[a.place].kind))
        return bad(fmt::format("place {} is no car park", a.place));
    } else if (a.road.value >= network_->roads.size()) {
      return bad(fmt::format("there is no road {}", a.road.value));
    }
    if (!(a.share > 0 && a.share <= 1)) return bad("it reaches a share above 0, up to 1");
    if (!(a.delay_s >= 0 && a.delay_s < 1e6F)) return bad("a delay is 0 or more seconds");
    if (a.until <= a.from) return bad("it must end after it begins");
    const auto second = [&](EventTime t) {
      return static_cast<std::uint32_t>(
          std::clamp<std::int64_t>((t - options_.start) / 1000, 0, 0xFFFFFFF0));
    };
    traffic_.tell({a.kind, a.road, a.place, a.delay_s, second(a.from), second(a.until), a.share});
    return {};
  }

  std::span<const city_port::FleetVehicle> fleet() const override {
    if (fleet_at_ != step_ + 1) {
      fleet_at_ = step_ + 1;
      fleet_.clear();
      traffic_.buses(step_, fleet_);
      if (fleets_) {
        const auto on_call = fleets_->fleet(step_);
        fleet_.insert(fleet_.end(), on_call.begin(), on_call.end());
      }
    }
    return fleet_;
  }
  std::span<const city_port::ParkingState> parking() const override {
    const auto* parking = traffic_.parking();
    return parking == nullptr ? std::span<const city_port::ParkingState>{} : parking->states();
  }
  Result<void> apply(const city_port::DispatchActuation& order) override {
    if (!fleets_) return City::apply(order);
    return fleets_->order(order, step_);
  }
  std::span<const city_port::Call> calls() const override {
    if (!fleets_) return {};
    return fleets_->calls();
  }

  std::uint32_t crossings(model::LaneId lane) const override {
    return traffic_.crossings(lane.value);
  }
  std::span<const model::VehicleId> crossed(model::LaneId lane) const override {
    if (crossed_at_ != step_ + 1) {
      crossed_at_ = step_ + 1;
      for (const auto l : crossed_lanes_) crossed_[l].clear();
      crossed_lanes_.clear();
      crossed_.resize(network_->lanes.size());
      for (const auto& c : traffic_.crossers()) {
        if (crossed_[c.lane].empty()) crossed_lanes_.push_back(c.lane);
        crossed_[c.lane].push_back(model::VehicleId{c.trip});
      }
    }
    return crossed_[lane.value];
  }
  model::GroupSet greens(model::JunctionId junction) const override {
    return heads_.greens(junction);
  }
  bool works(city_port::Device device, model::JunctionId junction) const override {
    if (!heads_.has_power(junction)) return false;
    return std::none_of(active_.begin(), active_.end(), [&](std::size_t i) {
      const auto& d = options_.disturbances[i];
      return d.kind == CityEvent::Kind::kDeviceFailure && d.junction == junction &&
             d.device == device;
    });
  }

  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const override {
    auto& seen = seen_[lane.value];
    if (seen_at_[lane.value] != step_ + 1) {
      seen_at_[lane.value] = step_ + 1;
      seen.clear();
      const float length = streets_[lane.value].length_m;
      for (const Car& c : traffic_.cars(lane.value)) {
        if (traffic_.trip(c) == kNoTrip) continue;
        const auto role = traffic_.role(c.vehicle);
        seen.push_back({model::VehicleId{traffic_.trip(c)}, length - c.at(step_), c.speed_mps,
                        traffic_.next_road(c, lane.value), role,
                        role == city_port::Role::kTaxi && traffic_.trip(c) >= traffic_.trips()});
      }
    }
    return seen;
  }

  std::span<const LaneCounts> lane_counts() const override { return traffic_.lane_counts(); }
  TripFacts trip_facts(std::uint32_t vehicle) const override {
    const Demand& demand = traffic_.demand();
    if (vehicle >= demand.size()) return {};
    const Trip& t = demand.trips()[vehicle];
    TripFacts f{demand.kinds()[t.kind()].role, t.first, t.first, std::ceil(t.depart_s())};
    for (std::uint32_t i = 0; i + 1 < t.roads; ++i)
      f.to = streets_.after(f.to, demand.turns()[t.turns_at + i]);
    return f;
  }
  std::vector<OnTheRoad> on_the_road() const override {
    std::vector<OnTheRoad> out;
    for (WayId w = 0; w < streets_.ways(); ++w)
      for (const Car& c : traffic_.cars(w))
        if (traffic_.trip(c) < traffic_.trips())
          out.push_back({traffic_.trip(c), traffic_.journey(c.vehicle).driven_m + c.at(step_)});
    std::sort(out.begin(), out.end(),
              [](const OnTheRoad& a, const OnTheRoad& b) { return a.vehicle < b.vehicle; });
    return out;
  }
  std::vector<std::uint32_t> outside() const override { return traffic_.outside(); }
  std::size_t vehicle_bytes() const { return traffic_.vehicle_bytes(); }
  const TruthStep& truth() const override { return truth_; }
  std::vector<TruthStep::Passage> open_passages() const override {
    std::vector<TruthStep::Passage> out;
    for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
      const auto junction = (*network_)[streets_[lane].road].to;
      if (!(*network_)[junction].signalised) continue;
      for (const Car& c : traffic_.cars(lane))
        if (traffic_.trip(c) < traffic_.trips())
          out.push_back({traffic_.trip(c), junction.value,
                         traffic_.journey(c.vehicle).lane_entered_s, static_cast<double>(step_)});
    }
    return out;
  }

 private:
  static bool is_incident(const Disturbance& d) { return d.kind == CityEvent::Kind::kIncident; }
  void signal_changed(model::JunctionId junction) {
    traffic_.signal_changed(junction, heads_.for_drivers(junction), step_);
  }
  void run_own_plans() {
    changed_.clear();
    heads_.run_own_plans(step_, faults_, changed_);
    for (const auto j : changed_) signal_changed(j);
  }
  void help() {
    if (!fleets_) return;
    changed_.clear();
    fleets_->second(step_, truth_, faults_, changed_);
    for (const auto j : changed_) signal_changed(j);
  }
  /// Begins and ends what is due in this second.
  void disturb() {
    const auto& all = options_.disturbances;
    for (; next_disturbance_ < all.size() && all[next_disturbance_].from_s <= step_;
         ++next_disturbance_) {
      begin(all[next_disturbance_]);
      active_.push_back(next_disturbance_);
    }
    std::erase_if(active_, [&](std::size_t i) {
      if (all[i].until_s > step_) return false;
      end(all[i]);
      return true;
    });
  }
  void begin(const Disturbance& d) {
    switch (d.kind) {
      case CityEvent::Kind::kIncident:
        for (const auto lane : d.lanes) traffic_.break_down(lane.value, d.at_m, d.until_s);
        report(d);
        fleets_->incident(d, step_);
        break;
      case CityEvent::Kind::kRoadworks:
        for (const auto lane : d.lanes) traffic_.close(lane.value, d.at_m, d.length_m, d.until_s);
        for (const auto lane : d.slowed)
          traffic_.set_limit_factor(lane.value, d.speed_factor, step_);
        report(d);
        break;
      case CityEvent::Kind::kStorm:
        traffic_.set_weather(d.speed_factor, d.headway_factor, step_);
        break;
      case CityEvent::Kind::kPowerCut:
        heads_.set_power(d.junction, false, step_);
        signal_changed(d.junction);
        break;
      case CityEvent::Kind::kDeviceFailure:
      case CityEvent::Kind::kCrowd:  // is in the demand
        break;
    }
  }
  /// Lanes that are closed are heard of by navigation.
  void report(const Disturbance& d) {
    if (d.lanes.empty()) return;
    traffic_.report({(*network_)[d.lanes.front()].road, static_cast<std::uint32_t>(d.lanes.size()),
                     d.from_s, d.until_s});
  }
  void end(const Disturbance& d) {
    if (d.kind == CityEvent::Kind::kStorm) traffic_.set_weather(1, 1, step_);
    if (d.kind == CityEvent::Kind::kRoadworks)
      for (const auto lane : d.slowed) traffic_.set_limit_factor(lane.value, 1, step_);
    if (d.kind == CityEvent::Kind::kPowerCut) {
      heads_.set_power(d.junction, true, step_);
      signal_changed(d.junction);
    }
  }
  void sample_lanes() {
    truth_.lanes.resize(network_->lanes.size());
    for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
      auto& t = truth_.lanes[lane];
      double sum = 0;
      for (const Car& c : traffic_.cars(lane)) {
        if (traffic_.trip(c) == kNoTrip) continue;
        ++t.vehicles;
        if (c.speed_mps < city_port::kStandingSpeed_mps) ++t.queued;
        sum += static_cast<double>(c.speed_mps);
      }
      if (t.vehicles > 0) t.mean_speed_mps = static_cast<float>(sum / t.vehicles);
    }
  }

  std::shared_ptr<const model::RoadNetwork> network_;
  Options options_;
  Streets streets_;
  Traffic traffic_;
  SignalHeads heads_;
  GridlockWatch gridlock_;
  [[maybe_unused]] Invariants invariants_;  // asked in builds that are not for release
  TruthStep truth_;
  std::vector<std::string> faults_;
  std::vector<model::JunctionId> changed_;
  std::unique_ptr<Fleets> fleets_;  // where there are emergencies or incidents
  std::size_t next_disturbance_ = 0;
  std::vector<std::size_t> active_;  // of options_.disturbances
  std::uint32_t step_ = 0;
  // What devices could see of a lane, made when first asked for in a second.
  mutable std::vector<std::vector<city_port::VehicleOnLane>> seen_;
  mutable std::vector<std::uint32_t> seen_at_;
  mutable std::vector<city_port::FleetVehicle> fleet_;
  mutable std::uint32_t fleet_at_ = 0;
  // Who crossed a lane's stop line in the last second, made when first asked for.
  mutable std::vector<std::vector<model::VehicleId>> crossed_;
  mutable std::vector<WayId> crossed_lanes_;
  mutable std::uint32_t crossed_at_ = 0;
};

}  // namespace

Result<std::unique_ptr<city_port::City>> make_city(
    std::shared_ptr<const model::RoadNetwork> network, Demand demand, const Options& options) {
  return std::unique_ptr<city_port::City>(
      std::make_unique<SimulatedCity>(std::move(network), std::move(demand), options));
}

void TruthStep::clear() {
  step = 0;
  running = waiting_outside = searching = gave_up = rerouted = 0;
  parked.clear();
  created_s.clear();
  entered.clear();
  detours.clear();
  passages.clear();
  finished.clear();
  lanes.clear();
  emergencies.clear();
  looked_for_jams = false;
  jams.clear();
  standing_at_green = 0;
  monitor_faults.clear();
}

const TruthSource& truth_source(const city_port::City& city) {
  const auto* source = dynamic_cast<const TruthSource*>(&city);
  CITYBRAIN_CHECK(source != nullptr);
  return *source;
}

std::size_t vehicle_bytes(const city_port::City& city) {
  return static_cast<const SimulatedCity&>(city).vehicle_bytes();
}

}  // namespace citybrain::city
