#include "scenarios/experiment/past_hub.h"

#include <stdlib.h>

#include <algorithm>
#include <map>

#include "hub/model/archive.h"
#include "hub/store/snapshot_folder.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/setup.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using model::Step;

namespace {

/// Appends nothing and forgets it.
class NoAppender final : public network::Appender {
 public:
  Result<network::AppendOutcome> append(std::string_view, network::Partition,
                                        std::span<const network::Record> records) override {
    return network::AppendOutcome{static_cast<std::uint32_t>(records.size()), 0};
  }
  Result<void> flush() override { return {}; }
  Result<std::uint64_t> last_sequence(std::string_view, network::Partition) override {
    return std::uint64_t{0};
  }
  Result<void> begin() override { return {}; }
  Result<void> commit() override { return {}; }
  Result<void> abort() override { return {}; }
};

/// Of hubs that shared the districts: the newest Step of which every district has a snapshot.
Result<std::optional<store::Snapshot>> gathered(const PastRun& run, const HubPlan& plan,
                                                Step latest) {
  const auto& network = *plan.world.network;
  std::error_code ec;
  if (!fs::exists(run.out / "snapshots", ec)) return std::optional<store::Snapshot>();
  const store::SnapshotFolder folder(run.out / "snapshots", run.identity, "lineage");
  for (Step before = latest;;) {
    std::map<std::uint32_t, std::string> districts;
    Step newest = before, oldest = before;
    for (std::uint32_t d = 0; d < network.districts.size(); ++d) {
      CITYBRAIN_ASSIGN(found,
                       folder.at_or_before(node::part_of(network, model::DistrictId{d}), before));
      if (!found) return std::optional<store::Snapshot>();
      newest = d == 0 ? found->step : std::max(newest, found->step);
      oldest = d == 0 ? found->step : std::min(oldest, found->step);
      districts[d] = std::move(found->bytes);
    }
    if (oldest == newest) {
      model::Writer w;
      w(districts);
      return std::optional(store::Snapshot{oldest, w.take()});
    }
    before = oldest;
  }
}

Result<std::optional<store::Snapshot>> snapshot_for(const PastRun& run, const HubPlan& plan,
                                                    const store::Store& store, Step latest) {
  CITYBRAIN_ASSIGN(found, store.snapshot_at_or_before(latest));
  if (found) return found;
  return gathered(run, plan, latest);
}

/// Whether the log is whole from its first record on.
Result<bool> is_whole(network::Log& log, const catalog::Catalog& catalog) {
  CITYBRAIN_ASSIGN(topics, log.topics());
  for (const auto& t : topics) {
    if (catalog.find(t.name) == nullptr) continue;
    for (network::Partition p = 0; p < t.partitions; ++p) {
      CITYBRAIN_ASSIGN(first, log.begin(t.name, p));
      if (first > 0) return false;
    }
  }
  return true;
}

}  // namespace

Result<void> ReplayLog::create(const network::TopicSpec& spec) {
  return into_ != nullptr ? into_->create(spec) : Result<void>();
}

Result<std::unique_ptr<network::Appender>> ReplayLog::appender(
    const network::AppenderOptions& options) {
  if (into_ != nullptr) return into_->appender(options);
  return std::unique_ptr<network::Appender>(std::make_unique<NoAppender>());
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::make() {
  std::error_code ec;
  auto pattern = (fs::temp_directory_path(ec) / "citybrain-XXXXXX").string();
  if (ec || ::mkdtemp(pattern.data()) == nullptr)
    return Error{"CB-INPUT-OUT", "no temporary folder can be made", pattern,
                 "set TMPDIR to a folder that can be written"};
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(pattern));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ec;
  fs::remove_all(path_, ec);
}

Result<HubPlan> plan_of(const PastRun& run, const fs::path& data) {
  if (!run.request)
    return Error{"CB-INPUT-LINEAGE", "the folder does not say how the run was asked for",
                 (run.out / "run.json").string(), "it is of an earlier version; run it again"};
  auto request = *run.request;
  if (!data.empty()) request.scenario.data = data;
  CITYBRAIN_ASSIGN(home_directory, home());
  HubPlan plan;
  CITYBRAIN_ASSIGN(scenario, load_scenario(request.scenario, home_directory));
  plan.scenario = std::move(scenario);
  RunOptions options;
  options.sharing = request.sharing;
  options.seed = request.seed;
  options.horizon_s = request.horizon_s;
  options.policy = request.policy;
  options.perfect_sensors = request.perfect_sensors;
  CITYBRAIN_ASSIGN(settled, settle(plan.scenario, std::move(options)));
  plan.options = std::move(settled);
  if (identity_of(plan.scenario, plan.options) != run.identity)
    return Error{"CB-INPUT-LINEAGE", "the scenario, or the program, is another one than at the run",
                 plan.scenario.file.string(),
                 "put back what it was, or run it again; what was stored is shown"};
  CITYBRAIN_ASSIGN(world, build_world(plan.scenario, request.lenient));
  plan.world = std::move(world);
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home_directory / "schemas" / "contracts"));
  plan.catalog = std::move(catalog);
  CITYBRAIN_TRY(seat(plan.scenario, plan.options, plan.catalog, *plan.world.network, plan.hub));
  complete(plan.scenario, plan.options, run.identity, plan.hub);
  CITYBRAIN_ASSIGN(signatures, past_signatures(plan.scenario, plan.catalog, plan.options,
                                               run.out / kKeysFolder));
  plan.hub.signatures = signatures;
  plan.hub.sync_every_commit = false;
  plan.hub.snapshot_steps = 0xFFFFFFFFU;
  return plan;
}

Result<std::unique_ptr<PastHub>> PastHub::open(const PastRun& run, HubPlan plan, network::Log& log,
                                               const store::Store& store, Step latest) {
  CITYBRAIN_ASSIGN(folder, ScratchFolder::make());
  std::unique_ptr<PastHub> past(new PastHub(std::move(plan), log, std::move(folder)));
  auto options = past->plan_.hub;
  options.store_directory = past->folder_->path() / "store";
  CITYBRAIN_ASSIGN(snapshot, snapshot_for(run, past->plan_, store, latest));
  if (snapshot) {
    CITYBRAIN_ASSIGN(scratch, store::Store::open({options.store_directory, run.identity, false}));
    CITYBRAIN_TRY(scratch->commit(store::StepWrite(snapshot->step)));
    CITYBRAIN_TRY(scratch->put_snapshot(*snapshot));
  } else {
    CITYBRAIN_ASSIGN(whole, is_whole(log, past->plan_.catalog));
    if (!whole)
      return Error{"CB-INPUT-LINEAGE",
                   "expired: the log no longer holds the records that a replay begins with",
                   run.out.string(), "what was stored is shown"};
  }
  CITYBRAIN_ASSIGN(node, node::Node::open(past->log_, *past->plan_.world.network,
                                          past->plan_.catalog, std::move(options)));
  past->node_ = std::move(node);
  past->began_ = past->node_->done();
  return past;
}

Result<bool> PastHub::agrees(const store::Store& store, Step step) const {
  for (std::uint32_t d = 0; d < plan_.world.network->districts.size(); ++d) {
    const auto key = store::Key().u32(step).u32(d).take();
    CITYBRAIN_ASSIGN(theirs, store.get(store::Family::kDigests, key));
    CITYBRAIN_ASSIGN(ours, node_->store().get(store::Family::kDigests, key));
    if (!theirs || !ours || *theirs != *ours) return false;
  }
  return true;
}

}  // namespace citybrain::experiment
