#include "scenarios/experiment/federation_run.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "hub/runtime/files.h"
#include "scenarios/experiment/federation_report.h"
#include "scenarios/experiment/folder.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
namespace bj = boost::json;
using federation::Federation;
using model::Error;
using model::Result;

namespace {

constexpr const char* kMarker = "federation.json";
constexpr int kFormat = 1;

std::string identity_of(const FederationConfig& config) {
  const auto& plan = config.plan;
  std::string cuts;
  for (const auto& link : plan.links)
    for (const auto& c : link.cuts) cuts += fmt::format(" {}:{}-{}", link.name, c.from, c.until);
  return fmt::format("citybrain-federation-{} name={} config={} seed={} horizon={} cuts={}",
                     kFormat, plan.name, config.config_hash, plan.seed, plan.horizon_s,
                     cuts.empty() ? "-" : cuts.substr(1));
}

std::string identity_in(const fs::path& marker) {
  const auto text = runtime::read_file(marker, "CB-INPUT-OUT");
  boost::system::error_code ec;
  const auto parsed = text ? bj::parse(*text, ec) : bj::value();
  const auto* object = parsed.if_object();
  const auto* identity = object == nullptr ? nullptr : object->if_contains("identity");
  return identity != nullptr && identity->is_string() ? std::string(identity->get_string())
                                                      : std::string();
}

/// Removes what an earlier run of these or other parties left, and only that.
Result<void> clear(const fs::path& out) {
  std::error_code ec;
  std::vector<fs::path> gone = {out / "network", out / "report.json"};
  for (const auto& entry : fs::directory_iterator(out, ec))
    if (fs::exists(entry.path() / "store" / "rocksdb", ec) ||
        fs::exists(entry.path() / "run.json", ec))
      gone.push_back(entry.path());
  for (const auto& path : gone) {
    fs::remove_all(path, ec);
    if (ec)
      return Error{"CB-INPUT-OUT", "an earlier run cannot be removed: " + ec.message(),
                   path.string(), "choose another --out FOLDER"};
  }
  return {};
}

Result<void> prepare(const FederationRunOptions& options, const std::string& identity) {
  const auto marker = options.out / kMarker;
  std::error_code ec;
  const bool ours = fs::exists(marker, ec);
  if (options.resume && !ours)
    return Error{"CB-INPUT-RESUME", "there is no run of a federation in this folder",
                 options.out.string(), "start it without --resume, or name its folder with --out"};
  if (options.resume && identity_in(marker) != identity)
    return Error{"CB-INPUT-STORE",
                 "the folder holds another run (file, catalogue, seed, horizon or cuts differ)",
                 options.out.string(),
                 "resume with the options of that run, or choose another --out FOLDER"};
  if (options.resume) return {};
  if (!ours && fs::exists(options.out, ec) && !fs::is_empty(options.out, ec))
    return Error{"CB-INPUT-OUT", "the output folder holds something that is not such a run",
                 options.out.string(), "choose an empty or new folder with --out FOLDER"};
  CITYBRAIN_TRY(runtime::make_directory(options.out, "CB-INPUT-OUT"));
  if (ours) {  // half removed, it must not be resumed
    CITYBRAIN_TRY(write_file(marker, "{\"identity\": \"being replaced\"}\n"));
    CITYBRAIN_TRY(clear(options.out));
  }
  return write_file(marker, bj::serialize(bj::object{{"identity", identity}}) + "\n");
}

}  // namespace

federation::World world_of(const FederationConfig& config) {
  federation::World world;
  world.changes = [&config](std::string_view party, model::Step step) {
    return generated_changes(config.plan, party, step);
  };
  if (config.corrections > 0)
    world.finds = [&config](std::string_view party, const federation::Row& row) {
      return generated_finding(config.plan, config.corrections, party, row);
    };
  return world;
}

Result<FederationReport> run_federation(const FederationConfig& config,
                                        const FederationRunOptions& options) {
  const auto& plan = config.plan;
  const auto identity = identity_of(config);
  CITYBRAIN_TRY(prepare(options, identity));
  network::EmbeddedOptions log_options;
  log_options.directory = options.out / "network";
  log_options.fsync = options.fsync;
  log_options.identity = identity;
  CITYBRAIN_ASSIGN(network, network::open_embedded(log_options));
  const auto world = world_of(config);
  CITYBRAIN_ASSIGN(parties,
                   Federation::open(plan, world, {options.out, identity, options.fsync}, *network));
  for (model::Step step = parties.done() + 1; step <= plan.horizon_s; ++step) {
    CITYBRAIN_TRY(parties.advance(step));
    if (options.progress) options.progress(step);
    if (options.stop != nullptr && *options.stop)
      return Error{"CB-RUN-INTERRUPTED", fmt::format("interrupted after {} s", step),
                   options.out.string(), "go on with --resume"};
  }
  FederationReport report{plan.name, config.config_hash, parties.outcome_hash(),
                          plan.seed, plan.horizon_s,     plan.epoch.start,
                          plan,      parties.states()};
  CITYBRAIN_TRY(write_file(options.out / "report.json", federation_json(report) + "\n"));
  return report;
}

}  // namespace citybrain::experiment
