// The log on Kafka. Needs a broker: CITYBRAIN_KAFKA=HOST:PORT, which ./citybrain test sets; without
// it these tests are skipped, and say so.
#include <librdkafka/rdkafka.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <thread>

#include "hub/network/kafka.h"
#include "tests/network/log_conformance.h"

namespace citybrain::network {
namespace {

std::string broker() {
  const char* value = std::getenv("CITYBRAIN_KAFKA");
  return value == nullptr ? "" : value;
}

/// A prefix that no other test program uses, this one or another that runs beside it.
std::string fresh_prefix() {
  static int number = 0;
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

template <bool sole_writer>
struct Kafka {
  KafkaOptions options;
  Kafka() {
    options.brokers = broker();
    options.prefix = fresh_prefix();
    options.identity = "test";
    options.sole_writer = sole_writer;
  }
  ~Kafka() {
    if (available()) (void)static_cast<bool>(remove_kafka_topics(options));
  }
  static bool available() { return !broker().empty(); }
  std::unique_ptr<Log> open() {
    auto log = open_kafka(options);
    if (!log) throw std::runtime_error(log.error().text());  // fails the test
    return std::move(*log);
  }
};

using Configurations = ::testing::Types<Kafka<false>, Kafka<true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(KafkaLog, LogConformance, Configurations);

class KafkaLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (broker().empty())
      GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
  }
  static std::string code(const KafkaOptions& options) {
    const auto log = open_kafka(options);
    return log ? "" : log.error().code;
  }
  /// The topic as a client sees it that is not ours: makes it with these settings.
  static void make_topic(const std::string& name,
                         const std::map<std::string, std::string>& settings) {
    char why[256];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", broker().c_str(), why, sizeof why);
    auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    auto* topic = rd_kafka_NewTopic_new(name.c_str(), 1, 1, why, sizeof why);
    for (const auto& [key, value] : settings)
      rd_kafka_NewTopic_set_config(topic, key.c_str(), value.c_str());
    auto* queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
    rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20'000));
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
    // Each question goes to any broker of a cluster, and each hears of topics in its own time.
    for (int tries = 0, in_a_row = 0; in_a_row < 20 && tries < 400; ++tries) {
      in_a_row = is_listed(client, name) ? in_a_row + 1 : 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    rd_kafka_destroy(client);
  }
  /// A broker answers that a topic is made before it lists it.
  static bool is_listed(rd_kafka_t* client, const std::string& name) {
    const rd_kafka_metadata_t* found = nullptr;
    if (rd_kafka_metadata(client, 1, nullptr, &found, 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return false;
    const bool listed = std::any_of(found->topics, found->topics + found->topic_cnt,
                                    [&](const auto& t) { return t.topic == name; });
    rd_kafka_metadata_destroy(found);
    return listed;
  }

  Kafka<false> kafka;
};

TEST_F(KafkaLogTest, AnotherScenariosTopicsAreRefusedAndTheSameOnesWhereNewOnesAreWanted) {
  ASSERT_TRUE(kafka.open());
  auto other = kafka.options;
  other.identity = "another";
  EXPECT_EQ(code(other), "CB-INPUT-STORE");
  auto fresh = kafka.options;
  fresh.must_be_new = true;
  EXPECT_EQ(code(fresh), "CB-INPUT-STORE");
  ASSERT_TRUE(remove_kafka_topics(fresh));
  EXPECT_EQ(code(fresh), "");
}

TEST_F(KafkaLogTest, TopicsThatWouldLoseSimulatedTimeAreRefusedByName) {
  ASSERT_TRUE(kafka.open());
  make_topic(kafka.options.prefix + ".short", {{"retention.ms", "60000"}});
  const auto log = open_kafka(kafka.options);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "CB-NETWORK-RETENTION");
  EXPECT_EQ(log.error().where, kafka.options.prefix + ".short");
  EXPECT_NE(log.error().mend.find("retention.ms=-1"), std::string::npos);
}

TEST_F(KafkaLogTest, TopicsOfSomebodyElseAreNeitherOpenedNorRemoved) {
  make_topic(kafka.options.prefix + ".theirs", {});
  EXPECT_EQ(code(kafka.options), "CB-INPUT-STORE");
  const auto removed = remove_kafka_topics(kafka.options);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, "CB-INPUT-STORE");
  make_topic(kafka.options.prefix + ".citybrain", {});  // so that both are removed in the end
}

TEST_F(KafkaLogTest, AWrongAddressIsAnErrorThatNamesItInTime) {
  auto nowhere = kafka.options;
  nowhere.brokers = "127.0.0.1:1";
  nowhere.timeout = std::chrono::milliseconds(500);
  const auto began = std::chrono::steady_clock::now();
  const auto log = open_kafka(nowhere);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "CB-NETWORK-OPEN");
  EXPECT_NE(log.error().text().find("127.0.0.1:1"), std::string::npos);
  EXPECT_NE(log.error().what.find("no broker answered"), std::string::npos) << log.error().text();
}

TEST_F(KafkaLogTest, ABrokerThatSpeaksAnotherProtocolIsAnErrorThatNamesTheSettings) {
  auto tls = kafka.options;
  tls.timeout = std::chrono::milliseconds(3000);
  tls.properties = {{"security.protocol", "SSL", "client.properties:1"}};
  const auto log = open_kafka(tls);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "CB-NETWORK-OPEN");
  EXPECT_NE(log.error().mend.find("--network-config"), std::string::npos) << log.error().text();
}

