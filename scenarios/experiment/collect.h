// A run whose parts are processes: its folder before they start, its report after they have ended.
//
//   OUT/run.json, report.json, report.html, trips.csv, links.csv   as of any run (run.h)
//   OUT/store                 the hub's warehouse, or those of several hubs in one
//   OUT/hubs/NAME/store       of each of several hubs
//   OUT/snapshots             of their districts, which may move
//   OUT/parts/NAME.json, .log  what each part reported and said
//
// Errors: CB-INPUT-* (input, folder), CB-INPUT-REPORT (a part left no report), CB-EVALUATE-*.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/part_report.h"
#include "scenarios/experiment/run.h"

namespace citybrain::experiment {

/// The log on a broker as one of several processes uses it.
model::Result<std::unique_ptr<network::Log>> open_shared_log(network::KafkaOptions kafka,
                                                             const std::string& identity);

class Collection {
 public:
  /// What is wrong with the input is said before anything is written. All that is given must
  /// outlive it; `options.kafka` is there.
  static model::Result<Collection> open(const Scenario& scenario, const World& world,
                                        const catalog::Catalog& catalog, const RunOptions& options);
  const std::string& identity() const { return folder_.identity(); }
  /// Of the run's topics.
  const std::string& prefix() const { return folder_.prefix(); }
  std::filesystem::path file(const std::string& part, const char* suffix) const;
  /// The run's log, before any part opens it: new unless the run is resumed.
  model::Result<std::unique_ptr<network::Log>> open_log() const;
  /// How far the hub has decided, for display.
  model::Step decided(network::Log& log) const;
  /// `parts` are the names under which they left their reports; writes the run's. `remarks`: what
  /// a reader of the figures must know of how they came to be.
  model::Result<RunReport> report(network::Log& log, const std::vector<std::string>& parts,
                                  double wall_s, std::vector<std::string> remarks = {}) const;

 private:
  Collection(const Scenario& scenario, const World& world, const catalog::Catalog& catalog,
             const RunOptions& options, std::vector<std::string> views, RunFolder folder)
      : scenario_(scenario),
        world_(world),
        catalog_(catalog),
        options_(options),
        views_(std::move(views)),
        folder_(std::move(folder)) {}
  model::Result<PartReport> read(const std::string& part) const;

  const Scenario& scenario_;
  const World& world_;
  const catalog::Catalog& catalog_;
  const RunOptions& options_;
  std::vector<std::string> views_;
  RunFolder folder_;
};

}  // namespace citybrain::experiment
