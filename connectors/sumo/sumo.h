// A SUMO simulation as a child process, spoken to through TraCI: started for one city, moved one
// second at a time, its lights set, its vehicles seen. What it says is exact and is meant for a
// city (scenarios/sumo_city), not for a hub.
//
// Promises: one exchange with SUMO a second (subscriptions; what is set meanwhile goes out with the
// step); deterministic for a seed and a version of SUMO; no process is left behind, whoever ends
// first; many sessions may live in one process. Units: metres, seconds, metres per second; times
// are SUMO's. Errors: CB-SUMO-MISSING, -VERSION, -START, -PORT, -CONNECTION, -PROTOCOL, -REFUSED,
// -DIED, and CB-INPUT-SUMO with SUMO's own words where its input is at fault. Threading: one thread
// a session, the one that started it (the child dies with that thread). Ownership: views and
// references are valid until the next step().
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::connectors::sumo {

/// What the program is called when nobody says otherwise.
constexpr const char* kProgram = "sumo";
/// Where its schema files are on Debian.
constexpr const char* kHome = "/usr/share/sumo";
/// TraCI's version of SUMO 1.15, the oldest that is known to fit.
constexpr std::int32_t kOldestApi = 20;
constexpr const char* kOldestVersion = "1.15";

struct Setup {
  std::string program = kProgram;
  std::filesystem::path net;
  std::vector<std::filesystem::path> routes, additional;
  std::int32_t seed = 1;
  double begin_s = 0;
  double teleport_after_s = 300;     ///< a vehicle that stood so long is moved on; 0: never
  double depart_offset_s = 0;        ///< each departure is later by up to this, drawn from the seed
  std::vector<std::string> options;  ///< more of SUMO's, as on its command line
};

/// A vehicle on a lane.
struct Vehicle {
  std::string_view id;
  std::string_view lane;   ///< with ':' in front inside a junction; empty while it is off the lanes
  std::string_view route;  ///< another one when the vehicle was given another way
  double at_m = 0;         ///< of its front, from the lane's beginning
  double speed_mps = 0;
  std::int32_t edge = 0;  ///< of its route, counted from 0
  bool stopped = false;   ///< at a stop
};

/// What is there, and what happened, after one second.
struct Second {
  double time_s = 0;              ///< SUMO's clock, which is at the next second's beginning
  std::vector<Vehicle> vehicles;  ///< in the order of their ids
  std::vector<std::string_view> loaded, departed, arrived, teleported;
  std::vector<std::string_view> pending;  ///< should have departed, found no room
  std::uint32_t collisions = 0;           ///< vehicles in one
  std::vector<std::string_view> lights;   ///< states, in the order that start() was given
};

/// What does not change from second to second.
struct About {
  std::string vehicle_class;  ///< SUMO's vClass
  std::string line;           ///< of public transport
  std::string route;
  std::vector<std::string> edges;  ///< of the route
};

/// Reads the reply to a step. `lights` are those that were subscribed to, in that order.
model::Result<void> read_second(std::string_view reply, std::size_t lights_set,
                                std::span<const std::string> lights, Second& out);
/// Reads the reply to questions about vehicles, in their order.
model::Result<std::vector<About>> read_about(std::string_view reply,
                                             std::span<const std::string> vehicles);

class Session {
 public:
  /// Starts SUMO and waits until it has read its network. `junction` is any junction of the
  /// network; the states of `lights` are seen from then on.
  static model::Result<std::unique_ptr<Session>> start(const Setup& setup,
                                                       std::string_view junction,
                                                       std::vector<std::string> lights);
  ~Session();

  /// "SUMO 1.15.0"
  const std::string& version() const;
  /// Takes effect with the next step, from its beginning.
  void set_light(std::size_t light, std::string_view state);
  /// One second.
  model::Result<void> step();
  const Second& second() const;
  /// Vehicles that are loaded; an exchange of its own.
  model::Result<std::vector<About>> about(std::span<const std::string> vehicles);
  /// For tests: the child's process id.
  std::int64_t process() const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace citybrain::connectors::sumo
