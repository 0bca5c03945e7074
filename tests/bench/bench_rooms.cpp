// What the hot paths cost: the city's second, the log's append and poll, fusion's step, the
// look-ahead's search.
#include <benchmark/benchmark.h>

#include <memory>

#include "hub/brain/brain.h"
#include "hub/fusion/fusion.h"
#include "hub/network/network.h"
#include "scenarios/city/city.h"
#include "scenarios/city/router.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"
#include "tests/support/temporary_folder.h"

namespace citybrain {
namespace {

std::shared_ptr<const model::RoadNetwork> grid(std::uint32_t n, city::GridSpec& spec) {
  spec.rows = spec.columns = n;
  spec.trips_per_hour = 600.0 * n * n;
  return std::make_shared<const model::RoadNetwork>(std::move(*city::generate_grid(spec)));
}

/// Simulated seconds of an n x n grid under fixed time; items are vehicle-seconds.
void CitySecond(benchmark::State& state) {
  city::GridSpec spec;
  const auto network = grid(static_cast<std::uint32_t>(state.range(0)), spec);
  auto city = std::move(*city::make_city(network, *city::generate_demand(spec, *network), {}));
  std::int64_t t = 0, vehicles = 0;
  const auto second = [&] {
    if (++t % 30 == 0)
      for (std::uint32_t j = 0; j < network->junctions.size(); ++j)
        if (const auto& p = network->junctions[j].phases; !p.empty())
          city->apply({model::JunctionId{j}, p[static_cast<std::size_t>(t / 30) % 4].greens, 0})
              .value();
    city->advance_to({t * 1000}).value();
  };
  while (t < 1200) second();
  for (auto _ : state) {
    second();
    vehicles += city::truth(*city).running;
  }
  state.SetItemsProcessed(vehicles);
}
BENCHMARK(CitySecond)->Arg(4)->Arg(12)->Arg(40)->Iterations(600);

const model::RoadNetwork& hangzhou() {
  static const auto made = std::move(*city::make_preset("hangzhou", 1000, 60, 1));
  return made.network;
}

/// Trees to one destination after the other, as for rerouting everybody who goes there.
void RouterTree(benchmark::State& state) {
  const auto& n = hangzhou();
  const auto cost = city::usual_road_seconds(n);
  const city::Router router(n, {45, 8});
  city::Router::Tree tree;
  std::uint32_t destination = 0;
  for (auto _ : state) {
    destination = (destination + 37) % static_cast<std::uint32_t>(n.roads.size());
    router.tree_to(model::RoadId{destination}, cost, tree);
    benchmark::DoNotOptimize(tree.cost.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void RouterRoute(benchmark::State& state) {
  const auto& n = hangzhou();
  const auto cost = city::usual_road_seconds(n);
  const city::Router router(n, {45, 8});
  city::Router::Search search;
  std::vector<std::uint8_t> turns;
  std::uint32_t k = 0;
  const auto roads = static_cast<std::uint32_t>(n.roads.size());
  for (auto _ : state) {
    k += 101;
    benchmark::DoNotOptimize(
        router.route(model::RoadId{k % roads}, model::RoadId{k * 7 % roads}, cost, search, turns));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RouterTree);
BENCHMARK(RouterRoute);

void LogAppendAndPoll(benchmark::State& state) {
  const test::TemporaryFolder folder;
  auto log = std::move(*network::open_embedded({folder.path(), {}, "bench"}));
  log->create({"t", 1}).value();
  auto appender = std::move(*log->appender({"p"}));
  auto cursor = std::move(*log->cursor("t", 0, 0));
  const std::string value(100, 'v');
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::uint64_t sequence = 0;
  std::vector<network::Record> records(batch);
  for (auto _ : state) {
    for (auto& r : records) r = {model::EventTime{1}, ++sequence, "key", value, {}};
    appender->append("t", 0, records).value();
    std::size_t read = 0;
    while (read < batch) read += cursor->poll(batch)->size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(sequence));
}
BENCHMARK(LogAppendAndPoll)->Arg(1)->Arg(32)->Arg(1000);

void FusionStep(benchmark::State& state) {
  city::GridSpec spec;
  const auto network = grid(static_cast<std::uint32_t>(state.range(0)), spec);
  const fusion::Fuser fuser(*network);
  auto filters = fuser.initial_state();
  auto situation = fuser.initial_situation(model::ViewId{0}, {1});
  model::ObservationBatch batch;
  for (std::uint32_t l = 0; l < network->lanes.size(); ++l)
    batch.counts.push_back({model::LaneId{l}, {}, model::DatasetId{0}, l % 3 == 0, l % 2 == 0});
  model::EventTime now{0};
  for (auto _ : state) {
    now = now + 1000;
    for (auto& c : batch.counts) c.at = now;
    fuser.fuse(model::kCityDistrict, batch, {}, now, now, filters, situation);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(network->lanes.size()));
}
BENCHMARK(FusionStep)->Arg(4)->Arg(12);

void LookAheadDecision(benchmark::State& state) {
  city::GridSpec spec;
  const auto network = grid(4, spec);
  std::vector<model::JunctionId> junctions;
  for (std::uint32_t j = 0; j < network->junctions.size(); ++j)
    if (network->junctions[j].signalised) junctions.push_back(model::JunctionId{j});
  auto policy = std::move(
      *brain::make_policy({"look-ahead", {{"decisions", static_cast<double>(state.range(0))}}},
                          {model::DeskId{0}, junctions, {0}, 1000}, *network));
  model::Situation s;
  s.lanes.resize(network->lanes.size());
  s.roads.resize(network->roads.size());
  s.signals.assign(network->junctions.size(), {0, {0}, false, 0, {}});
  for (std::size_t l = 0; l < s.lanes.size(); ++l)
    s.lanes[l].queue_veh.value = static_cast<float>(l % 9);
  s.now = {60'000};
  std::vector<model::Proposal> out;
  for (auto _ : state) {
    out.clear();
    policy->propose(s, out);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(junctions.size()));
}
BENCHMARK(LookAheadDecision)->Arg(6)->Arg(8)->Arg(10);

}  // namespace
}  // namespace citybrain
