// Replies of TraCI as what a session says.
#include <fmt/format.h>

#include <algorithm>

#include "connectors/sumo/sumo.h"
#include "connectors/sumo/traci.h"

namespace citybrain::connectors::sumo {

using model::Error;
using model::Result;

namespace {

bool expect(Reply& reply, const Value& v, std::uint8_t type, std::uint8_t variable) {
  if (v.type == type) return true;
  reply.complain(fmt::format("variable {:#04x} has the type {:#04x}, expected {:#04x}", variable,
                             v.type, type));
  return false;
}

void read_vehicle(Reply& reply, std::uint8_t variables, Value& v, Vehicle& out) {
  for (int i = 0; i < variables && reply.good(); ++i) {
    const auto id = reply.variable(v);
    if (!reply.good()) return;
    switch (id) {
      case traci::kLaneId:
        if (expect(reply, v, traci::kString, id)) out.lane = v.text;
        break;
      case traci::kRouteId:
        if (expect(reply, v, traci::kString, id)) out.route = v.text;
        break;
      case traci::kLanePosition:
        if (expect(reply, v, traci::kDouble, id)) out.at_m = v.number;
        break;
      case traci::kSpeed:
        if (expect(reply, v, traci::kDouble, id)) out.speed_mps = v.number;
        break;
      case traci::kRouteIndex:
        if (expect(reply, v, traci::kInteger, id)) out.edge = v.whole;
        break;
      case traci::kStopState:
        if (expect(reply, v, traci::kInteger, id)) out.stopped = (v.whole & 1) != 0;
        break;
      default:
        reply.complain(fmt::format("variable {:#04x} of a vehicle was not asked for", id));
    }
  }
}

void read_simulation(Reply& reply, std::uint8_t variables, Value& v, Second& out) {
  for (int i = 0; i < variables && reply.good(); ++i) {
    const auto id = reply.variable(v);
    if (!reply.good()) return;
    auto* list = id == traci::kLoaded           ? &out.loaded
                 : id == traci::kDeparted       ? &out.departed
                 : id == traci::kArrived        ? &out.arrived
                 : id == traci::kTeleportStarts ? &out.teleported
                 : id == traci::kPending        ? &out.pending
                                                : nullptr;
    if (list != nullptr) {
      if (expect(reply, v, traci::kStringList, id)) list->swap(v.list);
    } else if (id == traci::kCollisions) {
      if (expect(reply, v, traci::kInteger, id))
        out.collisions = static_cast<std::uint32_t>(std::max(0, v.whole));
    } else if (id == traci::kTime) {
      if (expect(reply, v, traci::kDouble, id)) out.time_s = v.number;
    } else {
      reply.complain(fmt::format("variable {:#04x} of the simulation was not asked for", id));
    }
  }
}

void read_light(Reply& reply, const Reply::Subscription& s, std::span<const std::string> lights,
                std::size_t& next, Value& v, Second& out) {
  std::size_t at = next;  // SUMO answers in the order of the subscriptions
  if (at >= lights.size() || lights[at] != s.object)
    for (at = 0; at < lights.size() && lights[at] != s.object;) ++at;
  next = at + 1;
  for (int i = 0; i < s.variables && reply.good(); ++i) {
    const auto id = reply.variable(v);
    if (!reply.good()) return;
    if (at == lights.size()) {
      reply.complain(fmt::format("the light \"{}\" was not asked for", s.object));
    } else if (expect(reply, v, traci::kString, id)) {
      out.lights[at] = v.text;
    }
  }
}

void read_subscription(Reply& reply, std::span<const std::string> lights, std::size_t& next,
                       Value& v, Second& out) {
  const auto s = reply.subscription();
  if (!reply.good()) return;
  if (s.context) {
    for (std::uint32_t i = 0; i < s.objects && reply.good(); ++i) {
      Vehicle vehicle;
      vehicle.id = reply.object();
      read_vehicle(reply, s.variables, v, vehicle);
      if (reply.good()) out.vehicles.push_back(vehicle);
    }
  } else if (s.answer == traci::kSubscribeSimulation + traci::kAnswer) {
    read_simulation(reply, s.variables, v, out);
  } else if (s.answer == traci::kSubscribeLight + traci::kAnswer) {
    read_light(reply, s, lights, next, v, out);
  } else {
    reply.complain(fmt::format("a subscription {:#04x} was not asked for", s.answer));
  }
}

}  // namespace

Result<void> read_second(std::string_view bytes, std::size_t lights_set,
                         std::span<const std::string> lights, Second& out) {
  out.vehicles.clear();
  out.collisions = 0;
  for (auto* list : {&out.loaded, &out.departed, &out.arrived, &out.teleported, &out.pending})
    list->clear();
  out.lights.assign(lights.size(), {});
  Reply reply(bytes);
  for (std::size_t i = 0; i < lights_set; ++i) CITYBRAIN_TRY(reply.status(traci::kSetLight));
  CITYBRAIN_TRY(reply.status(traci::kSimulationStep));
  Value v;
  std::size_t next = 0;
  for (std::uint32_t n = reply.subscriptions(); n > 0 && reply.good(); --n)
    read_subscription(reply, lights, next, v, out);
  if (reply.good() && !reply.ended()) reply.complain("there is more than was announced");
  return reply.checked();
}

Result<std::vector<About>> read_about(std::string_view bytes,
                                      std::span<const std::string> vehicles) {
  std::vector<About> out;
  Reply reply(bytes);
  Value v;
  const auto ask = [&](std::uint8_t variable, const std::string& id, std::uint8_t type) {
    return reply.answer(traci::kGetVehicle, variable, id, type, v);
  };
  for (const auto& id : vehicles) {
    About a;
    CITYBRAIN_TRY(ask(traci::kClass, id, traci::kString));
    a.vehicle_class = v.text;
    CITYBRAIN_TRY(ask(traci::kLine, id, traci::kString));
    a.line = v.text;
    CITYBRAIN_TRY(ask(traci::kRouteId, id, traci::kString));
    a.route = v.text;
    CITYBRAIN_TRY(ask(traci::kEdges, id, traci::kStringList));
    a.edges.assign(v.list.begin(), v.list.end());
    out.push_back(std::move(a));
  }
  return out;
}

}  // namespace citybrain::connectors::sumo
