// Access rules at a real broker that asks for passwords: set, changed, enforced, refused.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>

#include "hub/network/access_rules.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::network {
namespace {

struct AccessRulesTest : testing::Test {
  static void SetUpTestSuite() {
    const char* kafka = std::getenv("CITYBRAIN_KAFKA");
    if (kafka == nullptr || std::string_view(kafka) == "no") return;
    folder = new test::TemporaryFolder;
    std::ofstream(folder->path() / "users") << "admin pw-1 super\nwriter pw-2\nreader pw-3\n";
    const std::string command =
        script("start --heap 128m --auth '" + (folder->path() / "users").string() + "'");
    const std::unique_ptr<FILE, int (*)(FILE*)> out(popen(command.c_str(), "r"), pclose);
    for (int c = 0; (c = fgetc(out.get())) != EOF && c != '\n';) brokers += static_cast<char>(c);
  }
  static void TearDownTestSuite() {
    if (folder != nullptr) EXPECT_EQ(std::system(script("stop").c_str()), 0);
    delete folder;
  }
  void SetUp() override {
    if (folder == nullptr)
      GTEST_SKIP() << "no Kafka: CITYBRAIN_KAFKA is not set; ./citybrain test sets it";
    ASSERT_FALSE(brokers.empty()) << "the broker did not start";
  }
  static std::string script(const std::string& arguments) {
    return "'" CITYBRAIN_SOURCE_DIR "/deploy/kafka/broker' " + arguments + " --dir '" +
           (folder->path() / "broker").string() + "'";
  }
  static AccessTarget as(const std::string& user, const std::string& password) {
    return {brokers,
            {{"security.protocol", "SASL_PLAINTEXT"},
             {"sasl.mechanisms", "PLAIN"},
             {"sasl.username", user},
             {"sasl.password", password}}};
  }
  /// Makes the topic or appends to it as the user; what the broker answers.
  static rd_kafka_resp_err_t make(const AccessTarget& target, const char* topic);
  static rd_kafka_resp_err_t append(const AccessTarget& target, const char* topic);
  static rd_kafka_resp_err_t append_until(const AccessTarget& target, const char* topic,
                                          rd_kafka_resp_err_t expected);

  static test::TemporaryFolder* folder;
  static std::string brokers;
};
test::TemporaryFolder* AccessRulesTest::folder = nullptr;
std::string AccessRulesTest::brokers;

using Client = std::unique_ptr<rd_kafka_t, void (*)(rd_kafka_t*)>;

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  *static_cast<rd_kafka_resp_err_t*>(opaque) = message->err;
}

Client client_of(const AccessTarget& target, rd_kafka_resp_err_t* outcome) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[256];
  for (const auto& [key, value] : target.properties)
    rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "bootstrap.servers", target.brokers.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
  rd_kafka_conf_set(conf, "message.timeout.ms", "20000", why, sizeof why);
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_conf_set_opaque(conf, outcome);
  return {rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), rd_kafka_destroy};
}

rd_kafka_resp_err_t AccessRulesTest::make(const AccessTarget& target, const char* topic) {
  rd_kafka_resp_err_t unused;
  const auto client = client_of(target, &unused);
  char why[256];
  rd_kafka_NewTopic_t* spec = rd_kafka_NewTopic_new(topic, 1, 1, why, sizeof why);
  const std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> queue(
      rd_kafka_queue_new(client.get()), rd_kafka_queue_destroy);
  rd_kafka_CreateTopics(client.get(), &spec, 1, nullptr, queue.get());
  const std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)> event(
      rd_kafka_queue_poll(queue.get(), 60'000), rd_kafka_event_destroy);
  rd_kafka_NewTopic_destroy(spec);
  std::size_t n = 0;
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return RD_KAFKA_RESP_ERR_UNKNOWN;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &n);
  return rd_kafka_topic_result_error(results[0]);
}

rd_kafka_resp_err_t AccessRulesTest::append(const AccessTarget& target, const char* topic) {
  rd_kafka_resp_err_t outcome = RD_KAFKA_RESP_ERR_UNKNOWN;
  const auto client = client_of(target, &outcome);
  rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(topic),
                    RD_KAFKA_V_VALUE(const_cast<char*>("x"), 1), RD_KAFKA_V_END);
  rd_kafka_flush(client.get(), 30'000);
  return outcome;
}

