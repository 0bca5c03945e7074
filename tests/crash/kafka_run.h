// One run of a scenario on a broker, as processes that a test starts, kills and starts again with
// the commands that docs/processes.md names: the city, all departments and the hub, or the one
// process of `run`. And what the run left: the outcome's hash, commands and records.
//
// The processes end with the test's own, whatever ends that one. Threading: one thread.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hub/network/kafka.h"
#include "scenarios/experiment/scenario.h"
#include "tests/crash/kill_driver.h"

namespace citybrain::crash {

/// What all runs of a test have in common.
struct KafkaSetting {
  std::string program;
  std::filesystem::path root;  ///< CITYBRAIN_ROOT
  std::string brokers;         ///< HOST:PORT[,...] of the processes
  std::string horizon = "2m";
  std::vector<std::string> more = {};  ///< arguments of every process, e.g. {"--patience", "5s"}
  /// Words before a process's command, by its name, e.g. {"hub", {"ip", "netns", "exec", "x"}}.
  std::map<std::string, std::vector<std::string>> before = {};
};

class KafkaRun {
 public:
  enum class Kind { kParts, kOne };
  /// `folder` is new and the run's own; `prefix` no other run has.
  KafkaRun(const KafkaSetting& setting, Kind kind, std::filesystem::path folder,
           std::string prefix);
  ~KafkaRun();
  KafkaRun(const KafkaRun&) = delete;
  KafkaRun& operator=(const KafkaRun&) = delete;

  /// "city", "connector" and "hub", or "run".
  const std::vector<std::string>& names() const { return names_; }
  /// Starts the named process, or starts it again as the documents say. `fault` is its
  /// CITYBRAIN_FAULT.
  void start(const std::string& name, const std::string& fault = {});
  void start_all(const std::map<std::string, std::string>& faults = {});
  pid_t process(const std::string& name) const;  ///< 0: it does not run

  enum class State { kRuns, kHeld, kEnded };
  /// Looks without waiting; kHeld while it is stopped by a signal.
  State look(const std::string& name);
  /// Waits until done(look) is true for the process; false after `limit_s`.
  bool await(const std::string& name, State state, double limit_s);
  /// Exit code of a process that ended; -signal.
  int code(const std::string& name) const;
  std::string said(const std::string& name) const;

  /// Waits until all have ended. A process that ends with exit code 1 is started again, at most
  /// `mends` times altogether; `gave_up` gets what such a one said. Returns what went wrong, or
  /// nothing.
  std::string finish(double limit_s, int mends, std::vector<std::string>* gave_up = nullptr);
  /// Last words of all processes, for people.
  std::string last_words() const;

  /// What it left, read from the brokers at `setting.brokers`.
  Outcome outcome() const;
  const std::string& prefix() const { return prefix_; }
  const std::filesystem::path& folder() const { return folder_; }
  network::KafkaOptions topics() const;

 private:
  struct Process {
    pid_t id = 0;
    int code = 0;
    int starts = 0;
    bool held = false;
  };
  std::vector<std::string> command(const std::string& name) const;

  const KafkaSetting& setting_;
  const Kind kind_;
  const std::filesystem::path folder_;
  std::string prefix_;
  std::vector<std::string> names_;
  std::map<std::string, Process> processes_;
};

}  // namespace citybrain::crash