TEST_F(KafkaLogTest, ASmallQueueHoldsAppendsBackAndLosesNothing) {
  kafka.options.send_queue_kib = 64;
  kafka.options.fetch_queue_kib = 16;
  auto log = kafka.open();
  ASSERT_TRUE(log->create({"t", 1}));
  auto appender = log->appender({"p"}).value();
  const std::string value(1000, 'v');
  constexpr std::uint64_t kRecords = 5000;  // far more than fit
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    const Record r{model::EventTime{1}, i, "k", value, {}};
    ASSERT_TRUE(appender->append("t", 0, std::span(&r, 1)));
  }
  auto cursor = log->cursor("t", 0, 0).value();
  std::uint64_t next = 1;
  for (;;) {
    const auto records = cursor->poll(100).value();
    if (records.empty()) break;
    for (const auto& r : records) ASSERT_EQ(r.sequence, next++);
  }
  EXPECT_EQ(next, kRecords + 1);
}

TEST_F(KafkaLogTest, AProducerThatComesBackFindsItsLastSequenceFarBehindOthers) {
  auto log = kafka.open();
  ASSERT_TRUE(log->create({"t", 1}));
  const auto append = [&](const std::string& producer, std::uint64_t count) {
    std::vector<Record> records;
    for (std::uint64_t i = 1; i <= count; ++i)
      records.push_back({model::EventTime{1}, i, "k", "v", {}});
    auto appender = log->appender({producer}).value();
    return appender->append("t", 0, records).value();
  };
  append("early", 7);
  append("late", 3000);  // several chunks of the search backwards
  ASSERT_TRUE(log->sync());
  log.reset();
  log = kafka.open();
  EXPECT_EQ(log->appender({"early"}).value()->last_sequence("t", 0).value(), 7U);
  const auto again = append("early", 9);
  EXPECT_EQ(again.stored, 2U);
  EXPECT_EQ(again.repeated, 7U);
  EXPECT_EQ(log->appender({"never"}).value()->last_sequence("t", 0).value(), 0U);
  EXPECT_EQ(log->end("t", 0).value(), 3009U);
}

TEST_F(KafkaLogTest, ReadersDropWhatRepeatsAProducersSequence) {
  auto one = kafka.open();
  ASSERT_TRUE(one->create({"t", 1}));
  auto two = kafka.open();
  // Both look before either writes, as a process does that was presumed dead.
  auto a = one->appender({"p"}).value(), b = two->appender({"p"}).value();
  EXPECT_EQ(a->last_sequence("t", 0).value(), 0U);
  EXPECT_EQ(b->last_sequence("t", 0).value(), 0U);
  const Record r{model::EventTime{1}, 1, "k", "once", {}};
  ASSERT_TRUE(a->append("t", 0, std::span(&r, 1)));
  ASSERT_TRUE(a->flush());
  ASSERT_TRUE(b->append("t", 0, std::span(&r, 1)));
  ASSERT_TRUE(b->flush());
  EXPECT_EQ(one->end("t", 0).value(), 2U);
  auto cursor = one->cursor("t", 0, 0).value();
  EXPECT_EQ(cursor->poll(10)->size(), 1U);
  EXPECT_TRUE(cursor->poll(10)->empty());
  EXPECT_EQ(cursor->position(), 2U);
}

