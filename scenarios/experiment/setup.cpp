#include "scenarios/experiment/setup.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/catalog/request_log.h"
#include "scenarios/experiment/data_quality.h"
#include "scenarios/experiment/decisions.h"
#include "scenarios/experiment/departments.h"
#include "scenarios/experiment/law_plan.h"
#include "scenarios/experiment/reading.h"
#include "scenarios/experiment/sumo_scenario.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

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

/// Under a law a desk has no more than its department's own without asking.
Result<void> check_given(const Scenario& scenario, const RunOptions& options,
                         const catalog::Catalog& catalog, const DeskConfig& desk) {
  if (!scenario.law) return {};
  for (const auto& dataset : desk.datasets) {
    const auto* contract = catalog.find(dataset);
    if (contract == nullptr || contract->department == desk.department) continue;
    return of_desk({"CB-INPUT-SCOPE",
                    fmt::format("{} belongs to {}; under a law {} must ask for it", dataset,
                                contract->department, desk.department),
                    "", "take it out of the datasets and file a request (law.requests)"},
                   scenario, options, desk, "datasets");
  }
  return {};
}

/// What it takes for the desk to decide: its own, or asked for by its department for its purpose.
Result<model::SourceMask> needs_of(const Scenario& scenario, const RunOptions& options,
                                   const catalog::Catalog& catalog, const DeskConfig& desk) {
  const auto needs = catalog.grant(desk.needs, desk.department);
  if (!needs) return of_desk(needs.error(), scenario, options, desk, "needs");
  if (!scenario.law || scenario.law->filed) return *needs;
  for (const auto& dataset : desk.needs) {
    const auto& has = desk.datasets;
    const auto& asked = scenario.law->requests;
    if (std::find(has.begin(), has.end(), dataset) != has.end() ||
        std::any_of(asked.begin(), asked.end(), [&](const RequestConfig& r) {
          return r.dataset == dataset && r.by == desk.department && r.purpose == desk.purpose;
        }))
      continue;
    return of_desk({"CB-INPUT-SCOPE",
                    fmt::format("{} never asks for {} for {}, so the desk would never decide",
                                desk.department, dataset, desk.purpose),
                    "", "file a request (law.requests), or take it out of the needs"},
                   scenario, options, desk, "needs");
  }
  return *needs;
}

/// A request for a dataset that there is not is an error of the input, not of the departments.
Result<void> check_requests(const Scenario& scenario, const catalog::Catalog& catalog) {
  if (!scenario.law) return {};
  CITYBRAIN_CHECK(scenario.law->law && scenario.law->days);
  for (const auto& r : scenario.law->requests) {
    if (catalog.find(r.dataset) != nullptr) continue;
    Error error = catalog.grant({&r.dataset, 1}, r.by).error();
    error.where = r.where + ": dataset";
    return error;
  }
  return {};
}

void count(const HubFigures& figures, const catalog::Catalog& catalog, RunReport& report) {
  for (std::size_t d = 0; d < figures.counters.size(); ++d) {
    const auto& c = figures.counters[d];
    report.hub.records_in += c.records;
    report.hub.observations_in += c.observations;
    report.hub.admitted += c.admitted;
    report.hub.quarantined += c.quarantined;
    report.hub.duplicates += c.duplicates;
    report.hub.late += c.late;
    if (c.records > 0)
      report.datasets.push_back({catalog.contracts()[d].dataset,
                                 c.records,
                                 c.observations,
                                 c.admitted,
                                 c.quarantined,
                                 c.duplicates,
                                 c.late,
                                 {}});
  }
  const auto& totals = figures.totals;
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

void HubFigures::set_times(const std::vector<float>& steps_ms) {
  p50_ms = percentile(steps_ms, 0.5);
  p99_ms = percentile(steps_ms, 0.99);
}

std::int64_t lookahead_ms(const Scenario& scenario, const RunOptions& options) {
  return options.perfect_sensors ? 0 : std::int64_t{scenario.lookahead_s} * 1000;
}

Result<void> seat(const Scenario& scenario, const RunOptions& options,
                  const catalog::Catalog& catalog, const model::RoadNetwork& network,
                  node::Options& out) {
  for (const auto& dataset : scenario.publish) {
    if (catalog.find(dataset) != nullptr) continue;
    Error error = catalog.grant({&dataset, 1}, "").error();
    error.where = fmt::format("{}: publish", scenario.file.string());
    return error;
  }
  CITYBRAIN_TRY(check_requests(scenario, catalog));
  if (scenario.law)
    out.law = node::RequestLaw{*scenario.law->law, *scenario.law->days, scenario.law->authority};
  for (const auto& desk : scenario.mode(options.sharing)->desks) {
    CITYBRAIN_TRY(check_given(scenario, options, catalog, desk));
    CITYBRAIN_ASSIGN(needs, needs_of(scenario, options, catalog, desk));
    const auto granted = catalog.grant(desk.datasets, desk.department);
    if (!granted) return of_desk(granted.error(), scenario, options, desk, "datasets");
    const model::SourceMask grants = *granted;
    CITYBRAIN_ASSIGN(reader, reader_of(scenario, options, catalog, network, desk));
    const std::string department = scenario.law ? desk.department : "";
    const std::string purpose = scenario.law ? desk.purpose : "";
    const auto same = [&](const node::ViewSpec& v) {
      return v.grants == grants && v.fusion.neighbours == desk.neighbours &&
             v.department == department && v.purpose == purpose && sees_the_same(v.reader, reader);
    };
    auto view = std::find_if(out.views.begin(), out.views.end(), same);
    if (view == out.views.end()) {
      out.views.push_back({desk.name, grants, fusion_options(scenario, options, desk.neighbours),
                           department, purpose, reader});
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
          static_cast<std::int32_t>(desk.priority),
          needs};
      for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
        if (network.junctions[j].signalised &&
            (!desk.per_district || network.junctions[j].district.value == d))
          spec.junctions.push_back(model::JunctionId{j});
      out.desks.push_back(std::move(spec));
    }
  }
  return {};
}

