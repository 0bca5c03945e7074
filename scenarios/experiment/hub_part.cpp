// The hub's loop: one of those that share the districts.
#include <algorithm>
#include <chrono>

#include "hub/network/gate.h"
#include "hub/network/members.h"
#include "scenarios/experiment/cloud_plan.h"
#include "scenarios/experiment/cloud_record.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/lockstep.h"
#include "scenarios/experiment/part_steps.h"
#include "scenarios/experiment/retention.h"
#include "scenarios/experiment/run_identity.h"

namespace citybrain::experiment {

using model::DistrictId;
using model::Result;
using model::Step;

namespace {

using Clock = std::chrono::steady_clock;

/// How long the hub looks for one thing before it looks after its membership again.
constexpr std::chrono::milliseconds kLook{50};

class HubPart {
 public:
  HubPart(const PartContext& part, const HubOptions& options)
      : part_(part),
        options_(options),
        epoch_{part.scenario.start},
        gate_(part.log, part.between_processes) {}

  Result<void> open(node::Options hub) {
    CITYBRAIN_TRY(part_.log.create({schemas::topic::kMembers, 1}));
    CITYBRAIN_ASSIGN(members, network::Members::join(part_.log, {schemas::topic::kMembers,
                                                                 options_.name, options_.session}));
    members_.emplace(std::move(members));
    hub.patience = part_.patience;
    hub.store_directory = options_.store;
    hub.sharing = node::Sharing{options_.snapshots, options_.name, [this] { return tick(); }};
    CITYBRAIN_ASSIGN(node, node::Node::open(gate_, *part_.world.network, part_.catalog, hub));
    node_ = std::move(node);
    CITYBRAIN_ASSIGN(decided, network::Barriers::open(part_.log, schemas::topic::kDecided,
                                                      node::sources_of(*part_.world.network)));
    decided_.emplace(std::move(decided));
    CITYBRAIN_TRY(register_node());
    return gather();
  }

  /// Steps until all districts are through, whoever works on them.
  Result<void> run() {
    for (heard_ = Clock::now();;) {
      CITYBRAIN_TRY(tick());
      CITYBRAIN_TRY(move());
      CITYBRAIN_ASSIGN(late, advance());
      if (late == kDone) return {};  // before: who would take the districts of one that dies?
      if (late.empty()) {
        heard_ = Clock::now();
        continue;
      }
      CITYBRAIN_TRY(listen());
      if (Clock::now() - heard_ >= part_.patience.limit)
        return silent(late, "it has not said what the hub waits for");
    }
  }

  HubFigures figures() const {
    HubFigures f;
    f.counters = node_->counters();
    f.totals = node_->totals();
    f.districts = node_->figures();
    f.set_times(steps_ms_);
    return f;
  }
  Result<void> sync() { return node_->sync(); }
  Result<void> leave() { return members_->leave(); }

 private:
  static constexpr const char* kDone = "done";

  Result<void> tick() { return members_->tick(); }
  network::Patience look() const { return {kLook, part_.patience.stop}; }

  /// Where the scenario has clouds, this hub is a node of theirs.
  Result<void> register_node() {
    if (!part_.scenario.clouds) return {};
    CITYBRAIN_ASSIGN(plan, cloud_plan(part_.scenario, *part_.world.network, part_.catalog,
                                      *part_.scenario.clouds, part_.options.sharing));
    CITYBRAIN_ASSIGN(record, CloudRecord::open(part_.log, std::move(plan), epoch_, options_.name));
    cloud_.emplace(std::move(record));
    return cloud_->joined(node_->done());
  }

  /// Waits until as many hubs have joined as were asked for.
  Result<void> gather() {
    for (network::Wait wait(part_.patience); members_->live().size() < options_.hubs;) {
      CITYBRAIN_TRY(tick());
      CITYBRAIN_ASSIGN(again, wait.again());
      if (!again)
        return silent(
            fmt::format("{} of {} hubs", options_.hubs - members_->live().size(), options_.hubs),
            "they have not joined");
    }
    return {};
  }

  /// Takes and gives up districts when the list of hubs has changed.
  Result<void> move() {
    if (version_ == members_->version()) return {};
    version_ = members_->version();
    const auto live = members_->live();
    CITYBRAIN_ASSIGN(owners,
                     options_.share({part_.world.network->districts, members_->known(), live}));
    CITYBRAIN_TRY(say_owners(owners, live));
    std::vector<DistrictId> mine;
    for (std::uint32_t d = 0; d < owners.size(); ++d)
      if (owners[d] == options_.name) mine.emplace_back(d);
    if (mine == node_->held()) return {};
    CITYBRAIN_TRY(node_->hold(mine));
    return gate_.release();
  }

  /// On the clouds' record, as long as there is something to hold: at the end hubs leave, and are
  /// not lost.
  Result<void> say_owners(const std::vector<std::string>& owners,
                          const std::vector<std::string>& live) {
    if (!cloud_) return {};
    CITYBRAIN_ASSIGN(late, decided_->wait(epoch_.at(part_.options.horizon_s),
                                          {std::chrono::milliseconds(1), part_.patience.stop}));
    if (late.empty()) return {};
    return cloud_->shared(part_.world.network->districts, owners, members_->known(), live,
                          node_->done());
  }

  /// As long as some district goes on, there is something to wait for.
  Result<void> listen() {
    CITYBRAIN_ASSIGN(end, part_.log.end(schemas::topic::kDecided, 0));
    if (end != said_) heard_ = Clock::now();
    said_ = end;
    return {};
  }

