#include "connectors/city_port/avl_model.h"

namespace citybrain::city_port {

using runtime::purpose;
using runtime::Random;

namespace {

bool reports(const AvlModel& model, const Random& random, std::uint64_t device, model::Step step) {
  return (step + random.bits(purpose("avl/turn"), device)) % model.interval_s == 0 &&
         !is_silent(model.dropout, random, device, step);
}

AvlReading read(const AvlModel& model, const Random& random, Role role, std::uint32_t unit,
                model::RoadId road, float at_m, float speed_mps, model::Step step) {
  AvlReading r;
  r.role = role;
  r.unit = unit;
  r.device = avl_device(role, unit);
  const Fix f = fix(model.position, random, r.device, road, speed_mps, step);
  r.road = road;
  r.at_m = at_m - f.along_m;
  r.across_m = f.across_m;
  r.speed_mps = f.speed_mps;
  return r;
}

}  // namespace

void read_fleet(const AvlModel& model, const Random& random, const Sensors& sensors, Role role,
                model::Step step, std::vector<AvlReading>& out) {
  for (const auto& v : sensors.fleet()) {
    if (v.role != role || !v.road.valid()) continue;
    if (!reports(model, random, avl_device(role, v.unit), step)) continue;
    AvlReading r = read(model, random, role, v.unit, v.road, v.at_m, v.speed_mps, step);
    r.lane = v.lane;
    r.siren = v.siren;
    r.call = v.call;
    r.line = v.line;
    r.delay_s = v.delay_s;
    const std::uint64_t button = std::uint64_t{v.call} << 8 | static_cast<std::uint64_t>(v.state);
    if (!random.chance(model.unpressed, purpose("avl/button"), r.device, button)) r.state = v.state;
    out.push_back(r);
  }
}

void read_taxis(const AvlModel& model, const Random& random, const Sensors& sensors,
                model::LaneId lane, model::RoadId road, double road_length_m, model::Step step,
                std::vector<AvlReading>& out) {
  for (const auto& v : sensors.vehicles(lane)) {
    if (v.role != Role::kTaxi) continue;
    if (!reports(model, random, avl_device(Role::kTaxi, v.vehicle.value), step)) continue;
    out.push_back(read(model, random, Role::kTaxi, v.vehicle.value, road,
                       static_cast<float>(road_length_m) - v.to_stop_line_m, v.speed_mps, step));
    out.back().lane = lane;
    out.back().vacant = v.vacant;
  }
}

}  // namespace citybrain::city_port
