// The terminal's side of a command: language, progress on standard error, interruption. Wall clock
// is for display only. One thread, except Interruption, whose flag may be read from any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"
#include "scenarios/experiment/report.h"

namespace citybrain::cli {

/// "en" or "zh"; empty: from LC_ALL, LC_MESSAGES, LANG. Error CB-USAGE-LANG.
model::Result<experiment::Language> language(const std::string& given);

/// Columns of the terminal, 80 when standard output is none.
int terminal_width();
bool colour_wanted();

/// One line that is drawn over on a terminal, a line every ten seconds otherwise.
class ProgressLine {
 public:
  ProgressLine(bool enabled, experiment::Language language);
  ~ProgressLine();
  /// `what` is shown before the bar; `fraction` of the work is done; `simulated_s` of simulated
  /// time has passed (for the speed).
  void show(std::string_view what, double fraction, double simulated_s);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool terminal_;
  bool drawn_ = false;
  experiment::Language language_;
  Clock::time_point start_;
  Clock::time_point last_;
  double first_fraction_ = -1;
  double first_simulated_s_ = 0;
};

/// SIGINT and SIGTERM set a flag that runs look at after every step; a second one ends the process
/// at once.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  const std::atomic<bool>& flag() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Prints the error in the language's form on standard error and returns the exit code: 2 usage or
/// input, 130 interrupted, 1 otherwise.
int fail(const model::Error& error, experiment::Language language);

}  // namespace citybrain::cli
