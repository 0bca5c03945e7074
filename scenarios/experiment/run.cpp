#include "scenarios/experiment/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "connectors/citizen_hotline/citizen_hotline.h"
#include "connectors/emergency_medical/emergency_medical.h"
#include "connectors/navigation/navigation.h"
#include "connectors/parking/parking.h"
#include "connectors/traffic_police/traffic_police.h"
#include "connectors/transport/transport.h"
#include "hub/registry/own.h"
#include "scenarios/evaluator/evaluator.h"
#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/decisions.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lockstep.h"
#include "scenarios/experiment/sumo_scenario.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

/// Between a decision and its effect. The reference simulators that perfect sensors are checked
/// against know no delay.
std::int64_t lookahead_ms(const Scenario& scenario, const RunOptions& options) {
  return options.perfect_sensors ? 0 : std::int64_t{scenario.lookahead_s} * 1000;
}

/// What the fusion of a view is told about the quality of its sources: what a department would know
/// of its own devices.
fusion::Options fusion_options(const Scenario& scenario, const RunOptions& options,
                               bool neighbours) {
  fusion::Options f;
  f.neighbours = neighbours;
  const auto& s = scenario.sensors;
  f.camera_miss = options.perfect_sensors ? 0 : static_cast<float>(s.video.miss);
  return f;
}

/// The error of a desk's setting, with the place where it stands.
Error of_desk(Error error, const Scenario& scenario, const RunOptions& options,
              const DeskConfig& desk, const char* key) {
  error.where = fmt::format("{}: modes.{}.desks.{}.{}", scenario.file.string(), options.sharing,
                            desk.name, key);
  return error;
}

/// Views and desks of the mode: desks with the same grants share a view.
Result<void> seat(const Scenario& scenario, const RunOptions& options,
                  const catalog::Catalog& catalog, const model::RoadNetwork& network,
                  node::Options& out) {
  for (const auto& dataset : scenario.publish) {
    if (catalog.find(dataset) != nullptr) continue;
    Error error = catalog.grant({&dataset, 1}, "").error();
    error.where = fmt::format("{}: publish", scenario.file.string());
    return error;
  }
  for (const auto& desk : scenario.mode(options.sharing)->desks) {
    const auto granted = catalog.grant(desk.datasets, desk.department);
    if (!granted) return of_desk(granted.error(), scenario, options, desk, "datasets");
    const model::SourceMask grants = *granted;
    const auto same = [&](const node::ViewSpec& v) {
      return v.grants == grants && v.fusion.neighbours == desk.neighbours;
    };
    auto view = std::find_if(out.views.begin(), out.views.end(), same);
    if (view == out.views.end()) {
      out.views.push_back({desk.name, grants, fusion_options(scenario, options, desk.neighbours)});
      view = out.views.end() - 1;
    }
    const auto view_id = model::ViewId{static_cast<std::uint32_t>(view - out.views.begin())};
    const auto policy =
        options.policy.empty() ? desk.policy : brain::PolicySpec{options.policy, {}};
    const auto possible = brain::make_policy(policy, {model::DeskId{0}, {}, {}}, network);
    if (!possible) return of_desk(possible.error(), scenario, options, desk, "policy");
    const std::size_t seats = desk.per_district ? network.districts.size() : 1;
    for (std::uint32_t d = 0; d < seats; ++d) {
      node::DeskSpec spec{
          desk.per_district && seats > 1 ? desk.name + "/" + network.districts[d] : desk.name,
          view_id,
          {},
          policy,
          static_cast<std::int32_t>(desk.priority)};
      for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
        if (network.junctions[j].signalised &&
            (!desk.per_district || network.junctions[j].district.value == d))
          spec.junctions.push_back(model::JunctionId{j});
      out.desks.push_back(std::move(spec));
    }
  }
  return {};
}

/// The departments at the network. Which of them there are, and what they publish, is the same in
/// every mode: what some desk of some mode was granted, and what the scenario publishes anyhow.
Result<void> connect(const Scenario& scenario, const RunOptions& options, Parts& parts,
                     std::vector<std::string>& sources) {
  connectors::ConnectorContext context;
  context.log = parts.log.get();
  context.city = parts.city.get();
  context.models = options.perfect_sensors ? city_port::SensorModels::perfect() : scenario.sensors;
  context.seed = *options.seed;
  context.epoch = model::Epoch{scenario.start};
  context.datasets = scenario.publish;
  for (const auto& mode : scenario.modes)
    for (const auto& desk : mode.desks)
      context.datasets.insert(context.datasets.end(), desk.datasets.begin(), desk.datasets.end());
  for (auto* make :
       {connectors::make_signal_control, connectors::make_video, connectors::make_navigation,
        connectors::make_transport, connectors::make_emergency_medical, connectors::make_parking,
        connectors::make_citizen_hotline}) {
    CITYBRAIN_ASSIGN(connector, make(context));
    if (connector == nullptr) continue;  // nobody wants what it has, or it has nothing
    sources.emplace_back(connector->source());
    parts.connectors.push_back(std::move(connector));
  }
  return {};
}

