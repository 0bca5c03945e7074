// The hub of a past run, made again, and replayed over the run's own log: nothing is published, and
// nothing is committed to the run's own store. The same records give the same Steps, so what was
// not stored can be looked at. Private to scenarios/experiment. Errors: CB-INPUT-LINEAGE (how the
// run was asked for is not known, or the scenario is another one now), CB-INPUT-*, CB-NODE-*,
// CB-NETWORK-*. One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hub/network/network.h"
#include "hub/node/node.h"
#include "hub/store/store.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// Reads of a log that lies beneath; what is appended goes into another log, or nowhere.
class ReplayLog final : public network::Log {
 public:
  /// `into` may be null. Both must outlive it.
  ReplayLog(network::Log& of, network::Log* into) : of_(of), into_(into) {}
  model::Result<void> create(const network::TopicSpec& spec) override;
  model::Result<std::vector<network::TopicSpec>> topics() const override { return of_.topics(); }
  model::Result<std::unique_ptr<network::Appender>> appender(
      const network::AppenderOptions& options) override;
  model::Result<std::unique_ptr<network::Cursor>> cursor(std::string_view topic,
                                                         network::Partition partition,
                                                         network::Position from) override {
    return of_.cursor(topic, partition, from);
  }
  model::Result<network::Position> position_at(std::string_view topic, network::Partition partition,
                                               model::EventTime time) override {
    return of_.position_at(topic, partition, time);
  }
  model::Result<network::Position> begin(std::string_view topic,
                                         network::Partition partition) override {
    return of_.begin(topic, partition);
  }
  model::Result<network::Position> end(std::string_view topic,
                                       network::Partition partition) override {
    return of_.end(topic, partition);
  }
  model::Result<void> truncate_before(std::string_view, network::Partition,
                                      network::Position) override {
    return {};
  }
  model::Result<void> sync() override { return {}; }
  model::Result<network::Horizon> horizon() override { return of_.horizon(); }
  model::Result<std::unique_ptr<network::Membership>> join(
      const network::GroupOptions& options, std::span<const std::string> topics) override {
    return of_.join(options, topics);
  }

 private:
  network::Log& of_;
  network::Log* into_;
};

/// A folder that goes with it.
class ScratchFolder {
 public:
  static model::Result<std::unique_ptr<ScratchFolder>> make();
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// What a run's hub was made of.
struct HubPlan {
  Scenario scenario;
  World world;
  catalog::Catalog catalog;
  RunOptions options;
  node::Options hub;  ///< but for its store; waits for nobody
};
/// Of a past run, as it was asked for; `data`: where the city's files are now, if elsewhere.
model::Result<HubPlan> plan_of(const PastRun& run, const std::filesystem::path& data);

class PastHub {
 public:
  /// From the newest snapshot at or before `latest` that the log still reaches, or from the
  /// beginning. Error CB-INPUT-LINEAGE when neither can be: the log no longer holds what it takes.
  static model::Result<std::unique_ptr<PastHub>> open(const PastRun& run, HubPlan plan,
                                                      network::Log& log, const store::Store& store,
                                                      model::Step latest);
  const HubPlan& plan() const { return plan_; }
  node::Node& node() { return *node_; }
  model::Step began() const { return began_; }
  /// The digest of a district's Step is the one that the run's own hub left.
  model::Result<bool> agrees(const store::Store& store, model::Step step) const;

 private:
  PastHub(HubPlan plan, network::Log& log, std::unique_ptr<ScratchFolder> folder)
      : plan_(std::move(plan)), log_(log, nullptr), folder_(std::move(folder)) {}
  HubPlan plan_;
  ReplayLog log_;
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<node::Node> node_;
  model::Step began_ = 0;
};

}  // namespace citybrain::experiment
