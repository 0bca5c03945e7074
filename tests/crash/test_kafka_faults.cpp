// A network that is slow or cut for a while, between a run's processes and the broker. What takes
// longer (time-outs, brokers that die, namespaces, disks) is in test_kafka_faults_long.cpp, for
// `./citybrain test all`.
#include "tests/crash/behind_proxy.h"

namespace citybrain::crash {
namespace {

using SlowNetwork = BehindProxy;

TEST_F(SlowNetwork, ACutThatIsShorterThanTheTimeOutsGoesUnnoticed) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  link->proxy.cut();
  wait(3);
  for (const auto& name : run->names()) EXPECT_EQ(run->look(name), State::kRuns) << name;
  link->proxy.heal();
  expect_whole(*run, expected);
}

TEST_F(SlowNetwork, ConnectionsThatAreResetAreMadeAgain) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  for (int i = 0; i < 4; ++i, wait(0.2)) link->proxy.reset();
  expect_whole(*run, expected);
}

TEST_F(SlowNetwork, DelayAndANarrowWireOnlyTakeTime) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  link->proxy.delay(std::chrono::milliseconds(40));
  link->proxy.rate(100'000);
  wait(3);
  for (const auto& name : run->names()) EXPECT_EQ(run->look(name), State::kRuns) << name;
  link->proxy.delay(std::chrono::milliseconds(0));
  link->proxy.rate(0);
  expect_whole(*run, expected);
}

/// Below the program: one producer, its appends and what the broker has of them.
class OneWriter : public SlowNetwork {
 protected:
  void SetUp() override {
    SlowNetwork::SetUp();
    if (IsSkipped()) return;
    options.brokers = link->broker.brokers();
    options.prefix = fmt::format(
        "{}-{}", ::testing::UnitTest::GetInstance()->current_test_info()->line(), ::getpid());
    options.identity = "test";
    options.timeout = std::chrono::milliseconds(3000);
  }
  static model::Result<network::AppendOutcome> append(network::Appender& to,
                                                      std::uint64_t sequence) {
    const network::Record record{model::EventTime{1}, sequence, "k", "v", {}};
    return to.append("t", 0, {&record, 1});
  }
  /// The sequences that are there, in order.
  std::vector<std::uint64_t> stored() const {
    auto log = network::open_kafka(options).value();
    auto cursor = log->cursor("t", 0, 0).value();
    std::vector<std::uint64_t> out;
    for (auto records = cursor->poll(100); !records->empty(); records = cursor->poll(100))
      for (const auto& r : *records) out.push_back(r.sequence);
    return out;
  }
  network::KafkaOptions options;
};

/// What was acknowledged before a cut is there; what was not is an error that names the broker, in
/// the time that was said, and everything after it fails as well.
TEST_F(OneWriter, FailsWhenACutIsLongerThanTheTimeOutAndLosesNothingAcknowledged) {
  {
    auto log = network::open_kafka(options).value();
    ASSERT_TRUE(log->create({"t", 1}));
    auto appender = log->appender({"p"}).value();
    ASSERT_TRUE(append(*appender, 1));
    ASSERT_TRUE(appender->flush());
    link->proxy.cut();
    ASSERT_TRUE(append(*appender, 2));
    const auto began = std::chrono::steady_clock::now();
    const auto flushed = appender->flush();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, "CB-NETWORK-WRITE") << flushed.error().text();
    EXPECT_NE(flushed.error().text().find(options.brokers), std::string::npos);
    EXPECT_FALSE(append(*appender, 3));
    EXPECT_FALSE(log->sync());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
    EXPECT_FALSE(log->end("t", 0));
  }
  link->proxy.heal();
  const auto there = stored();
  ASSERT_GE(there.size(), 1U);
  for (std::size_t i = 0; i < there.size(); ++i) EXPECT_EQ(there[i], i + 1) << "a hole";
}

/// The broker comes back when one record's time is over and the next one's is not: the next one
/// must not be written, or the producer would come back behind the hole and never fill it.
TEST_F(OneWriter, LeavesNoHoleBehindARecordThatWasGivenUp) {
  {
    auto log = network::open_kafka(options).value();
    ASSERT_TRUE(log->create({"t", 1}));
    auto appender = log->appender({"p"}).value();
    ASSERT_TRUE(append(*appender, 1));
    ASSERT_TRUE(appender->flush());
    link->proxy.close();
    ASSERT_TRUE(append(*appender, 2));
    wait(2.5);
    ASSERT_TRUE(append(*appender, 3));
    wait(1);  // the first is given up, the second is not
    link->proxy.heal();
    wait(1.7);
    (void)static_cast<bool>(appender->flush());
  }
  const auto there = stored();
  ASSERT_GE(there.size(), 1U);
  for (std::size_t i = 0; i < there.size(); ++i) EXPECT_EQ(there[i], i + 1) << "a hole";
}

}  // namespace
}  // namespace citybrain::crash
