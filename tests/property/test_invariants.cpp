// What always holds: framing and batches come back, parsers survive anything, vehicles are
// conserved.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "hub/network/batch.h"
#include "hub/network/framing.h"
#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain {
namespace {

RC_GTEST_PROP(Framing, ComesBack,
              (std::uint32_t id, std::uint32_t index, const std::string& payload)) {
  std::string bytes;
  network::append_frame_head({id, index}, bytes);
  bytes += payload;
  const auto framed = network::unframe(bytes);
  RC_ASSERT(static_cast<bool>(framed));
  RC_ASSERT(framed->schema == (schemas::SchemaRef{id, index}));
  RC_ASSERT(framed->payload == payload);
}

struct DraftRecord {
  std::int64_t ms = 0;
  std::uint64_t step = 1;
  std::string key, value;
  std::vector<std::pair<std::string, std::string>> headers;
};

RC_GTEST_PROP(Batch, ComesBackAndEveryFlippedBitIsFound, ()) {
  const auto drafts =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<DraftRecord>>(rc::gen::build<DraftRecord>(
          rc::gen::set(&DraftRecord::ms),
          rc::gen::set(&DraftRecord::step, rc::gen::inRange<std::uint64_t>(1, 1000)),
          rc::gen::set(&DraftRecord::key), rc::gen::set(&DraftRecord::value),
          rc::gen::set(&DraftRecord::headers))));
  std::vector<network::Record> records;
  std::vector<std::vector<network::Header>> headers(drafts.size());
  std::vector<const network::Record*> pointers;
  std::uint64_t sequence = 0;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    for (const auto& [k, v] : drafts[i].headers) headers[i].push_back({k, v});
    records.push_back(
        {{drafts[i].ms}, sequence += drafts[i].step, drafts[i].key, drafts[i].value, headers[i]});
  }
  for (const auto& r : records) pointers.push_back(&r);
  const network::BatchKey key{3, 1, 500};
  network::BatchEncoder encoder;
  std::string bytes(encoder.encode(key, "producer", 77, pointers));
  network::BatchDecoder decoder;
  RC_ASSERT(decoder.decode(key, bytes));
  RC_ASSERT(decoder.records().size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& r = decoder.records()[i];
    RC_ASSERT(r.position == 500 + i);
    RC_ASSERT(r.publish_time.ms == drafts[i].ms);
    RC_ASSERT(r.sequence == records[i].sequence);
    RC_ASSERT(r.key == drafts[i].key);
    RC_ASSERT(r.value == drafts[i].value);
    RC_ASSERT(r.headers.size() == drafts[i].headers.size());
    for (std::size_t h = 0; h < r.headers.size(); ++h)
      RC_ASSERT(r.headers[h].value == drafts[i].headers[h].second);
  }
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  RC_ASSERT(!decoder.decode(key, bytes));
  RC_ASSERT(!decoder.decode(
      {3, 1, 501}, encoder.encode(key, "producer", 77, pointers)));  // a batch in the wrong place
}

/// The same trips by drivers as SUMO's: slower than they could be, and each with his own speed.
city::Demand with_imperfect_drivers(const model::RoadNetwork& network, const city::Demand& from) {
  city::Demand out;
  for (std::size_t t = 0; t < from.size(); ++t) {
    city::VehicleKind kind = from.kinds()[from.trips()[t].kind()];
    kind.max_accel_mps2 = kind.usual_accel_mps2 = 2.6F;
    kind.headway_s = 1;
    kind.imperfection = 0.25F;
    kind.limit_factor = 0.9F + 0.1F * static_cast<float>(t % 3);
    out.add(network, {from.trips()[t].depart_s(), kind, from.route(network, t)}).value();
  }
  return out;
}