Result<std::vector<std::string>> view_names(const Scenario& scenario, const World& world,
                                            const catalog::Catalog& catalog,
                                            const RunOptions& options) {
  node::Options seated;
  CITYBRAIN_TRY(seat(scenario, options, catalog, *world.network, seated));
  std::vector<std::string> out;
  for (const auto& view : seated.views) out.push_back(view.name);
  return out;
}

connectors::ConnectorContext departments_context(const Scenario& scenario,
                                                 const catalog::Catalog& catalog,
                                                 const RunOptions& options) {
  connectors::ConnectorContext context;
  context.models = options.perfect_sensors ? city_port::SensorModels::perfect() : scenario.sensors;
  context.seed = *options.seed;
  context.epoch = model::Epoch{scenario.start};
  context.datasets = scenario.publish;
  for (const auto& mode : scenario.modes)
    for (const auto& desk : mode.desks)
      context.datasets.insert(context.datasets.end(), desk.datasets.begin(), desk.datasets.end());
  if (!scenario.law) return context;
  for (const auto& event : plan_requests(*scenario.law, catalog, *options.seed).events) {
    if (event.act == catalog::Act::kDraft) context.datasets.push_back(event.dataset);
    context.filings.push_back({event.at, event.request, catalog::encode(event)});
  }
  return context;
}

std::vector<const Department*> present(const connectors::ConnectorContext& context) {
  std::vector<const Department*> out;
  for (const auto& d : departments())
    if (d.present(context)) out.push_back(&d);  // else nobody wants what it has, or it has nothing
  return out;
}

Result<std::unique_ptr<city_port::City>> make_city(const Scenario& scenario, const World& world,
                                                   const RunOptions& options) {
  if (world.sumo) return make_sumo_city(scenario, world, options);
  CITYBRAIN_ASSIGN(demand, demand_of_day(scenario, world, *options.seed, options.perfect_sensors));
  city::Options o;
  o.seed = *options.seed;
  o.start = scenario.start;
  o.disturbances = world.disturbances;
  o.navigation = scenario.navigation;
  o.parking = scenario.parking;
  o.taxis = scenario.taxis;
  o.emergencies = world.emergencies;
  return city::make_city(world.network, std::move(demand), o);
}

void complete(const Scenario& scenario, const RunOptions& options, const std::string& identity,
              node::Options& hub) {
  hub.identity = identity;
  hub.erasures = scenario.protection.sealing;
  hub.sync_every_commit = options.fsync.kind == network::Fsync::Kind::kEveryCommit;
  hub.epoch = model::Epoch{scenario.start};
  hub.seed = *options.seed;
  hub.lookahead_ms = lookahead_ms(scenario, options);
  hub.safety = scenario.safety;
}

outputs::RecorderOptions recorder_options(const RunOptions& options) {
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

Result<RunReport> report_of(const Scenario& scenario, const World& world,
                            const catalog::Catalog& catalog, const RunOptions& options,
                            const RunOutcome& outcome) {
  const model::Epoch epoch{scenario.start};
  RunReport report = describe(scenario, world, options);
  for (const auto& remark : outcome.remarks) report.warnings.push_back(remark);
  count(outcome.figures, catalog, report);
  CITYBRAIN_TRY(add_data_quality(*outcome.store, catalog, report));
  CITYBRAIN_ASSIGN(evaluation, evaluator::evaluate(*outcome.log, *outcome.store, *world.network,
                                                   {epoch, options.horizon_s, outcome.views}));
  report.evaluation = std::move(evaluation);
  node::Options seated;
  CITYBRAIN_TRY(seat(scenario, options, catalog, *world.network, seated));
  CITYBRAIN_ASSIGN(decisions, key_decisions(*outcome.store, *world.network, epoch, seated.desks));
  report.decisions = std::move(decisions);
  CITYBRAIN_ASSIGN(law, law_report(*outcome.log, scenario, catalog, epoch.at(options.horizon_s)));
  report.law = std::move(law);
  if (scenario.law)
    for (auto& w : plan_requests(*scenario.law, catalog, *options.seed).warnings)
      report.warnings.push_back(std::move(w));
  report.record_to_command_p50_ms = outcome.figures.p50_ms;
  report.record_to_command_p99_ms = outcome.figures.p99_ms;
  return report;
}

}  // namespace citybrain::experiment
