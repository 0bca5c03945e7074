#include "scenarios/sumo_city/sumo_city.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/city/signal_heads.h"
#include "scenarios/sumo_city/lights.h"
#include "scenarios/sumo_city/travellers.h"

namespace citybrain::sumo_city {

using city::TruthStep;
using connectors::sumo::Session;
using model::Error;
using model::EventTime;
using model::Result;

namespace {

class SumoCity final : public city_port::City, public city_port::Sensors, public city::TruthSource {
 public:
  SumoCity(std::shared_ptr<const model::RoadNetwork> network,
           std::shared_ptr<const city::SumoNames> names, const Options& options, Lights lights,
           std::unique_ptr<Session> session)
      : network_(std::move(network)),
        names_(std::move(names)),
        options_(options),
        lights_(std::move(lights)),
        heads_(*network_, {}),
        travellers_(*network_, *names_),
        session_(std::move(session)) {
    for (std::uint32_t j = 0; j < network_->junctions.size(); ++j)
      if (network_->junctions[j].signalised)
        lights_.show(model::JunctionId{j}, network_->junctions[j].phases.front().greens, 0);
  }

  const model::RoadNetwork& network() const override { return *network_; }
  EventTime now() const override { return options_.start + std::int64_t{step_} * model::kStepMs; }
  const city_port::Sensors& sensors() const override { return *this; }

  Result<void> advance_to(EventTime time) override {
    if (time < now() || (time - now()) % model::kStepMs != 0)
      return Error{"CB-CITY-TIME", "the city can only move forward by whole seconds", "", ""};
    while (now() < time) CITYBRAIN_TRY(second());
    return {};
  }

  Result<void> apply(const city_port::SignalActuation& a) override {
    if (a.junction.value >= network_->junctions.size() || !(*network_)[a.junction].signalised)
      return refuse("there is no signal at this junction",
                    fmt::format("junction {}", a.junction.value));
    const auto& j = (*network_)[a.junction];
    if (!works(city_port::Device::kSignal, a.junction))
      return refuse("the signal has no power or is out of order", j.name);
    if (j.movements.size() < model::kMaxGroups &&
        ((a.greens | a.yellows) >> j.movements.size()) != 0)
      return refuse("the signal has no such group", j.name);
    if (!lights_.show(a.junction, a.greens, a.yellows & ~a.greens))
      return refuse("no traffic light of SUMO controls this junction", j.name);
    heads_.show(a, step_, faults_);
    return {};
  }

  std::uint32_t crossings(model::LaneId lane) const override { return travellers_.crossings(lane); }
  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const override {
    return travellers_.vehicles(lane);
  }
  model::GroupSet greens(model::JunctionId junction) const override {
    return lights_.greens(junction);
  }
  std::span<const city_port::FleetVehicle> fleet() const override { return travellers_.fleet(); }
  bool works(city_port::Device device, model::JunctionId junction) const override {
    return std::none_of(options_.disturbances.begin(), options_.disturbances.end(),
                        [&](const city::Disturbance& d) {
                          return d.junction == junction && d.device == device &&
                                 d.from_s <= step_ && step_ < d.until_s;
                        });
  }

  const TruthStep& truth() const override { return truth_; }
  std::vector<TruthStep::Passage> open_passages() const override {
    return travellers_.open_passages(step_);
  }
  city::TripFacts trip_facts(std::uint32_t vehicle) const override {
    return travellers_.facts(vehicle);
  }
  std::vector<city::OnTheRoad> on_the_road() const override { return travellers_.on_the_road(); }
  std::vector<std::uint32_t> outside() const override { return travellers_.outside(); }
  std::vector<std::string> remarks() const override {
    std::vector<std::string> out;
    if (travellers_.teleports() > 0)
      out.push_back(
          fmt::format("SUMO moved vehicles on {} times that had stood for {} s or collided "
                      "(city.teleport_after_s; 0: never)",
                      travellers_.teleports(), options_.setup.teleport_after_s));
    if (travellers_.collisions() > 0)
      out.push_back(
          fmt::format("SUMO counted {} vehicles in collisions", travellers_.collisions()));
    return out;
  }
  std::int64_t process() const { return session_->process(); }

 private:
  static Error refuse(const char* why, std::string where) {
    return {"CB-CITY-DEVICE", why, std::move(where), ""};
  }

  Result<void> second() {
    for (const auto light : lights_.changed()) session_->set_light(light, lights_.state(light));
    CITYBRAIN_TRY(session_->step());
    const auto& s = session_->second();
    const auto unknown = travellers_.unknown(s);
    if (!unknown.empty()) {
      CITYBRAIN_ASSIGN(about, session_->about(unknown));
      travellers_.learn(unknown, about);
    }
    truth_.clear();
    std::swap(truth_.monitor_faults, faults_);
    travellers_.take(s, step_, truth_);
    for (std::size_t i = 0; i < s.lights.size(); ++i) lights_.saw(i, s.lights[i]);
    ++step_;
    truth_.step = step_;
    if (step_ % options_.truth_interval_s == 0) travellers_.sample(truth_.lanes);
    return {};
  }

  std::shared_ptr<const model::RoadNetwork> network_;
  std::shared_ptr<const city::SumoNames> names_;
  Options options_;
  Lights lights_;
  city::SignalHeads heads_;  // only its conflict monitor
  Travellers travellers_;
  std::unique_ptr<Session> session_;
  TruthStep truth_;
  std::vector<std::string> faults_;
  std::uint32_t step_ = 0;
};

}  // namespace

Result<std::unique_ptr<city_port::City>> make_city(
    std::shared_ptr<const model::RoadNetwork> network, std::shared_ptr<const city::SumoNames> names,
    const Options& options) {
  for (const auto& d : options.disturbances)
    if (d.kind != city::CityEvent::Kind::kDeviceFailure)
      return Error{"CB-INPUT-EVENT", "SUMO as the city knows failures of devices only", "events",
                   "say closed lanes and the like in SUMO's own additional files"};
  Lights lights(*network, *names);
  CITYBRAIN_ASSIGN(session,
                   Session::start(options.setup, network->junctions.front().name, lights.names()));
  return std::unique_ptr<city_port::City>(std::make_unique<SumoCity>(
      std::move(network), std::move(names), options, std::move(lights), std::move(session)));
}

std::int64_t process_of(const city_port::City& city) {
  const auto* sumo = dynamic_cast<const SumoCity*>(&city);
  return sumo == nullptr ? 0 : sumo->process();
}

}  // namespace citybrain::sumo_city
