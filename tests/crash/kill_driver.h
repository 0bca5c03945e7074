// Kills processes of a run at seeded moments, lets it go on, and compares what came out with an
// undisturbed run: the outcome's hash, every command, the records of every topic.
//
// A *target* is how a run is started and which of its processes is killed; the embedded network has
// one process, others bring targets of their own (hub, connector, city, broker).
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace citybrain::crash {

/// What the process was doing: a fault point's phase (hub/runtime/faults.h), or any moment.
enum class KillPhase : std::uint8_t {
  kAppend,
  kCommit,
  kPublish,
  kSnapshot,
  kRestore,  ///< of the process that resumes
  kAnytime,  ///< at a seeded share of the run's wall time
};
constexpr std::size_t kKillPhases = 6;
std::string_view phase_name(KillPhase phase);

/// What a run left; equal runs left equal ones.
struct Outcome {
  std::string hash;                                  ///< outcome_hash
  std::map<std::string, std::uint64_t> counts;       ///< records, by topic
  std::uint64_t commands = 0;                        ///< digest of hub.commands, in order
  std::uint64_t records = 0;                         ///< digest of every record of every topic
  std::map<std::string, std::uint64_t> topics = {};  ///< digest by topic, where a target has them
  bool operator==(const Outcome&) const = default;
};

/// One way to run a scenario as processes.
class Target {
 public:
  struct End {
    int code = 0;  ///< exit code; -signal when killed
    std::string said;
  };
  virtual ~Target() = default;
  virtual std::string_view name() const = 0;
  /// Runs into folder `out` until it ends. `fault` is CITYBRAIN_FAULT of the process that is to be
  /// killed, or empty; after `signal_after_s` it gets a signal from outside, 0 never.
  virtual End run(const std::filesystem::path& out, bool resume, const std::string& fault,
                  double signal_after_s, int signal = SIGKILL) = 0;
  virtual bool can_resume(const std::filesystem::path& out) const = 0;
  virtual Outcome outcome(const std::filesystem::path& out) = 0;
};

/// The one process of `run SCENARIO --network embedded`.
class EmbeddedTarget final : public Target {
 public:
  EmbeddedTarget(std::string program, std::string root, std::string horizon)
      : program_(std::move(program)), root_(std::move(root)), horizon_(std::move(horizon)) {}
  std::string_view name() const override { return "embedded"; }
  End run(const std::filesystem::path& out, bool resume, const std::string& fault,
          double signal_after_s, int signal = SIGKILL) override;
  bool can_resume(const std::filesystem::path& out) const override;
  Outcome outcome(const std::filesystem::path& out) override;
  /// Arguments behind the scenario's, e.g. {"--fsync", "every-commit"}.
  std::vector<std::string> more;

 private:
  const std::string program_, root_, horizon_;
};

struct KillOptions {
  std::uint64_t points = 20;
  std::uint64_t first = 0;  ///< the first point; a point is the same whatever came before
  std::uint64_t seed = 1;
  unsigned jobs = 2;
  std::function<void(std::uint64_t points_done)> progress;
};

struct KillReport {
  std::uint64_t points = 0;
  std::array<std::uint64_t, kKillPhases> hits{};  ///< kills that met a living process
  std::uint64_t missed = 0;                       ///< it had ended before
  std::vector<std::string> failures;
  std::string summary() const;
};

/// `folder` is for the runs; they are removed behind it.
KillReport kill_and_resume(Target& target, const std::filesystem::path& folder,
                           const KillOptions& options);

}  // namespace citybrain::crash
