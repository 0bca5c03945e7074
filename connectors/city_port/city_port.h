// The port between departments and a city: what can be sensed and what can be moved. A city (ours,
// SUMO, an outside program) implements it; connectors use it; the sensor models (sensor_models.h)
// stand between the two, so that any city is seen imperfectly. Values returned here are exact;
// nothing in the hub ever sees them.
//
// Units: metres, seconds, metres per second. Distances on a lane are from the stop line, upstream
// positive, to the vehicle's front. Errors: apply() refuses what the device cannot do. Threading:
// one thread at a time per city. Ownership: spans and references stay valid until the next
// advance_to().
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"

namespace citybrain::city_port {

/// What a vehicle is for; it decides who may see it and what it may do.
enum class Role : std::uint8_t { kCar, kTaxi, kTruck, kBus, kAmbulance, kPolice };

struct VehicleOnLane {
  model::VehicleId vehicle;
  float to_stop_line_m = 0;
  float speed_mps = 0;
  model::RoadId
      next_road;  ///< where it goes next; kNone when it leaves the network at this road's end
  Role role = Role::kCar;
  bool vacant = false;  ///< a taxi without passengers
};

/// A bus, ambulance or police car, as its own on-board unit knows it (AVL).
struct FleetVehicle {
  enum class State : std::uint8_t {
    kParked,   ///< at its station
    kDriving,  ///< in service, or on the way back
    kAtStop,   ///< doors open
    kToScene,
    kAtScene,
    kToHospital,
    kAtHospital,
  };
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  model::VehicleId vehicle;  ///< the one on the lanes; kNone while it is off the road
  std::uint32_t unit = 0;    ///< the fleet's own number, among those of its role
  Role role = Role::kBus;
  State state = State::kParked;
  bool siren = false;
  model::RoadId road;
  model::LaneId lane;  ///< kNone while it is off the lanes
  float at_m = 0;      ///< from the road's beginning to its front
  float speed_mps = 0;
  std::uint32_t call = kNone;       ///< Call::id that it serves
  std::uint32_t line = kNone;       ///< of a bus
  float delay_s = 0;                ///< of a bus, against its timetable; negative: early
  std::uint32_t next_stop = kNone;  ///< of a bus: its place among RoadNetwork::places
};

/// A car park or a road's street places; `place` counts RoadNetwork::places.
struct ParkingState {
  std::uint32_t place = 0;
  std::uint32_t capacity = 0;
  std::uint32_t occupied = 0;
  std::uint32_t came = 0, left = 0;  ///< in the last step
};

/// What a citizen sees and calls about, in the step in which it happens.
struct Call {
  enum class Kind : std::uint8_t { kMedical, kIncident, kFlood, kParking };
  std::uint32_t id = 0;  ///< counts up over the run
  Kind kind = Kind::kMedical;
  model::RoadId road;
  float at_m = 0;             ///< from the road's beginning
  std::uint8_t severity = 1;  ///< 1 (worst) to 4, as in the emergency services' triage
};

/// What stands at a junction and can fail.
enum class Device : std::uint8_t { kSignal, kLoops, kCamera };

/// What devices could sense at the city's present time.
class Sensors {
 public:
  virtual ~Sensors() = default;
  /// Vehicles whose front crossed the lane's stop line during the last step (the last simulated
  /// second).
  virtual std::uint32_t crossings(model::LaneId lane) const = 0;
  /// The vehicles on the lane, nearest to the stop line first.
  virtual std::span<const VehicleOnLane> vehicles(model::LaneId lane) const = 0;
  /// The greens that the junction's signal heads show now (what a cabinet reports of itself).
  virtual model::GroupSet greens(model::JunctionId junction) const = 0;
  /// False while the devices of this kind at the junction are broken or without power: they say
  /// nothing.
  virtual bool works(Device /*device*/, model::JunctionId /*junction*/) const { return true; }
  /// Who crossed, in the order of crossings(); empty in a city that does not know.
  virtual std::span<const model::VehicleId> crossed(model::LaneId /*lane*/) const { return {}; }
  /// Vehicles with an on-board unit that tells a control centre where they are, parked ones too;
  /// ordered by role and unit. None where a city has none.
  virtual std::span<const FleetVehicle> fleet() const { return {}; }
  /// Car parks and street places whose vehicles are counted, in the order of `place`.
  virtual std::span<const ParkingState> parking() const { return {}; }
  /// What citizens began to call about in the last step.
  virtual std::span<const Call> calls() const { return {}; }
};

/// A vehicle slower than this stands (CityFlow's and the signal-control papers' definition of
/// queued).
constexpr float kStandingSpeed_mps = 0.1F;

/// Sets the signal heads of one junction, at once. Groups in neither set show red.
struct SignalActuation {
  model::JunctionId junction;
  model::GroupSet greens = 0;
  model::GroupSet yellows = 0;
};

/// Tells drivers something, by signs, broadcasts or their navigation: it reaches a share of them,
/// who do with it what they like.
struct GuidanceActuation {
  enum class Kind : std::uint8_t {
    kRoadClosed,  ///< `road` cannot be used
    kRoadDelay,   ///< `road` takes `delay_s` longer than usual
    kLotFull,     ///< the car park `place` (of RoadNetwork::places) is full
  };
  Kind kind = Kind::kRoadClosed;
  model::RoadId road;
  std::uint32_t place = 0;
  float delay_s = 0;
  model::EventTime from, until;
  float share = 1;  ///< of drivers, above 0 up to 1
};

/// An order of a control centre: sends a unit to a call, or changes what it was told. A unit that
/// already serves the call may get another hospital or another route; a call that another unit is
/// on its way to changes hands.
struct DispatchActuation {
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  Role role = Role::kAmbulance;
  std::uint32_t unit = 0;          ///< FleetVehicle::unit
  std::uint32_t call = 0;          ///< Call::id
  std::uint32_t hospital = kNone;  ///< of RoadNetwork::places; kNone: the city's own choice
  /// From the road where the unit is to the call's, or, with a patient, to the hospital's; empty:
  /// the crew's own choice.
  std::vector<model::RoadId> route;
};

using Actuation = std::variant<SignalActuation, GuidanceActuation, DispatchActuation>;

class City {
 public:
  virtual ~City() = default;
  virtual const model::RoadNetwork& network() const = 0;
  virtual model::EventTime now() const = 0;
  /// Moves the city forward to `time`, which is a whole number of steps ahead.
  virtual model::Result<void> advance_to(model::EventTime time) = 0;
  virtual const Sensors& sensors() const = 0;
  virtual model::Result<void> apply(const SignalActuation& actuation) = 0;
  /// Cities whose drivers cannot be told anything refuse it (CB-CITY-GUIDANCE).
  virtual model::Result<void> guide(const GuidanceActuation& /*actuation*/) {
    return model::Error{"CB-CITY-GUIDANCE", "drivers of this city cannot be told anything", "", ""};
  }
  /// Error CB-CITY-DEVICE says why the order cannot be carried out; nothing has changed then.
  virtual model::Result<void> apply(const DispatchActuation& /*order*/) {
    return model::Error{"CB-CITY-DEVICE", "this city takes no orders for its vehicles", "", ""};
  }
  /// All that a source wants moved in this step, in its order, an outcome each: to be preferred to
  /// calls one by one, since to a city in another process (connectors/remote_city) it is one
  /// exchange. At most once a step and source, and the last that it does in the step.
  virtual model::Result<std::vector<model::Result<void>>> carry_out(
      std::span<const Actuation> all) {
    std::vector<model::Result<void>> out;
    out.reserve(all.size());
    for (const auto& a : all) {
      if (const auto* guidance = std::get_if<GuidanceActuation>(&a)) {
        out.push_back(guide(*guidance));
      } else if (const auto* order = std::get_if<DispatchActuation>(&a)) {
        out.push_back(apply(*order));
      } else {
        out.push_back(apply(std::get<SignalActuation>(a)));
      }
    }
    return out;
  }
};

}  // namespace citybrain::city_port
