// The truth of a city, step by step: onto the evaluator-only topic of a run, or into a file.
// Private to scenarios/experiment.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/network/publisher.h"
#include "scenarios/city/city.h"
#include "scenarios/evaluator/truth_log.h"
#include "scenarios/outputs/output_file.h"

namespace citybrain::experiment {

/// The jams that the city saw in this step, as the evaluator takes them.
std::vector<evaluator::TruthJam> jams_of(const city::TruthStep& truth);

/// Publishes what really happened. A block goes out at the step that fills it, a function of the
/// step's number alone, so a resumed run publishes the same records again.
class TruthPublisher {
 public:
  static model::Result<TruthPublisher> make(network::Log& log, model::Epoch epoch);
  /// The step that the city has just done.
  model::Result<void> publish(const city_port::City& city, model::Step step);
  /// What is left, and the passages still open, when the run ends.
  model::Result<void> finish(const city_port::City& city, model::Step step);
  model::Result<void> flush() { return publisher_.flush(); }

 private:
  TruthPublisher(network::Publisher publisher, model::Epoch epoch)
      : publisher_(std::move(publisher)), epoch_(epoch) {}
  model::Result<void> send(const std::string& block, model::Step step, const std::string& id);
  network::Publisher publisher_;
  model::Epoch epoch_;
  evaluator::TruthBlocks blocks_;
};

/// The same blocks as a file (evaluator::read_truth_file). Errors CB-RUN-WRITE.
class TruthFile {
 public:
  static model::Result<TruthFile> create(const std::filesystem::path& path);
  void step(const city_port::City& city);
  model::Result<void> finish(const city_port::City& city);

 private:
  explicit TruthFile(outputs::OutputFile file) : file_(std::move(file)) {}
  void append(const std::string& block);
  outputs::OutputFile file_;
  evaluator::TruthBlocks blocks_;
};

}  // namespace citybrain::experiment