/// As the parts of a run do when they start: each makes what it needs, and finds it made.
TEST_F(KafkaLogTest, SeveralMayOpenAndMakeTheSameTopicsAtOnce) {
  std::vector<std::string> wrong(3);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      const auto log = open_kafka(kafka.options);
      if (!log) {
        wrong[t] = log.error().text();
        return;
      }
      for (int i = 0; i < 12 && wrong[t].empty(); ++i)
        if (const auto made = (*log)->create({"t" + std::to_string(i), 2}); !made)
          wrong[t] = made.error().text();
    });
  for (auto& t : threads) t.join();
  for (const auto& text : wrong) EXPECT_EQ(text, "");
}

TEST_F(KafkaLogTest, TimesThatKafkaCannotSayComeBackAsTheyWere) {
  auto log = kafka.open();
  ASSERT_TRUE(log->create({"t", 1}));
  auto appender = log->appender({"p"}).value();
  const std::int64_t far_ahead = 4'102'444'800'000;  // the year 2100
  const Record records[] = {{model::EventTime{-5}, 1, "k", "a", {}},
                            {model::EventTime{0}, 2, "k", "b", {}},
                            {model::EventTime{far_ahead}, 3, "k", "c", {}}};
  ASSERT_TRUE(appender->append("t", 0, records));
  ASSERT_TRUE(appender->flush());
  auto cursor = log->cursor("t", 0, 0).value();
  std::vector<std::int64_t> times;
  while (times.size() < 3) {
    const auto polled = cursor->poll(3).value();
    ASSERT_FALSE(polled.empty());
    for (const auto& r : polled) times.push_back(r.publish_time.ms);
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{-5, 0, far_ahead}));
  EXPECT_EQ(log->position_at("t", 0, model::EventTime{0}).value(), 1U);
  EXPECT_EQ(log->position_at("t", 0, model::EventTime{1}).value(), 2U);
}

TEST_F(KafkaLogTest, ARecordThatIsTooBigIsAnErrorAndTheLogTakesNoMore) {
  auto log = kafka.open();
  ASSERT_TRUE(log->create({"t", 1}));
  auto appender = log->appender({"p"}).value();
  const std::string value(40U << 20, 'v');
  const Record r{model::EventTime{1}, 1, "k", value, {}},
      next{model::EventTime{1}, 2, "k", "v", {}};
  const auto appended = appender->append("t", 0, std::span(&r, 1));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, "CB-NETWORK-APPEND");
  EXPECT_FALSE(appender->append("t", 0, std::span(&next, 1)));
  EXPECT_FALSE(log->sync());
}

TEST_F(KafkaLogTest, WhatAKilledProcessHadAcknowledgedIsThere) {
  { ASSERT_TRUE(kafka.open()->create({"t", 1})); }
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto log = open_kafka(kafka.options).value();
    auto appender = log->appender({"p"}).value();
    for (std::uint64_t i = 1;; ++i) {
      const Record r{model::EventTime{1}, i, "k", "v", {}};
      appender->append("t", 0, std::span(&r, 1)).value();
      if (i % 50 != 0) continue;
      appender->flush().value();
      if (::write(ready[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  std::uint64_t acknowledged = 0;
  while (acknowledged < 500)
    ASSERT_EQ(::read(ready[0], &acknowledged, sizeof acknowledged),
              static_cast<ssize_t>(sizeof acknowledged));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  auto log = kafka.open();
  auto cursor = log->cursor("t", 0, 0).value();
  std::uint64_t next = 1;
  for (auto records = cursor->poll(100); !records->empty(); records = cursor->poll(100))
    for (const auto& r : *records) ASSERT_EQ(r.sequence, next++);
  EXPECT_GT(next, acknowledged);
  EXPECT_EQ(log->appender({"p"}).value()->last_sequence("t", 0).value(), next - 1);
}

}  // namespace
}  // namespace citybrain::network
