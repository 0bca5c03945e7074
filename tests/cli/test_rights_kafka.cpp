// A run whose parts are users of their own at a broker that allows what `network acls --apply` set
// and nothing else: each department, the city and the hub do with the rights that follow from
// contracts and grants. Who has other rights is told which topic. A broker of the test's own.
#include <gtest/gtest.h>

#include <memory>

#include "hub/store/store.h"
#include "tests/cli/program.h"
#include "tests/support/kafka_broker.h"

namespace citybrain::test {
namespace {

class RightsOnKafka : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* kafka = std::getenv("CITYBRAIN_KAFKA");
    if (kafka == nullptr || std::string_view(kafka) == "no") return;
    broker = new KafkaBroker;
    const auto users = (broker->folder() / "users").string();
    std::ofstream(users) << "admin pw super\ncity pw\nhub pw\ndepartment-traffic_police pw\n"
                            "department-navigation pw\n";
    const auto started = broker->start("--heap 192m --auth '" + users + "'");
    ASSERT_EQ(started.code, 0) << started.err;
  }
  static void TearDownTestSuite() {
    delete broker;
    broker = nullptr;
  }
  void SetUp() override {
    if (broker == nullptr) GTEST_SKIP() << "no Kafka: CITYBRAIN_KAFKA is not set";
  }

  static std::string config(const std::string& user) {
    return broker->dir() + "/clients/" + user + ".properties";
  }
  std::vector<std::string> as(const std::string& user, std::vector<std::string> words) const {
    const std::vector<std::string> more = {"--network", "kafka:" + broker->brokers() + "/" + prefix,
                                           "--network-config", config(user)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::vector<std::string> part(const std::string& user, std::vector<std::string> words) const {
    words.insert(words.end(), {"--horizon", "90s", "--no-progress", "--json"});
    return as(user, std::move(words));
  }
  void set_rights() {
    Program admin;
    const auto said = admin.run(as("admin", {"network", "acls", "quickstart", "--apply"}));
    ASSERT_EQ(said.code, 0) << said.err;
  }
  /// All rows of digests: of what was read, seen and decided in every step.
  static std::string digests(const std::filesystem::path& folder, const std::string& identity) {
    const auto store = store::Store::open({folder, identity, false});
    EXPECT_TRUE(store) << store.error().text();
    std::string out;
    EXPECT_TRUE((*store)->scan(store::Family::kDigests, "", [&](auto key, auto value) {
      out += std::string(key) + std::string(value);
      return true;
    }));
    return out;
  }
  static std::string identity_in(const std::filesystem::path& run) {
    std::ifstream in(run / "run.json");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::string key = "\"identity\": \"";
    const auto at = text.find(key) + key.size();
    return text.substr(at, text.find('"', at) - at);
  }

  static inline KafkaBroker* broker = nullptr;
  std::string prefix = "rights-" + std::to_string(getpid());
};

TEST_F(RightsOnKafka, EachPartDoesWithItsOwn) {
  set_rights();
  Program loop;
  ASSERT_EQ(loop.run({"run", "quickstart", "--horizon", "90s", "--no-progress", "--no-csv", "--out",
                      "whole"})
                .code,
            0);
  Program city, police, navigation, hub;
  const auto moving = city.start(part("city", {"city", "quickstart"}));
  // Departments may not make topics: the city does.
  Program admin;
  for (int i = 0; i < 300; ++i) {
    const auto topics = admin.run(as("admin", {"network", "topics"}));
    if (topics.out.find("control.run 1") != topics.out.npos) break;
    usleep(200'000);
  }
  const auto acting = police.start(part(
      "department-traffic_police",
      {"connector", "signal_control", "video", "--scenario", "quickstart", "--state", "state"}));
  const auto driving =
      navigation.start(part("department-navigation", {"connector", "navigation", "--scenario",
                                                      "quickstart", "--state", "state"}));
  const auto deciding = hub.start(part(
      "hub", {"hub", "--scenario", "quickstart", "--store", "store", "--log-retention", "30s"}));
  const auto moved = city.wait(moving), acted = police.wait(acting),
             drove = navigation.wait(driving), decided = hub.wait(deciding);
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_EQ(acted.code, 0) << acted.err;
  EXPECT_EQ(drove.code, 0) << drove.err;
  ASSERT_EQ(decided.code, 0) << decided.err;
  const auto identity = identity_in(loop.folder() / "whole");
  const auto expected = digests(loop.folder() / "whole/store", identity);
  EXPECT_GT(expected.size(), 1000U);
  EXPECT_TRUE(digests(hub.folder() / "store", identity) == expected);
}

TEST_F(RightsOnKafka, WhoHasOtherRightsIsToldWhichTopic) {
  prefix += "-other";
  set_rights();
  Program city, police;
  const auto moving = city.start(part("city", {"city", "quickstart", "--patience", "20s"}));
  Program admin;
  for (int i = 0; i < 300; ++i) {
    const auto topics = admin.run(as("admin", {"network", "topics"}));
    if (topics.out.find("control.run 1") != topics.out.npos) break;
    usleep(200'000);
  }
  const auto refused = police.run(
      part("department-navigation", {"connector", "signal_control", "--scenario", "quickstart"}));
  kill(moving, SIGTERM);
  (void)city.wait(moving);
  EXPECT_EQ(refused.code, 1);
  // Kafka does not tell a topic that may not be seen from one that is not there.
  const bool names_right = refused.err.find("CB-NETWORK-RIGHTS") != refused.err.npos ||
                           refused.err.find("this user may not see it") != refused.err.npos;
  EXPECT_TRUE(names_right) << refused.err;
  EXPECT_NE(refused.err.find(prefix + "."), refused.err.npos) << refused.err;
}

TEST_F(RightsOnKafka, AWrongPasswordIsNamed) {
  const auto file = (broker->folder() / "wrong").string();
  std::ofstream(file) << "security.protocol=SASL_PLAINTEXT\nsasl.mechanisms=PLAIN\n"
                         "sasl.username=hub\nsasl.password=guess\n";
  Program hub;
  const auto said =
      hub.run({"hub", "--scenario", "quickstart", "--store", "store", "--network",
               "kafka:" + broker->brokers() + "/" + prefix, "--network-config", file});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.err.find("CB-NETWORK-OPEN"), said.err.npos) << said.err;
  EXPECT_NE(said.err.find("Invalid username or password"), said.err.npos) << said.err;
  EXPECT_EQ(said.err.find("within 30 s"), said.err.npos) << said.err;
}

}  // namespace
}  // namespace citybrain::test
