#include "connectors/city_port/probe_model.h"

namespace citybrain::city_port {

using runtime::purpose;

void read_probes(const ProbeModel& model, const runtime::Random& random, const Sensors& sensors,
                 model::LaneId lane, model::RoadId road, model::Step step,
                 std::vector<ProbeReading>& out) {
  constexpr auto kClient = purpose("probe/client"), kTurnOf = purpose("probe/turn"),
                 kRoute = purpose("probe/route");
  for (const auto& v : sensors.vehicles(lane)) {
    const std::uint64_t id = v.vehicle.value;
    if (!random.chance(model.penetration, kClient, id)) continue;
    if ((step + random.bits(kTurnOf, id)) % model.interval_s != 0) continue;
    if (is_silent(model.dropout, random, id, step)) continue;
    const Fix f = fix(model.position, random, id, road, v.speed_mps, step);
    ProbeReading r;
    r.vehicle = v.vehicle;
    r.lane = lane;
    r.to_stop_line_m = v.to_stop_line_m + f.along_m;
    r.across_m = f.across_m;
    r.speed_mps = f.speed_mps;
    if (random.chance(model.announces_route, kRoute, id)) r.next_road = v.next_road;
    out.push_back(r);
  }
}

}  // namespace citybrain::city_port
