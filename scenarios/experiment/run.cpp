#include "scenarios/experiment/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "hub/registry/own.h"
#include "scenarios/experiment/cloud_record.h"
#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lockstep.h"
#include "scenarios/experiment/retention.h"
#include "scenarios/experiment/setup.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

/// Makes the departments that have something to say.
Result<void> connect(const Scenario& scenario, const catalog::Catalog& catalog,
                     const RunOptions& options, Parts& parts, std::vector<std::string>& sources) {
  auto context = departments_context(scenario, catalog, options);
  context.log = parts.log.get();
  context.city = parts.city.get();
  if (parts.guard) context.custody = &parts.guard->custody();
  for (const auto* department : present(context)) {
    CITYBRAIN_ASSIGN(connector, department->make(context));
    sources.emplace_back(connector->source());
    parts.connectors.push_back(std::move(connector));
  }
  if (parts.guard) return parts.guard->begin(*parts.log);
  return {};
}

/// Opens and joins the parts; `hub` has its views and desks already.
Result<void> wire(const Scenario& scenario, const World& world, const catalog::Catalog& catalog,
                  const RunOptions& options, const RunHooks& hooks, const RunFolder& folder,
                  node::Options hub, Parts& parts) {
  const std::string& identity = folder.identity();
  CITYBRAIN_ASSIGN(log, folder.open_log(options));
  parts.log = hooks.wrap_log ? hooks.wrap_log(std::move(log)) : std::move(log);
  CITYBRAIN_TRY(registry::register_own(*parts.log));
  CITYBRAIN_ASSIGN(made, make_city(scenario, world, options));
  parts.city = std::move(made);

  hub.store_directory = options.out / "store";
  complete(scenario, options, identity, hub);
  CITYBRAIN_ASSIGN(guard, Guard::open(scenario, catalog, options));
  parts.guard = std::move(guard);
  CITYBRAIN_ASSIGN(signatures, signatures_of(scenario, catalog, options));
  hub.signatures = signatures;
  for (const auto& view : hub.views) parts.views.push_back(view.name);
  CITYBRAIN_TRY(node::create_topics(*parts.log, catalog,
                                    static_cast<std::uint32_t>(world.network->districts.size())));

  CITYBRAIN_TRY(connect(scenario, catalog, options, parts, hub.sources));
  CITYBRAIN_ASSIGN(node, node::Node::open(*parts.log, *world.network, catalog, std::move(hub)));
  parts.node = std::move(node);
  if (options.log_retention_s > 0)
    parts.trim = [&, epoch = model::Epoch{scenario.start}](model::Step step) -> Result<void> {
      CITYBRAIN_TRY(parts.node->sync());  // a snapshot that a power cut takes back needs more
      CITYBRAIN_ASSIGN(needs, needs_of_store(parts.node->store()));
      return trim({*parts.log, catalog, epoch, std::move(needs)}, epoch.at(step),
                  std::int64_t{options.log_retention_s} * 1000);
    };
  if (!scenario.clouds) return {};
  // This process stands for all nodes of the clouds.
  CITYBRAIN_ASSIGN(
      plan, cloud_plan(scenario, *world.network, catalog, *scenario.clouds, options.sharing));
  CITYBRAIN_ASSIGN(
      record, CloudRecord::open(*parts.log, std::move(plan), model::Epoch{scenario.start}, "run"));
  return record.whole(parts.node->done());
}

}  // namespace

Result<RunOptions> settle(const Scenario& scenario, RunOptions options) {
  if (options.sharing.empty()) options.sharing = scenario.sharing;
  if (!options.seed) options.seed = scenario.seed;
  if (options.horizon_s == 0) options.horizon_s = scenario.horizon_s;
  if (scenario.mode(options.sharing) == nullptr) {
    std::vector<std::string> names;
    for (const auto& m : scenario.modes) names.push_back(m.name);
    const auto near = catalog::nearest(options.sharing, names);
    return Error{"CB-USAGE-SHARING",
                 fmt::format("there is no mode \"{}\" in this scenario", options.sharing),
                 "--sharing",
                 near.empty() ? fmt::format("modes: {}", fmt::join(names, ", "))
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  const auto policies = brain::policy_names();
  if (!options.policy.empty() &&
      std::find(policies.begin(), policies.end(), options.policy) == policies.end()) {
    const auto near = catalog::nearest(options.policy, policies);
    return Error{"CB-USAGE-POLICY", fmt::format("there is no policy \"{}\"", options.policy),
                 "--policy",
                 near.empty() ? fmt::format("policies: {}", fmt::join(policies, ", "))
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  return options;
}

Result<RunReport> run(const Scenario& scenario, const World& world, const catalog::Catalog& catalog,
                      const RunOptions& options, const RunHooks& hooks) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpu_now_s(options.shares_process);
  node::Options seated;  // what is wrong with the input is said before anything is written
  CITYBRAIN_TRY(seat(scenario, options, catalog, *world.network, seated));
  CITYBRAIN_ASSIGN(folder, RunFolder::open(scenario, options));
  Parts parts;
  CITYBRAIN_TRY(wire(scenario, world, catalog, options, hooks, folder, std::move(seated), parts));
  const model::Epoch epoch{scenario.start};
  CITYBRAIN_ASSIGN(recorder, outputs::Recorder::create(recorder_options(options), *parts.city));
  CITYBRAIN_ASSIGN(loop, lockstep(parts, epoch, options.horizon_s, lookahead_ms(scenario, options),
                                  recorder, hooks));

  RunOutcome outcome{parts.log.get(), &parts.node->store(), {}, parts.views, {}};
  outcome.figures.counters = parts.node->counters();
  outcome.figures.totals = parts.node->totals();
  outcome.figures.set_times(loop.record_to_command_ms);
  outcome.remarks = city::truth_source(*parts.city).remarks();
  for (const auto& remark : recorder.remarks()) outcome.remarks.push_back(remark);
  CITYBRAIN_ASSIGN(report, report_of(scenario, world, catalog, options, outcome));
  report.cpu_s = cpu_now_s(options.shares_process) - cpu;
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(folder.finish(report, *world.network, options.language));
  return std::move(report);
}

}  // namespace citybrain::experiment
