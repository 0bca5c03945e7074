#include "scenarios/experiment/whole_store.h"

#include <fmt/format.h>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/merge.h"
#include "scenarios/experiment/run_identity.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using model::Step;

namespace {

/// A digest a step and district says that the step's rows are there.
Result<std::uint64_t> missing(const store::Store& store, std::size_t districts, Step steps) {
  std::uint64_t there = 0;
  CITYBRAIN_TRY(store.scan(store::Family::kDigests, "", [&](std::string_view, std::string_view) {
    ++there;
    return true;
  }));
  const std::uint64_t all = districts * static_cast<std::uint64_t>(steps);
  return there < all ? all - there : 0;
}

Result<void> replace(const fs::path& store, const fs::path& by) {
  std::error_code ec;
  fs::remove_all(store, ec);
  if (!ec) fs::rename(by, store, ec);
  if (!ec) return {};
  return Error{"CB-RUN-WRITE", "the store cannot be put in place: " + ec.message(), store.string(),
               "look at the folder's rights and its room"};
}

/// All steps of all districts, read from the log as the hubs read it; what they said is there.
Result<void> compute(const Scenario& scenario, const World& world, const catalog::Catalog& catalog,
                     const RunOptions& options, network::Log& log, const fs::path& store) {
  node::Options hub;
  CITYBRAIN_TRY(seat(scenario, options, catalog, *world.network, hub));
  complete(scenario, options, identity_of(scenario, options), hub);
  CITYBRAIN_ASSIGN(
      signatures, past_signatures(scenario, catalog, options,
                                  options.keys.empty() ? options.out / kKeysFolder : options.keys));
  hub.signatures = signatures;
  CITYBRAIN_ASSIGN(run, identity_on(log));
  if (!run) return Error{"CB-INPUT-RUN", "the log does not say which run it holds", "", ""};
  hub.sources = run->sources;
  hub.store_directory = store;
  CITYBRAIN_ASSIGN(node, node::Node::open(log, *world.network, catalog, std::move(hub)));
  while (node->done() < options.horizon_s) CITYBRAIN_TRY(node->turn());
  return node->sync();
}

}  // namespace

Result<WholeStore> whole_store(const Scenario& scenario, const World& world,
                               const catalog::Catalog& catalog, const RunOptions& options,
                               network::Log& log) {
  const std::string identity = identity_of(scenario, options);
  const fs::path folder = options.out / "store", fresh = options.out / "store.new";
  WholeStore out;
  const auto open = [&]() -> Result<void> {
    CITYBRAIN_ASSIGN(store, store::Store::open({folder, identity, false}));
    out.store = std::move(store);
    return {};
  };
  CITYBRAIN_TRY(open());
  CITYBRAIN_TRY(merge_stores(stores_of_hubs(options.out), identity, *out.store));
  CITYBRAIN_ASSIGN(lost, missing(*out.store, world.network->districts.size(), options.horizon_s));
  if (lost == 0) return out;
  std::error_code ec;
  fs::remove_all(fresh, ec);  // of one that died here
  const auto computed = compute(scenario, world, catalog, options, log, fresh);
  if (!computed && computed.error().code == "CB-NODE-POSITIONS") return out;
  CITYBRAIN_TRY(computed);
  out.store.reset();
  CITYBRAIN_TRY(replace(folder, fresh));
  CITYBRAIN_TRY(open());
  out.remarks.push_back(fmt::format(
      "{} steps of districts were in no hub's store that is left; the history was computed again "
      "from the log",
      lost));
  return out;
}

}  // namespace citybrain::experiment
