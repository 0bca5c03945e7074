// The hub's loop.
#include <chrono>

#include "hub/network/gate.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/part_steps.h"
#include "scenarios/experiment/run_identity.h"

namespace citybrain::experiment {

using model::Result;

namespace {

using Clock = std::chrono::steady_clock;

/// Steps until the end. The time of a step counts from when every source is through with it.
Result<void> decide(const PartContext& part, network::Gate& gate, node::Node& node,
                    network::Barriers& through, std::vector<float>& steps_ms) {
  const model::Epoch epoch{part.scenario.start};
  while (node.done() < part.options.horizon_s) {
    const auto step = node.done() + 1;
    CITYBRAIN_ASSIGN(late, through.wait(epoch.at(step), part.patience));
    if (!late.empty()) return silent(late, "the source has not said that it is through");
    const auto began = Clock::now();
    CITYBRAIN_TRY(node.turn());
    CITYBRAIN_TRY(gate.release());
    steps_ms.push_back(std::chrono::duration<float, std::milli>(Clock::now() - began).count());
    if (part.stepped)
      part.stepped({step, epoch.at(step), static_cast<double>(steps_ms.back()) / 1000,
                    node.counters(), node.totals()});
    CITYBRAIN_TRY(stepped(part, step));
  }
  return {};
}

}  // namespace

Result<HubFigures> run_hub(const PartContext& part, const std::filesystem::path& store) {
  const std::string identity = identity_of(part.scenario, part.options);
  node::Options hub;  // what is wrong with the input is said before anybody is waited for
  CITYBRAIN_TRY(seat(part.scenario, part.options, part.catalog, *part.world.network, hub));
  complete(part.scenario, part.options, identity, hub);
  CITYBRAIN_ASSIGN(run, recognise(part.log, identity, part.patience));
  hub.store_directory = store;
  hub.sources = run.sources;
  hub.patience = part.patience;
  network::Gate gate(part.log, part.between_processes);
  CITYBRAIN_ASSIGN(through,
                   network::Barriers::open(part.log, schemas::topic::kWatermarks, run.sources));
  CITYBRAIN_ASSIGN(node, node::Node::open(gate, *part.world.network, part.catalog, hub));
  std::vector<float> steps_ms;
  const auto decided = decide(part, gate, *node, through, steps_ms);
  CITYBRAIN_TRY(node->sync());
  if (!decided) return decided.error();
  HubFigures figures;
  figures.counters = node->counters();
  figures.totals = node->totals();
  figures.set_times(steps_ms);
  return figures;
}

}  // namespace citybrain::experiment