RC_GTEST_PROP(City, ConservesVehiclesInEveryCity, ()) {
  city::GridSpec spec;
  spec.rows = *rc::gen::inRange(1U, 4U);
  spec.columns = *rc::gen::inRange(1U, 4U);
  spec.lanes = *rc::gen::inRange(1U, 5U);
  spec.block_m = *rc::gen::inRange(70, 400);
  spec.trips_per_hour = *rc::gen::inRange(100, 20'000);
  spec.duration_s = 200;
  spec.through_share = *rc::gen::inRange(0, 11) / 10.0;
  spec.seed = *rc::gen::inRange<std::uint64_t>(1, 1000);
  const auto network =
      std::make_shared<const model::RoadNetwork>(std::move(*city::generate_grid(spec)));
  auto demand = *city::generate_demand(spec, *network);
  if (*rc::gen::inRange(0, 2) == 1) demand = with_imperfect_drivers(*network, demand);
  auto city = std::move(*city::make_city(network, std::move(demand), {}));
  std::size_t created = 0, finished = 0;
  std::vector<int> last_green(network->lanes.size(), 0);  // of any of the lane's movements
  for (int t = 1; t <= 300; ++t) {
    if (t % 20 == 0) {
      for (std::uint32_t j = 0; j < network->junctions.size(); ++j) {
        const auto& phases = network->junctions[j].phases;
        if (network->junctions[j].signalised)
          city->apply({model::JunctionId{j},
                       phases[static_cast<std::size_t>(t / 20) % phases.size()].greens, 0})
              .value();
      }
    }
    city->advance_to({t * 1000}).value();
    const auto& truth = city::truth(*city);
    created += truth.created_s.size();
    finished += truth.finished.size();
    RC_ASSERT(created == finished + truth.running + truth.waiting_outside);
    for (std::uint32_t l = 0; l < network->lanes.size(); ++l) {
      const auto& lane = network->lanes[l];
      const auto junction = (*network)[lane.road].to;
      for (const auto m : lane.movements)
        if (model::has(city->sensors().greens(junction), (*network)[m].group)) last_green[l] = t;
      // Who could not brake any more when the light changed is over the line within 4 s.
      if ((*network)[junction].signalised && t - last_green[l] > 4)
        RC_ASSERT(city->sensors().crossings(model::LaneId{l}) == 0);
      const auto seen = city->sensors().vehicles(model::LaneId{l});
      for (std::size_t i = 1; i < seen.size(); ++i)
        RC_ASSERT(seen[i].to_stop_line_m - seen[i - 1].to_stop_line_m > 4.9F);  // no overlap
    }
  }
}

/// What is true of fleets in every second: a unit has one call and a call one unit, on the road a
/// unit is one vehicle, and calls come to an end in order.
struct FleetWatch {
  std::map<std::uint32_t, city::TruthStep::Emergency::What> calls;
  void see(const city_port::City& city) {
    std::set<std::uint32_t> served, vehicles;
    std::size_t units = 0;
    for (const auto& v : city.sensors().fleet()) {
      ++units;
      RC_ASSERT(v.road.value < city.network().roads.size());
      RC_ASSERT(v.at_m >= 0 && v.at_m <= city.network()[v.road].length_m + 0.1);
      if (v.call != city_port::FleetVehicle::kNone) RC_ASSERT(served.insert(v.call).second);
      if (v.vehicle.valid()) RC_ASSERT(vehicles.insert(v.vehicle.value).second);
      RC_ASSERT(!v.siren || v.vehicle.valid());
    }
    if (all == 0) all = units;
    RC_ASSERT(units == all);
    using What = city::TruthStep::Emergency::What;
    for (const auto& e : city::truth(city).emergencies) {
      if (e.what == What::kPreempted) continue;
      const auto before = calls.find(e.call);
      RC_ASSERT((before == calls.end()) == (e.what == What::kCalled));
      if (before != calls.end()) RC_ASSERT(before->second < e.what);
      calls[e.call] = e.what;
    }
  }
  std::size_t all = 0;
};

RC_GTEST_PROP(City, SirensAndPreemptionKeepEverybodySafe, ()) {
  city::GridSpec spec;
  spec.rows = *rc::gen::inRange(3U, 5U);
  spec.columns = *rc::gen::inRange(3U, 5U);
  spec.lanes = *rc::gen::inRange(1U, 5U);
  spec.block_m = *rc::gen::inRange(100, 400);
  spec.trips_per_hour = *rc::gen::inRange(100, 10'000);
  spec.duration_s = 300;
  spec.seed = *rc::gen::inRange<std::uint64_t>(1, 1000);
  auto made = std::move(*city::generate_grid(spec));
  city::EmergencySpec help;
  help.present = true;
  for (const auto& r : made.roads) {
    if (made[r.from].boundary || made[r.to].boundary) continue;
    if (help.stations.size() < 3)
      help.stations.push_back({{r.name, r.length_m / 2}, 2});
    else if (help.hospitals.size() < 2)
      help.hospitals.push_back({r.name, r.length_m / 3});
  }
  RC_ASSERT(city::add_places(help, made));
  help.rate_per_hour = *rc::gen::inRange(50, 1500);
  help.processing_s = *rc::gen::inRange(0, 30);
  help.turnout_s = 5;
  help.scene_s = help.handover_s = 30;
  help.police_cars = *rc::gen::inRange(0U, 4U);
  help.preemption_lead_s = *rc::gen::element(0, 10, 25);
  city::Options options;
  options.seed = spec.seed;
  // Either the cabinets' own plans, or commands in whatever second, with an intergreen each.
  const bool own = *rc::gen::arbitrary<bool>();
  options.own_plan_after_s = own ? 1 : 0;
  const auto network = std::make_shared<const model::RoadNetwork>(std::move(made));
  options.emergencies = *city::resolve_emergencies(help, *network);
  auto city = std::move(*city::make_city(network, *city::generate_demand(spec, *network), options));
  std::size_t created = 0, finished = 0;
  std::vector<int> last_green(network->lanes.size(), 0);
  std::vector<std::set<std::uint32_t>> before(network->lanes.size());  // who was on the lane
  FleetWatch fleet;
  const int every = *rc::gen::inRange(9, 30);
  for (int t = 1; t <= 400; ++t) {
    for (std::uint32_t j = 0; j < network->junctions.size() && !own; ++j) {
      const auto& junction = network->junctions[j];
      const auto& phases = junction.phases;
      if (!junction.signalised || phases.size() < 2) continue;
      const int clock = t + static_cast<int>(j);
      const auto n = static_cast<std::size_t>(clock / every);
      const auto now = phases[n % phases.size()].greens,
                 next = phases[(n + 1) % phases.size()].greens;
      const auto intergreen = static_cast<int>(std::ceil(junction.intergreen_s));
      const bool between = clock % every >= every - intergreen;
      if (t > every) (void)city->apply({model::JunctionId{j}, between ? now & next : now, 0});
      if (t == every) (void)city->apply({model::JunctionId{j}, 0, 0});
    }
    city->advance_to({t * 1000}).value();
    const auto& truth = city::truth(*city);
    created += truth.created_s.size();
    finished += truth.finished.size();
    RC_ASSERT(created == finished + truth.running + truth.waiting_outside);
    if (own || t > 2 * every) RC_ASSERT(truth.monitor_faults.empty());
    fleet.see(*city);
    std::set<std::uint32_t> done;
    for (const auto& f : truth.finished) done.insert(f.vehicle);
    for (std::uint32_t l = 0; l < network->lanes.size(); ++l) {
      const auto& lane = network->lanes[l];
      const auto junction = (*network)[lane.road].to;
      for (const auto m : lane.movements)
        if (model::has(city->sensors().greens(junction), (*network)[m].group)) last_green[l] = t;
      // Whose trip ends on this road leaves it without a look at the signal.
      if ((*network)[junction].signalised && t - last_green[l] > 4)
        for (const auto& p : truth.passages)
          RC_ASSERT(before[l].count(p.vehicle) == 0 || done.count(p.vehicle) == 1);
      const auto seen = city->sensors().vehicles(model::LaneId{l});
      for (std::size_t i = 1; i < seen.size(); ++i)
        RC_ASSERT(seen[i].to_stop_line_m - seen[i - 1].to_stop_line_m > 4.9F);
      before[l].clear();
      for (const auto& v : seen) before[l].insert(v.vehicle.value);
    }
  }
}

}  // namespace
}  // namespace citybrain
