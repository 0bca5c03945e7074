#include "scenarios/experiment/collect.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "scenarios/experiment/merge.h"
#include "scenarios/experiment/whole_store.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

Result<std::unique_ptr<network::Log>> open_shared_log(network::KafkaOptions kafka,
                                                      const std::string& identity) {
  kafka.identity = identity;
  kafka.linger = std::chrono::milliseconds(0);  // others wait for every record
  return network::open_kafka(kafka);
}

Result<Collection> Collection::open(const Scenario& scenario, const World& world,
                                    const catalog::Catalog& catalog, const RunOptions& options) {
  CITYBRAIN_ASSIGN(views, view_names(scenario, world, catalog, options));
  CITYBRAIN_ASSIGN(folder, RunFolder::open(scenario, options));
  std::error_code ec;
  std::filesystem::create_directories(options.out / "parts", ec);
  if (ec)
    return Error{"CB-INPUT-OUT", "the output folder cannot be written: " + ec.message(),
                 (options.out / "parts").string(), "choose another one with --out FOLDER"};
  return Collection(scenario, world, catalog, options, std::move(views), std::move(folder));
}

std::filesystem::path Collection::file(const std::string& part, const char* suffix) const {
  return options_.out / "parts" / (part + suffix);
}

Result<std::unique_ptr<network::Log>> Collection::open_log() const {
  network::KafkaOptions kafka = *options_.kafka;
  kafka.prefix = prefix();
  kafka.must_be_new = !options_.resume;
  CITYBRAIN_ASSIGN(log, open_shared_log(kafka, identity()));
  if (!options_.resume) CITYBRAIN_TRY(folder_.remember_topics());
  return std::move(log);
}

model::Step Collection::decided(network::Log& log) const {
  const auto records = log.end(schemas::topic::kDecided, 0);  // one a step and district
  if (!records) return 0;
  const auto steps = *records / world_.network->districts.size();
  return static_cast<model::Step>(std::min<std::uint64_t>(steps, options_.horizon_s));
}

Result<PartReport> Collection::read(const std::string& part) const {
  const auto path = file(part, ".json");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return parse_part_json(text.str(), path.string(), catalog_);
}

Result<RunReport> Collection::report(network::Log& log, const std::vector<std::string>& parts,
                                     double wall_s, std::vector<std::string> remarks) const {
  RunOutcome outcome;
  std::vector<HubFigures> hubs;
  double cpu_s = 0;
  for (const auto& name : parts) {
    CITYBRAIN_ASSIGN(part, read(name));
    if (part.part == "city") outcome.remarks = part.remarks;
    if (part.part == "hub") hubs.push_back(part.figures);
    cpu_s += part.cpu_s;
  }
  outcome.remarks.insert(outcome.remarks.end(), remarks.begin(), remarks.end());
  CITYBRAIN_ASSIGN(figures, merge_figures(hubs, *world_.network, options_.horizon_s));
  outcome.figures = std::move(figures);
  CITYBRAIN_ASSIGN(whole, whole_store(scenario_, world_, catalog_, options_, log));
  outcome.remarks.insert(outcome.remarks.end(), whole.remarks.begin(), whole.remarks.end());
  outcome.log = &log;
  outcome.store = whole.store.get();
  outcome.views = views_;
  CITYBRAIN_ASSIGN(report, report_of(scenario_, world_, catalog_, options_, outcome));
  report.cpu_s = cpu_s;
  report.wall_s = wall_s;
  CITYBRAIN_TRY(folder_.finish(report, *world_.network, options_.language));
  return std::move(report);
}

}  // namespace citybrain::experiment
