// Calls, the units that serve them, and the control centre that sends units when nobody tells it
// better. Private to scenarios/city.
//
// A unit has one mission at a time: turnout at its station, the way to the scene, time there, for
// an ambulance the way to a hospital and the handover, and the way back; on the way back it is free
// again. Ambulances hurry (siren) to severities 1 to 3 and to hospital with 1 and 2. Police cars
// patrol from road to road, drawn by lanes x length, and hurry to incidents; an incident that
// police have reached takes `police_clears` of the time it had left. Off the lanes (stations,
// scenes, hospitals) a unit stands at the roadside and hinders nobody.
//
// The control centre's own orders, as one without shared data gives them: `processing_s` after the
// call, the most severe first, the free unit nearest as the crow flies; from the scene the nearest
// hospital; ways by usual travel times. Draws are keyed by call and unit, never in sequence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "scenarios/city/city.h"
#include "scenarios/city/emergencies.h"
#include "scenarios/city/preemption.h"
#include "scenarios/city/router.h"
#include "scenarios/city/sirens.h"
#include "scenarios/city/traffic.h"

namespace citybrain::city {

class Fleets {
 public:
  Fleets(const Streets& streets, Traffic& traffic, SignalHeads& heads, const EmergencyPlan& plan,
         std::uint64_t seed, model::EventTime start);

  /// The second from `now_s` on, before traffic's. Faults are the conflict monitor's.
  void second(std::uint32_t now_s, TruthStep& truth, std::vector<std::string>& faults,
              std::vector<model::JunctionId>& changed);
  /// An incident happens on the road of these lanes.
  void incident(const Disturbance& d, std::uint32_t now_s);
  /// Between two seconds. Error CB-CITY-DEVICE.
  model::Result<void> order(const city_port::DispatchActuation& order, std::uint32_t now_s);

  /// As things stand at the beginning of second `now_s`.
  std::span<const city_port::FleetVehicle> fleet(std::uint32_t now_s);
  std::span<const city_port::Call> calls() const { return calls_; }
  Preemption& preemption() { return preemption_; }
  const Preemption& preemption() const { return preemption_; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  using Role = city_port::Role;
  enum class Phase : std::uint8_t {
    kHome,     ///< at its station; of a police car: between two patrols
    kTurnout,  ///< called, still there
    kToScene,
    kAtScene,
    kToHospital,
    kAtHospital,
    kBack,  ///< to its station; of a police car: on patrol
  };
  enum class How : std::uint8_t { kOff, kSiren, kJoins, kDrives };  ///< on the road
  struct Spot {
    model::RoadId road;
    float at_m = 0;
  };
  struct Unit {
    Role role = Role::kAmbulance;
    std::uint32_t number = 0;  ///< among those of its role
    Spot home, here, to;       ///< `here` while it is off the lanes
    Phase phase = Phase::kHome;
    How how = How::kOff;
    std::uint32_t until_s = 0;  ///< of turnout, scene, handover
    std::uint32_t call = kNone;
    std::uint32_t hospital = kNone;          ///< a place
    std::vector<model::RoadId> route;        ///< while it waits to join a lane
    std::vector<model::RoadId> ordered;      ///< way to the scene, from `here`
    std::vector<model::RoadId> to_hospital;  ///< the same with the patient
    std::uint32_t patrols = 0;
    Slot slot = kNobody;
    Traffic::Spot spot;
    bool braking = false;
  };
  struct Incident {
    std::vector<model::LaneId> lanes;
    float at_m = 0;
    std::uint32_t until_s = 0;
  };
  struct CallState {
    city_port::Call call;
    std::uint32_t at_s = 0;
    Role needs = Role::kAmbulance;
    bool over = false;  ///< somebody is or was there
    std::uint32_t unit = kNone;
    Incident incident;
  };

  // fleets.cpp: missions
  void add_units();
  void draw_calls(TruthStep& truth);
  std::uint32_t add_call(city_port::Call call, Role needs);
  void send_own();
  void send(std::uint32_t unit, CallState& call);
  void recall(Unit& unit);
  void step(std::uint32_t unit);
  void arrive(Unit& unit);
  void leave_scene(Unit& unit);
  void go_back(Unit& unit);
  void patrol(Unit& unit);
  void clear_incident(const CallState& call);
  std::uint32_t lasts(const char* what, std::uint32_t call, double median_s, double sigma) const;
  void note(TruthStep::Emergency::What what, std::uint32_t call, const Unit& unit);
  std::uint32_t nearest_free(const CallState& call) const;
  std::uint32_t nearest_hospital(const Spot& from) const;
  bool is_free(const Unit& unit) const;
  // fleet_drives.cpp: on the road
  void look_for_units(std::uint32_t now_s);
  std::size_t index_of(const Unit& unit) const;
  model::Point point(const Spot& spot) const;
  Spot drawn_spot(std::uint64_t purpose, std::uint64_t entity, std::uint64_t step) const;
  Spot whereabouts(const Unit& unit) const;
  Spot start_of_route(const Unit& unit) const;
  std::vector<model::RoadId> way(const Spot& from, const Spot& to);
  void depart(Unit& unit, const Spot& to, bool siren, std::vector<model::RoadId> route);
  void off_the_road(Unit& unit);
  bool drive(Unit& unit);
  bool drive_among_others(Unit& unit);
  void try_to_join(Unit& unit);
  // dispatch_orders.cpp
  model::Result<void> check_route(const Unit& unit, const Spot& to,
                                  const std::vector<model::RoadId>& route) const;

  const Streets& streets_;
  Traffic& traffic_;
  const EmergencyPlan& plan_;
  runtime::Random random_;
  std::int64_t start_ms_;
  std::uint32_t now_s_ = 0;
  std::vector<Unit> units_;  ///< ambulances, then police cars
  std::vector<CallState> states_;
  std::vector<std::uint32_t> open_;  ///< calls that nobody has reached
  std::vector<city_port::Call> calls_;
  std::vector<city_port::FleetVehicle> fleet_;
  std::size_t next_fixed_ = 0;
  std::vector<std::uint32_t> new_incidents_;
  Router router_;
  Router::Search search_;
  std::vector<float> road_cost_;
  std::vector<std::uint8_t> turns_;
  std::uint16_t kinds_[2] = {0, 0};
  Sirens sirens_;
  Preemption preemption_;
  TruthStep* truth_ = nullptr;
};

}  // namespace citybrain::city
