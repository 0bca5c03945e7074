#include "scenarios/experiment/lineage_bench.h"

#include <algorithm>

#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/past_hub.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

struct Variant {
  const char* name;
  bool lineage, audit;
};
constexpr Variant kVariants[] = {{"neither", false, false},
                                 {"lineage", true, false},
                                 {"audit", false, true},
                                 {"both", true, true}};
constexpr std::size_t kMany = std::size(kVariants);

Result<void> interrupted(const LineageBenchOptions& o) {
  if (o.stop == nullptr || !o.stop->load()) return {};
  return Error{"CB-RUN-INTERRUPTED", "the benchmark was interrupted", "", ""};
}

/// The hub alone over the whole log. Returns CPU seconds.
Result<double> work_off(const PastRun& run, const HubPlan& plan, const Variant& variant,
                        network::Log& log, LineageBench& out) {
  CITYBRAIN_ASSIGN(folder, ScratchFolder::make());
  network::EmbeddedOptions into;
  into.directory = folder->path() / "log";
  into.identity = run.identity;
  CITYBRAIN_ASSIGN(said, network::open_embedded(into));
  ReplayLog replay(log, said.get());
  auto options = plan.hub;
  options.store_directory = folder->path() / "store";
  options.keeps_lineage = variant.lineage;
  options.keeps_audit = variant.audit;
  options.snapshot_steps = 60;
  CITYBRAIN_ASSIGN(node,
                   node::Node::open(replay, *plan.world.network, plan.catalog, std::move(options)));
  const double began = cpu_now_s(false);
  while (node->done() < plan.options.horizon_s) CITYBRAIN_TRY(node->turn());
  CITYBRAIN_TRY(node->sync());
  const double took = cpu_now_s(false) - began;
  out.records = out.observations = 0;
  for (const auto& c : node->counters()) {
    out.records += c.records;
    out.observations += c.observations;
  }
  out.commands = node->totals().commands;
  out.steps = node->done();
  return took;
}

}  // namespace

LineageBench::Ratio LineageBench::throughput(std::size_t i) const {
  std::vector<double> ratios;
  for (std::size_t r = 0; r < costs[i].cpu_s.size(); ++r)
    ratios.push_back(costs[0].cpu_s[r] / costs[i].cpu_s[r]);
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  return {ratios.front(), ratios[ratios.size() / 2], ratios.back()};
}

Result<LineageBench> bench_lineage(const LineageBenchOptions& o) {
  CITYBRAIN_ASSIGN(folder, ScratchFolder::make());
  CITYBRAIN_ASSIGN(home_directory, home());
  CITYBRAIN_ASSIGN(scenario, load_scenario(o.scenario, home_directory));
  CITYBRAIN_ASSIGN(world, build_world(scenario, false));
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home_directory / "schemas" / "contracts"));
  RunOptions asked;
  asked.out = folder->path() / "run";
  asked.horizon_s = o.horizon_s;
  CITYBRAIN_ASSIGN(settled, settle(scenario, std::move(asked)));
  const double rounds = o.pairs + 2;  // the run itself, and one that counts for nothing
  RunHooks hooks;
  hooks.stop = o.stop;
  hooks.progress = [&](const Progress& p) {
    if (o.progress) o.progress(static_cast<double>(p.step) / p.steps / rounds);
  };
  CITYBRAIN_TRY(run(scenario, world, catalog, settled, hooks));
  CITYBRAIN_ASSIGN(past, past_run(settled.out));
  CITYBRAIN_ASSIGN(plan, plan_of(past, {}));
  CITYBRAIN_ASSIGN(log, open_past_log(settled.out, {}));
  LineageBench out;
  for (const auto& v : kVariants) out.costs.push_back({v.name, {}});
  for (std::uint32_t round = 0; round <= o.pairs; ++round) {
    for (std::size_t turn = 0; turn < kMany; ++turn) {
      CITYBRAIN_TRY(interrupted(o));
      const std::size_t i = round % 2 == 0 ? turn : kMany - 1 - turn;  // nobody is always first
      CITYBRAIN_ASSIGN(cpu_s, work_off(past, plan, kVariants[i], *log, out));
      if (round > 0) out.costs[i].cpu_s.push_back(cpu_s);  // the first fills the caches
      if (o.progress) o.progress((1 + round + static_cast<double>(turn + 1) / kMany) / rounds);
    }
  }
  return out;
}

}  // namespace citybrain::experiment
