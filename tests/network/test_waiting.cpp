// Barriers and the gate: nobody passes before every source is through, the silent one is named, and
// a barrier does not leave before what it speaks of.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "hub/network/barriers.h"
#include "hub/network/gate.h"
#include "hub/network/publisher.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::network {
namespace {

using std::chrono::milliseconds;

constexpr const char* kTopic = schemas::topic::kWatermarks;
constexpr model::EventTime kTime{1'772'409'600'000};

class Waiting : public ::testing::Test {
 protected:
  Waiting() {
    log = open_embedded({folder.path(), {}, "test"}).value();
    log->create({kTopic, 1}).value();
    log->create({"data", 1}).value();
  }
  void say(const std::string& source, model::EventTime until) {
    auto publisher = Publisher::make(*log, source).value();
    publisher.restore(saved[source]).value();
    publisher.barrier(kTopic, until);
    publisher.send().value();
    saved[source] = publisher.save();
  }
  test::TemporaryFolder folder;
  std::unique_ptr<Log> log;
  std::map<std::string, std::string> saved;
};

TEST_F(Waiting, ForEverySourceAndNamesOneThatIsSilent) {
  saved["a"] = saved["b"] = saved["stranger"] = Publisher::make(*log, "none").value().save();
  auto barriers = Barriers::open(*log, kTopic, {"a", "b"}).value();
  EXPECT_EQ(barriers.wait(kTime, {}).value(), "a");
  say("a", kTime + 5000);  // ahead
  say("stranger", kTime + 9000);
  EXPECT_EQ(barriers.wait(kTime, {}).value(), "b");
  say("b", kTime);
  EXPECT_EQ(barriers.wait(kTime, {}).value(), "");
  EXPECT_EQ(barriers.wait(kTime + 1, {}).value(), "b");
  say("b", kTime - 1000);  // said again, later: nothing goes back
  EXPECT_EQ(barriers.wait(kTime, {}).value(), "");
}

TEST_F(Waiting, LastsAsLongAsItsPatienceAndNoLonger) {
  saved["a"] = Publisher::make(*log, "none").value().save();
  auto barriers = Barriers::open(*log, kTopic, {"a"}).value();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(barriers.wait(kTime, {milliseconds(30), nullptr}).value(), "a");
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(30));
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(20));
    say("a", kTime);
  });
  EXPECT_EQ(barriers.wait(kTime, {std::chrono::minutes(1), nullptr}).value(), "");
  later.join();
  std::atomic<bool> stop = true;
  const auto stopped = barriers.wait(kTime + 1, {std::chrono::minutes(1), &stop});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "CB-RUN-INTERRUPTED");
}

TEST_F(Waiting, ABarrierLeavesOnlyWhenItIsLet) {
  for (const bool acknowledges : {false, true}) {
    Gate gate(*log, acknowledges);
    auto publisher = Publisher::make(gate, acknowledges ? "x" : "y").value();
    const auto data = log->end("data", 0).value(), control = log->end(kTopic, 0).value();
    publisher.publish("data", 0, schemas::kBarrier, kTime, kTime, "1", "s", "p");
    publisher.barrier(kTopic, kTime);
    publisher.barrier(kTopic, kTime + 1);
    publisher.send().value();
    EXPECT_EQ(log->end("data", 0).value(), data + 1);
    EXPECT_EQ(log->end(kTopic, 0).value(), control);
    gate.release().value();
    EXPECT_EQ(log->end(kTopic, 0).value(), control + 2);
    gate.release().value();  // nothing more
    EXPECT_EQ(log->end(kTopic, 0).value(), control + 2);
    const auto cursor = log->cursor(kTopic, 0, control).value();
    const auto records = cursor->poll(10).value();
    ASSERT_GE(records.size(), 1U);
    EXPECT_EQ(records[0].header("ce_source"), acknowledges ? "x" : "y");
    EXPECT_EQ(records[0].publish_time, kTime);
    EXPECT_EQ(records[0].sequence, 1U);
  }
}

TEST_F(Waiting, WhatIsHeldBackIsForgottenWithItsAppender) {
  Gate gate(*log, false);
  {
    auto publisher = Publisher::make(gate, "gone").value();
    publisher.barrier(kTopic, kTime);
    publisher.send().value();
  }
  gate.release().value();
  EXPECT_EQ(log->end(kTopic, 0).value(), 0U);
}

}  // namespace
}  // namespace citybrain::network
