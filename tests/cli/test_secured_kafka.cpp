// Whole runs on a broker that speaks TLS, asks for passwords and has access lists: with the right
// credentials the outcome is that of the embedded log; what is wrong is said by name. A broker of
// its own: in `./citybrain test all` only.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

class SecuredKafka : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* kafka = std::getenv("CITYBRAIN_KAFKA_CLUSTER");
    if (kafka == nullptr || std::string_view(kafka) == "no") return;
    folder = new TemporaryFolder;
    std::ofstream(path("users")) << "admin pw-1 super\nnobody pw-2\n";
    const std::string start =
        script("start --heap 160m --auth '" + path("users") + "' --tls '" + path("tls") + "'");
    const std::unique_ptr<FILE, int (*)(FILE*)> out(popen(start.c_str(), "r"), pclose);
    for (int c = 0; (c = fgetc(out.get())) != EOF && c != '\n';) broker += static_cast<char>(c);
  }
  static void TearDownTestSuite() {
    if (folder != nullptr) EXPECT_EQ(std::system(script("stop").c_str()), 0);
    delete folder;
  }
  void SetUp() override {
    if (folder == nullptr) GTEST_SKIP() << "no Kafka: ./citybrain test all sets it";
    ASSERT_FALSE(broker.empty()) << "the broker did not start";
  }
  static std::string path(const std::string& name) { return (folder->path() / name).string(); }
  static std::string script(const std::string& arguments) {
    return "'" CITYBRAIN_SOURCE_DIR "/deploy/kafka/broker' " + arguments + " --dir '" +
           path("broker") + "'";
  }
  /// A client's settings; `ca` is where it finds whom to trust, empty: it trusts nobody.
  static std::string client(const std::string& user, const std::string& password,
                            const std::string& mechanism, const std::string& ca) {
    const auto file = path("client-" + std::to_string(++clients));
    std::ofstream out(file);
    out << "security.protocol=SASL_SSL\nsasl.mechanisms=" << mechanism << "\nsasl.username=" << user
        << "\nsasl.password=" << password << "\n";
    if (!ca.empty()) out << "ssl.ca.location=" << ca << "\n";
    return file;
  }
  Said run(const std::string& prefix, const std::string& settings) {
    return program.run({"run", "quickstart", "--horizon", "60s", "--no-progress", "--no-csv",
                        "--json", "--out", prefix, "--network", "kafka:" + broker + "/" + prefix,
                        "--network-config", settings});
  }
  static std::string hash(const Said& said) {
    EXPECT_EQ(said.code, 0) << said.err;
    const auto at = said.out.find("\"outcome_hash\"");
    return at == said.out.npos ? "none" : said.out.substr(at, 52);
  }
  void refused(const Said& said, const std::string& code, const std::string& words) {
    EXPECT_EQ(said.code, 1) << said.out;
    EXPECT_NE(said.err.find(code), said.err.npos) << said.err;
    EXPECT_NE(said.err.find(words), said.err.npos) << said.err;
  }

  Program program;
  static inline TemporaryFolder* folder = nullptr;
  static inline std::string broker;
  static inline int clients = 0;
};

TEST_F(SecuredKafka, TheRightCredentialsGiveTheSameOutcome) {
  const auto embedded = hash(program.run({"run", "quickstart", "--horizon", "60s", "--no-progress",
                                          "--no-csv", "--json", "--out", "embedded"}));
  EXPECT_EQ(hash(run("good", client("admin", "pw-1", "PLAIN", path("tls/ca.pem")))), embedded);
  // librdkafka before 2.6.1 cannot use SCRAM with Kafka 4 and says so.
  for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    const auto said = run(std::string("good-") + mechanism,
                          client("admin", "pw-1", mechanism, path("tls/ca.pem")));
    if (said.err.find("needs librdkafka 2.6.1") == said.err.npos)
      EXPECT_EQ(hash(said), embedded) << mechanism;
    else
      refused(said, "CB-NETWORK-OPEN", mechanism);
  }
}

TEST_F(SecuredKafka, WrongPasswordsAreNamed) {
  refused(run("bad-plain", client("admin", "pw-9", "PLAIN", path("tls/ca.pem"))), "CB-NETWORK-OPEN",
          "Invalid username or password");
  refused(run("bad-scram", client("admin", "pw-9", "SCRAM-SHA-512", path("tls/ca.pem"))),
          "CB-NETWORK-OPEN", "invalid credentials with SASL mechanism SCRAM-SHA-512");
}

TEST_F(SecuredKafka, ABrokerThatNobodyVouchesForIsNotTrusted) {
  refused(run("untrusted", client("admin", "pw-1", "PLAIN", "")), "CB-NETWORK-OPEN",
          "certificate verify failed");
}

TEST_F(SecuredKafka, MissingRightsNameTheTopic) {
  refused(run("rightless", client("nobody", "pw-2", "PLAIN", path("tls/ca.pem"))),
          "CB-NETWORK-RIGHTS", "rightless.citybrain");
}

}  // namespace
}  // namespace citybrain::test