  /// Does a step, or looks for a while for what it takes. Returns who is silent, kDone when all
  /// districts are through, and nothing after a step.
  Result<std::string> advance() {
    const Step end = part_.options.horizon_s;
    if (node_->held().empty() || node_->done() >= end) {
      CITYBRAIN_ASSIGN(late, decided_->wait(epoch_.at(end), look()));
      return late.empty() ? std::string(kDone) : late;
    }
    CITYBRAIN_ASSIGN(late, node_->wait(look()));
    if (!late.empty()) return late;
    const auto began = Clock::now();
    CITYBRAIN_TRY(node_->turn());
    CITYBRAIN_TRY(gate_.release());
    CITYBRAIN_TRY(node_->snapshot_if_due());
    if (cloud_) CITYBRAIN_TRY(cloud_->done(node_->done()));
    CITYBRAIN_TRY(shorten_log());
    steps_ms_.push_back(std::chrono::duration<float, std::milli>(Clock::now() - began).count());
    if (part_.stepped)
      part_.stepped({node_->done(), epoch_.at(node_->done()),
                     static_cast<double>(steps_ms_.back()) / 1000, node_->counters(),
                     node_->totals(), node_->indicators()});
    CITYBRAIN_TRY(stepped(part_, node_->done()));
    return std::string();
  }

  /// One hub of all does it: the one that works on district 0.
  Result<void> shorten_log() {
    const auto keep_s = part_.options.log_retention_s;
    if (keep_s == 0 || node_->done() % kTrimSteps != 0) return {};
    const auto held = node_->held();
    if (std::find(held.begin(), held.end(), model::kCityDistrict) == held.end()) return {};
    const store::SnapshotFolder folder(options_.snapshots,
                                       identity_of(part_.scenario, part_.options), options_.name);
    CITYBRAIN_ASSIGN(needs, needs_of_folder(folder));
    return trim({part_.log, part_.catalog, epoch_, std::move(needs), Scope::kOthers},
                epoch_.at(node_->done()), std::int64_t{keep_s} * 1000);
  }

  const PartContext& part_;
  const HubOptions& options_;
  model::Epoch epoch_;
  network::Gate gate_;  // outlives the node's appenders
  std::optional<network::Members> members_;
  std::unique_ptr<node::Node> node_;
  std::optional<network::Barriers> decided_;
  std::optional<CloudRecord> cloud_;
  std::uint64_t version_ = 0;
  Clock::time_point heard_;  // when some district was last said to be decided
  network::Position said_ = 0;
  std::vector<float> steps_ms_;
};

}  // namespace

std::vector<HubOptions> hubs_of(const std::filesystem::path& out, std::uint32_t hubs) {
  std::vector<HubOptions> all(hubs);
  for (std::uint32_t h = 0; h < hubs; ++h) {
    auto& o = all[h];
    o.name = hubs == 1 ? "hub" : "hub-" + std::to_string(h + 1);
    o.store = hubs == 1 ? out / "store" : out / "hubs" / o.name / "store";
    o.snapshots = out / "snapshots";
    o.hubs = hubs;
  }
  return all;
}

Result<std::vector<HubOptions>> hubs_on_clouds(const Scenario& scenario, const World& world,
                                               const catalog::Catalog& catalog,
                                               const RunOptions& options,
                                               const std::filesystem::path& out,
                                               std::uint32_t hubs) {
  auto all = hubs_of(out, hubs);
  if (!scenario.clouds) return all;
  CITYBRAIN_ASSIGN(
      plan, cloud_plan(scenario, *world.network, catalog, *scenario.clouds, options.sharing));
  CITYBRAIN_ASSIGN(nodes, hub_nodes(scenario, plan, hubs));
  for (std::uint32_t h = 0; h < hubs; ++h) {
    all[h].name = nodes[h];
    if (hubs > 1) all[h].store = out / "hubs" / nodes[h] / "store";
  }
  return all;
}

namespace {

/// Which of the hubs has which district: as the clouds of the scenario allow, where it has any.
Result<HubOptions> placed(const PartContext& part, HubOptions options) {
  if (!part.scenario.clouds) return options;
  CITYBRAIN_ASSIGN(plan, cloud_plan(part.scenario, *part.world.network, part.catalog,
                                    *part.scenario.clouds, part.options.sharing));
  options.share = [plan = std::move(plan)](const ShareQuestion& q) {
    return district_owners(plan, q.districts, q.known, q.live);
  };
  return options;
}

}  // namespace

Result<HubFigures> run_hub(const PartContext& part, const HubOptions& told) {
  CITYBRAIN_ASSIGN(options, placed(part, told));
  const std::string identity = identity_of(part.scenario, part.options);
  node::Options hub;  // what is wrong with the input is said before anybody is waited for
  CITYBRAIN_TRY(seat(part.scenario, part.options, part.catalog, *part.world.network, hub));
  complete(part.scenario, part.options, identity, hub);
  CITYBRAIN_ASSIGN(signatures, signatures_of(part.scenario, part.catalog, part.options));
  hub.signatures = signatures;
  CITYBRAIN_ASSIGN(run, recognise(part.log, identity, part.patience));
  hub.sources = run.sources;
  HubPart running(part, options);
  CITYBRAIN_TRY(running.open(std::move(hub)));
  const auto done = running.run();
  if (!done && done.error().code == "CB-NETWORK-FENCED") return done.error();  // others go on
  CITYBRAIN_TRY(running.sync());
  CITYBRAIN_TRY(running.leave());
  if (!done) return done.error();
  return running.figures();
}

}  // namespace citybrain::experiment