/// What an append comes to once the brokers have heard of the rules, which they do a moment after
/// they have acknowledged them.
rd_kafka_resp_err_t AccessRulesTest::append_until(const AccessTarget& target, const char* topic,
                                                  rd_kafka_resp_err_t expected) {
  rd_kafka_resp_err_t outcome = append(target, topic);
  for (int tries = 0; outcome != expected && tries < 50; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    outcome = append(target, topic);
  }
  return outcome;
}

AccessRule rule(const std::string& topic, const std::string& user, AccessOperation operation) {
  return {AccessResource::kTopic, topic, false, "User:" + user, operation};
}

bool everything(const AccessRule&) { return true; }

TEST_F(AccessRulesTest, AreSetEnforcedAndTakenBack) {
  const auto admin = as("admin", "pw-1"), writer = as("writer", "pw-2"),
             reader = as("reader", "pw-3");
  ASSERT_EQ(make(admin, "ours.a"), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(append(writer, "ours.a"), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);

  std::vector<AccessRule> rules = {
      rule("ours.a", "writer", AccessOperation::kWrite),
      rule("ours.a", "writer", AccessOperation::kDescribe),
      rule("ours.a", "reader", AccessOperation::kRead),
      {AccessResource::kGroup, "ours.", true, "User:reader", AccessOperation::kRead}};
  auto change = apply_access_rules(admin, rules, everything);
  ASSERT_TRUE(change) << change.error().text();
  EXPECT_EQ(change->added, 4U);
  EXPECT_EQ(append_until(writer, "ours.a", RD_KAFKA_RESP_ERR_NO_ERROR), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(append(reader, "ours.a"), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_NE(make(writer, "ours.b"), RD_KAFKA_RESP_ERR_NO_ERROR);

  // again: nothing changes; without the writer and with others' rules left alone: one goes
  change = apply_access_rules(admin, rules, everything);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added + change->removed, 0U);
  EXPECT_EQ(change->kept, 4U);
  change = apply_access_rules(
      admin, {}, [](const AccessRule& r) { return r.operation == AccessOperation::kWrite; });
  ASSERT_TRUE(change);
  EXPECT_EQ(change->removed, 1U);
  constexpr auto kRefused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  EXPECT_EQ(append_until(writer, "ours.a", kRefused), kRefused);
  change = apply_access_rules(admin, {}, everything);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->removed, 3U);
}

TEST_F(AccessRulesTest, AreRefusedWithTheReason) {
  const std::vector<AccessRule> rules = {rule("ours.a", "writer", AccessOperation::kRead)};
  const auto no_right = apply_access_rules(as("writer", "pw-2"), rules, everything);
  ASSERT_FALSE(no_right);
  EXPECT_EQ(no_right.error().code, "CB-NETWORK-ACCESS");
  EXPECT_NE(no_right.error().text().find("authorization failed"), std::string::npos)
      << no_right.error().text();
  const auto wrong = apply_access_rules(as("admin", "pw-2"), rules, everything);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "CB-NETWORK-ACCESS");
  EXPECT_NE(wrong.error().text().find("credentials"), std::string::npos) << wrong.error().text();
  auto odd = as("admin", "pw-1");
  odd.properties.emplace_back("sasl.usernam", "x");
  const auto unknown = apply_access_rules(odd, rules, everything);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "CB-USAGE-NETWORK");
}

/// A broker without an authorizer says so: the one that the tests share has none.
TEST_F(AccessRulesTest, NeedAnAuthorizer) {
  if (std::string_view(std::getenv("CITYBRAIN_KAFKA_DIR") ? "own" : "") != "own")
    GTEST_SKIP() << "the broker is somebody else's";
  const std::vector<AccessRule> rules = {rule("ours.a", "writer", AccessOperation::kRead)};
  const auto change = apply_access_rules({std::getenv("CITYBRAIN_KAFKA"), {}}, rules, everything);
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code, "CB-NETWORK-ACCESS");
}

}  // namespace
}  // namespace citybrain::network
