// SUMO's TraCI protocol as bytes (https://sumo.dlr.de/docs/TraCI/Protocol.html): commands out,
// replies in. Big-endian; strings have a 32-bit length before them. No IO here; the connection is
// connection.h.
//
// Promises: any bytes give values or an error, never a crash, and nothing is allocated that the
// bytes do not hold. Errors CB-SUMO-PROTOCOL (the reply is malformed; where says which offset) and
// CB-SUMO-REFUSED (SUMO refused a command; its own words). Views point into the reply.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::connectors::sumo {

/// Identifiers of the protocol (libsumo/TraCIConstants.h of SUMO 1.15, API 20).
namespace traci {
constexpr std::uint8_t kGetVersion = 0x00, kSimulationStep = 0x02, kClose = 0x7F;
constexpr std::uint8_t kGetVehicle = 0xA4, kSetLight = 0xC2;
constexpr std::uint8_t kSubscribeLight = 0xD2, kSubscribeSimulation = 0xDB;
constexpr std::uint8_t kSubscribeJunctionContext = 0x89;
/// A reply's identifier is its command's and this.
constexpr std::uint8_t kAnswer = 0x10;

constexpr std::uint8_t kInteger = 0x09, kDouble = 0x0B, kString = 0x0C, kStringList = 0x0E;

constexpr std::uint8_t kLightState = 0x20, kSpeed = 0x40, kClass = 0x49, kLaneId = 0x51,
                       kRouteId = 0x53, kEdges = 0x54, kLanePosition = 0x56, kRouteIndex = 0x69,
                       kStopState = 0xB5, kLine = 0xBD, kTime = 0x66, kLoaded = 0x72,
                       kDeparted = 0x74, kTeleportStarts = 0x76, kArrived = 0x7A,
                       kCollisions = 0x80, kPending = 0x94;
}  // namespace traci

/// Commands of one message, one after the other; SUMO answers them in this order.
class Message {
 public:
  Message& get_version();
  Message& step();  ///< one step of SUMO's own length
  Message& close();
  Message& get_vehicle(std::uint8_t variable, std::string_view vehicle);
  Message& set_light(std::string_view light, std::string_view state);
  /// For the whole run, values after every step.
  Message& subscribe_simulation(const std::vector<std::uint8_t>& variables);
  Message& subscribe_light(std::string_view light);
  /// The same of every vehicle within a radius around a junction, whoever that is then.
  Message& subscribe_vehicles_around(std::string_view junction, double radius_m,
                                     const std::vector<std::uint8_t>& variables);

  bool empty() const { return commands_ == 0; }
  void clear();
  /// With the length before it, ready to be sent.
  std::string framed() const;

 private:
  void begin(std::uint8_t command, std::size_t content);
  void whole(std::uint32_t v);
  void number(double v);
  void text(std::string_view v);
  void variables(const std::vector<std::uint8_t>& ids);

  std::string bytes_;
  std::size_t commands_ = 0;
};

/// One value of a reply; which member holds it depends on its type.
struct Value {
  std::uint8_t type = 0;
  std::int32_t whole = 0;
  double number = 0;
  std::string_view text;
  std::vector<std::string_view> list;
};

/// Reads one reply from front to back; the first thing that is wrong is kept, and everything after
/// it reads as nothing.
class Reply {
 public:
  explicit Reply(std::string_view bytes) : bytes_(bytes) {}

  /// Whether SUMO carried out the command; its words when it did not.
  model::Result<void> status(std::uint8_t command);
  /// The answer to get_version().
  model::Result<std::pair<std::int32_t, std::string_view>> version();
  /// The answer to a get command, which must be of this type.
  model::Result<void> answer(std::uint8_t command, std::uint8_t variable, std::string_view object,
                             std::uint8_t type, Value& out);

  struct Subscription {
    std::uint8_t answer = 0;  ///< the subscribing command and kAnswer
    std::string_view object;
    std::uint8_t variables = 0;  ///< of each object
    std::uint32_t objects = 1;   ///< more or fewer with a context
    bool context = false;
  };
  /// How many subscriptions the answer to step() holds.
  std::uint32_t subscriptions();
  Subscription subscription();
  /// The next object of a context.
  std::string_view object() { return text(); }
  /// The next variable of a subscription: its id; the value must be of this type. 0 after an error.
  std::uint8_t variable(Value& out);

  bool ended() const { return at_ == bytes_.size(); }
  bool good() const { return !problem_; }
  model::Result<void> checked() const;
  /// Keeps a complaint about what the reply says (it is well-formed, but not what was asked for).
  void complain(std::string what);

 private:
  std::uint8_t byte();
  std::int32_t whole();
  double number();
  std::string_view text();
  void value(Value& out);
  std::uint8_t header(std::size_t& ends);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool problem_ = false;
  std::string what_;
  std::size_t where_ = 0;
};

}  // namespace citybrain::connectors::sumo