/// Opens and joins the parts; `hub` has its views and desks already.
Result<void> wire(const Scenario& scenario, const World& world, const catalog::Catalog& catalog,
                  const RunOptions& options, const RunHooks& hooks, const RunFolder& folder,
                  node::Options hub, Parts& parts) {
  const std::string& identity = folder.identity();
  const model::Epoch epoch{scenario.start};
  CITYBRAIN_ASSIGN(log, folder.open_log(options));
  parts.log = hooks.wrap_log ? hooks.wrap_log(std::move(log)) : std::move(log);
  CITYBRAIN_TRY(registry::register_own(*parts.log));
  CITYBRAIN_ASSIGN(demand, demand_of_day(scenario, world, *options.seed, options.perfect_sensors));
  city::Options city_options;
  city_options.seed = *options.seed;
  city_options.start = scenario.start;
  city_options.disturbances = world.disturbances;
  city_options.navigation = scenario.navigation;
  city_options.parking = scenario.parking;
  city_options.emergencies = world.emergencies;
  CITYBRAIN_ASSIGN(made, world.sumo
                             ? make_sumo_city(scenario, world, options)
                             : city::make_city(world.network, std::move(demand), city_options));
  parts.city = std::move(made);

  hub.store_directory = options.out / "store";
  hub.identity = identity;
  hub.sync_every_commit = options.fsync.kind == network::Fsync::Kind::kEveryCommit;
  hub.epoch = epoch;
  hub.lookahead_ms = lookahead_ms(scenario, options);
  hub.safety = scenario.safety;
  for (const auto& view : hub.views) parts.views.push_back(view.name);
  CITYBRAIN_TRY(node::create_topics(*parts.log, catalog,
                                    static_cast<std::uint32_t>(world.network->districts.size())));

  CITYBRAIN_TRY(connect(scenario, options, parts, hub.sources));
  CITYBRAIN_ASSIGN(node, node::Node::open(*parts.log, *world.network, catalog, std::move(hub)));
  parts.node = std::move(node);
  return {};
}

outputs::RecorderOptions records(const RunOptions& options) {
  outputs::RecorderOptions o;
  if (options.csv_interval_s > 0) {
    o.trips = options.out / "trips.csv";
    o.links = options.out / "links.csv";
    o.links_interval_s = options.csv_interval_s;
  }
  if (options.replay_interval_s > 0) {
    o.replay = options.out / "replay.cbr";
    o.replay_interval_s = options.replay_interval_s;
  }
  return o;
}

void count(const node::Node& node, const catalog::Catalog& catalog, RunReport& report) {
  const auto& counters = node.counters();
  for (std::size_t d = 0; d < counters.size(); ++d) {
    const auto& c = counters[d];
    report.hub.records_in += c.records;
    report.hub.observations_in += c.observations;
    report.hub.admitted += c.admitted;
    report.hub.quarantined += c.quarantined;
    report.hub.duplicates += c.duplicates;
    report.hub.late += c.late;
    if (c.records > 0)
      report.datasets.push_back({catalog.contracts()[d].dataset, c.records, c.observations,
                                 c.admitted, c.quarantined, c.duplicates, c.late});
  }
  const auto totals = node.totals();
  report.hub.commands = totals.commands;
  report.hub.commands_refused = totals.proposals_refused + totals.commands_refused;
}

double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

RunReport describe(const Scenario& scenario, const World& world, const RunOptions& options) {
  RunReport r;
  r.scenario = scenario.name;
  r.title = options.language == Language::kChinese ? scenario.title_zh : scenario.title_en;
  r.config_hash = scenario.config_hash;
  r.version = CITYBRAIN_VERSION;
  r.seed = *options.seed;
  r.sharing = options.sharing;
  r.network = options.kafka ? "kafka" : "embedded";
  r.fsync = options.fsync.name();
  r.horizon_s = options.horizon_s;
  r.perfect_sensors = options.perfect_sensors;
  r.warnings = world.warnings;
  for (const auto& desk : scenario.mode(options.sharing)->desks)
    r.policies[desk.name] = options.policy.empty() ? desk.policy.name : options.policy;
  return r;
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
  CITYBRAIN_ASSIGN(recorder, outputs::Recorder::create(records(options), *parts.city));
  CITYBRAIN_ASSIGN(loop, lockstep(parts, epoch, options.horizon_s, lookahead_ms(scenario, options),
                                  recorder, hooks));

  RunReport report = describe(scenario, world, options);
  for (auto& remark : city::truth_source(*parts.city).remarks())
    report.warnings.push_back(std::move(remark));
  for (const auto& remark : recorder.remarks()) report.warnings.push_back(remark);
  count(*parts.node, catalog, report);
  CITYBRAIN_ASSIGN(evaluation, evaluator::evaluate(*parts.log, parts.node->store(), *world.network,
                                                   {epoch, options.horizon_s, parts.views}));
  report.evaluation = std::move(evaluation);
  CITYBRAIN_ASSIGN(decisions,
                   key_decisions(parts.node->store(), *world.network, epoch, report.policies));
  report.decisions = std::move(decisions);
  report.record_to_command_p50_ms = percentile(loop.record_to_command_ms, 0.5);
  report.record_to_command_p99_ms = percentile(loop.record_to_command_ms, 0.99);
  report.cpu_s = cpu_now_s(options.shares_process) - cpu;
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(folder.finish(report, *world.network, options.language));
  return report;
}

}  // namespace citybrain::experiment
