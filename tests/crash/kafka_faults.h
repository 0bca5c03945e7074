// What the tests of a bad network and bad brokers share: the outcome that nobody disturbed, and a
// run that is at work.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "tests/crash/kafka_run.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {

inline bool kafka_is_wanted() {
  const char* kafka = std::getenv("CITYBRAIN_KAFKA");
  return kafka != nullptr && std::string_view(kafka) != "no";
}

class KafkaFaults : public ::testing::Test {
 protected:
  using Kind = KafkaRun::Kind;
  using State = KafkaRun::State;
  static constexpr double kLimitS = 240;

  void SetUp() override {
    if (!kafka_is_wanted())
      GTEST_SKIP() << "no Kafka: CITYBRAIN_KAFKA is not set; ./citybrain test sets it";
  }
  static KafkaSetting setting_of(const std::string& brokers) {
    KafkaSetting s{CITYBRAIN_PROGRAM, CITYBRAIN_SOURCE_DIR, brokers};
    s.horizon = "5m";
    return s;
  }
  /// How often a process may give up where nobody can say how long a broker needs to come back: on
  /// a busy machine longer than the clients' 30 s.
  static constexpr int kMends = 6;
  std::unique_ptr<KafkaRun> make(const KafkaSetting& setting, Kind kind = Kind::kParts) {
    const auto name =
        std::string("run-") + std::to_string(::getpid()) + "-" + std::to_string(++number_);
    return std::make_unique<KafkaRun>(setting, kind, folder_.path() / name, name);
  }
  /// Until the hub (or the one process) is so far that it decides.
  static void until_at_work(KafkaRun& run) {
    for (int i = 0; i < 60'000; ++i) {
      if (std::filesystem::exists(run.folder() / "out/store/rocksdb/CURRENT")) break;
      wait(0.001);
    }
    wait(0.7);
    for (const auto& name : run.names())
      ASSERT_NE(run.look(name), State::kEnded) << name << run.last_words();
  }
  static void wait(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
  /// The outcome that an undisturbed run of this kind has.
  const Outcome& whole(const KafkaSetting& setting, Kind kind = Kind::kParts) {
    static std::map<Kind, Outcome> known;
    if (const auto it = known.find(kind); it != known.end()) return it->second;
    const auto run = make(setting, kind);
    run->start_all();
    EXPECT_EQ(run->finish(kLimitS, 0), "");
    return known[kind] = run->outcome();
  }
  /// Ends well, with the undisturbed outcome; at most `mends` processes are started again.
  void expect_whole(KafkaRun& run, const Outcome& expected, int mends = 0,
                    std::vector<std::string>* gave_up = nullptr) {
    ASSERT_EQ(run.finish(kLimitS, mends, gave_up), "");
    const auto found = run.outcome();
    EXPECT_EQ(found.hash, expected.hash);
    EXPECT_EQ(found.commands, expected.commands);
    EXPECT_EQ(found.counts, expected.counts);
    EXPECT_EQ(found.topics, expected.topics);
  }

 private:
  static inline int number_ = 0;
  const test::TemporaryFolder folder_;
};

}  // namespace citybrain::crash
