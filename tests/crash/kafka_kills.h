// kill -9 of any process of runs on Kafka, brokers included, at seeded points: started again with
// the command that the documents name (or `run --resume`), a run ends with the outcome, commands
// and records of one that nobody disturbed.
//
// The victims take turns, and with each its phases: the fault points that it passes
// (hub/runtime/faults.h), and any moment. A broker has no fault points; it is killed while one of
// the run's processes is held at one. Threading: one thread, one run at a time, since a broker's
// death meets all.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/crash/kafka_run.h"
#include "tests/crash/kill_driver.h"
#include "tests/support/kafka_broker.h"

namespace citybrain::crash {

enum class Victim : std::uint8_t { kHub, kConnector, kCity, kRun, kBroker };
constexpr std::size_t kVictims = 5;
std::string_view victim_name(Victim victim);
/// Those that it passes; `kAnytime` always.
std::vector<KillPhase> phases_of(Victim victim);

struct KafkaKillOptions {
  std::uint64_t points = 20;
  std::uint64_t first = 0;  ///< the first point; a point is the same whatever came before
  std::uint64_t seed = 1;
  /// The broker that may be killed; null: the brokers are somebody else's, and live.
  test::KafkaBroker* broker = nullptr;
  std::filesystem::path keep;  ///< folders of failed points go there; empty: nowhere
  std::function<void(std::uint64_t points_done)> progress;
};

struct KafkaKillReport {
  std::uint64_t points = 0;
  std::array<std::array<std::uint64_t, kKillPhases>, kVictims> hits{};
  std::uint64_t missed = 0;  ///< the process had ended before
  std::uint64_t gave_up =
      0;  ///< processes that ended with an error instead, and were started again
  std::vector<std::string> failures;  ///< each with the command that repeats it
  std::uint64_t kills(Victim victim) const;
  std::uint64_t kills(KillPhase phase) const;
  /// A line with the sums, and a table.
  std::string summary() const;
};

/// `folder` is for the runs; they are removed behind it, and their topics.
KafkaKillReport kill_on_kafka(const KafkaSetting& setting, const std::filesystem::path& folder,
                              const KafkaKillOptions& options);

}  // namespace citybrain::crash
