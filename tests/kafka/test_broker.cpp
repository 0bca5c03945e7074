// deploy/kafka/broker as people and tests use it: a broker of this test's own behind the fault
// proxy, killed, paused, restarted and stopped; and the brokers that the environment names. Says
// Kafka's own bytes, so that it depends on no client library.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/asio.hpp>
#include <boost/endian/conversion.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/fault_proxy.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace std::string_literals;

struct Said {
  int code = -1;
  std::string out, err;
};

/// The script on a folder of its own; whatever happens, its processes end with it.
class Script {
 public:
  Said operator()(const std::string& arguments) {
    const auto out = folder_.path() / "out", err = folder_.path() / "err";
    const std::string command = "'" CITYBRAIN_SOURCE_DIR "/deploy/kafka/broker' " + arguments +
                                " --dir '" + (folder_.path() / "broker").string() + "' >'" +
                                out.string() + "' 2>'" + err.string() + "'";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(out), read(err)};
  }
  ~Script() { (*this)("stop --timeout 5"); }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  }
  TemporaryFolder folder_;
};

/// The answer to a request without its length; nothing where none comes in time.
std::optional<std::string> ask(const tcp::endpoint& to, const std::string& request,
                               std::chrono::milliseconds patience = 10s) {
  asio::io_context context;
  tcp::socket socket(context);
  boost::system::error_code error;
  socket.connect(to, error);
  if (error) return std::nullopt;
  std::uint32_t size = boost::endian::native_to_big(static_cast<std::uint32_t>(request.size()));
  asio::write(socket,
              std::array<asio::const_buffer, 2>{asio::buffer(&size, 4), asio::buffer(request)},
              error);
  std::string answer;
  bool whole = false;
  asio::async_read(socket, asio::buffer(&size, 4), [&](auto e, std::size_t) {
    if (e) return;
    answer.resize(std::min(boost::endian::big_to_native(size), 1U << 20));
    asio::async_read(socket, asio::buffer(answer), [&](auto e2, std::size_t) { whole = !e2; });
  });
  context.run_for(patience);
  if (!whole) return std::nullopt;
  return answer;
}

std::uint16_t u16(const std::string& s, std::size_t at) {
  return boost::endian::load_big_u16(reinterpret_cast<const unsigned char*>(s.data()) + at);
}
std::uint32_t u32(const std::string& s, std::size_t at) {
  return boost::endian::load_big_u32(reinterpret_cast<const unsigned char*>(s.data()) + at);
}

/// Header of a request: key, version, correlation id 7, client "test".
std::string header(char key, char version) {
  return "\0"s + key + "\0"s + version + "\0\0\0\7\0\4test"s;
}

/// The requests that a broker knows (ApiVersions 0): correlation id, error, array of (key, min,
/// max).
std::vector<std::uint16_t> known_requests(const tcp::endpoint& at,
                                          std::chrono::milliseconds patience = 10s) {
  const auto answer = ask(at, header(18, 0), patience);
  std::vector<std::uint16_t> keys;
  if (!answer || answer->size() < 10 || u32(*answer, 0) != 7 || u16(*answer, 4) != 0) return keys;
  for (std::uint32_t i = 0; i < u32(*answer, 6) && 10 + 6 * i + 6 <= answer->size(); ++i)
    keys.push_back(u16(*answer, 10 + 6 * i));
  return keys;
}

struct Broker {
  std::uint32_t id = 0;
  std::string host;
  std::uint32_t port = 0;
};

/// Whom a broker tells clients to connect to (Metadata 1, of no topic).
std::vector<Broker> told_brokers(const tcp::endpoint& at) {
  const auto answer = ask(at, header(3, 1) + "\0\0\0\0"s);
  std::vector<Broker> out;
  if (!answer) return out;
  std::size_t p = 8;
  for (std::uint32_t i = 0; i < u32(*answer, 4); ++i) {
    Broker b;
    b.id = u32(*answer, p);
    const std::size_t n = u16(*answer, p + 4);
    b.host = answer->substr(p + 6, n);
    b.port = u32(*answer, p + 6 + n);
    p += 6 + n + 4;
    const std::uint16_t rack = u16(*answer, p);
    p += 2 + (rack == 0xFFFF ? 0U : rack);
    out.push_back(b);
  }
  return out;
}

tcp::endpoint local(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' || std::string_view(value) == "no" ? nullptr : value;
}

struct BrokerTest : testing::Test {
  void SetUp() override {
    if (environment("CITYBRAIN_KAFKA") == nullptr)
      GTEST_SKIP() << "no Kafka: CITYBRAIN_KAFKA is not set; ./citybrain test sets it";
  }
};

TEST_F(BrokerTest, ThoseOfTheEnvironmentAnswerAndKnowWhatWeNeed) {
  for (const char* name : {"CITYBRAIN_KAFKA", "CITYBRAIN_KAFKA_CLUSTER"}) {
    if (environment(name) == nullptr) continue;
    std::istringstream list(environment(name));
    std::size_t n = 0;
    for (std::string one; std::getline(list, one, ','); ++n) {
      tcp::resolver::results_type found;
      asio::io_context context;
      found = tcp::resolver(context).resolve(one.substr(0, one.rfind(':')),
                                             one.substr(one.rfind(':') + 1));
      const auto keys = known_requests(*found.begin());
      // Produce, Fetch, ListOffsets, CreateTopics, InitProducerId, EndTxn, CreateAcls
      for (const std::uint16_t key : {0, 1, 2, 19, 22, 26, 30})
        EXPECT_NE(std::find(keys.begin(), keys.end(), key), keys.end()) << one << ": " << key;
    }
    EXPECT_EQ(n, std::string_view(name).ends_with("CLUSTER") ? 3U : n) << environment(name);
    EXPECT_GE(n, 1U);
  }
}

TEST_F(BrokerTest, IsStartedBehindAProxyKilledPausedAndStopped) {
  Script broker;
  FaultProxy proxy;
  // the broker's port must be known before it starts, the proxy's before clients are told of it
  const auto port = [] {
    asio::io_context context;
    return tcp::acceptor(context, local(0)).local_endpoint().port();
  }();
  const auto front = proxy.add_link(0, port);
  const std::string advertised = "127.0.0.1:" + std::to_string(front);
  const auto start =
      "start --heap 128m --port " + std::to_string(port) + " --advertise " + advertised;
  const auto started = broker(start);
  ASSERT_EQ(started.code, 0) << started.err;
  EXPECT_EQ(started.out, advertised + "\n");

  const auto told = told_brokers(local(port));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].host + ":" + std::to_string(told[0].port), advertised);
  EXPECT_FALSE(known_requests(local(front)).empty());
  proxy.cut();
  EXPECT_TRUE(known_requests(local(front), 300ms).empty());
  EXPECT_FALSE(known_requests(local(port)).empty());
  proxy.heal();
  EXPECT_FALSE(known_requests(local(front)).empty());

  const auto again = broker(start);
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("runs already"), std::string::npos) << again.err;

  EXPECT_EQ(broker("pause --node 1").code, 0);
  EXPECT_TRUE(known_requests(local(port), 300ms).empty());
  const auto paused = broker("status");
  EXPECT_EQ(paused.code, 1);
  EXPECT_NE(paused.out.find("node 1: paused"), std::string::npos) << paused.out;
  EXPECT_EQ(broker("resume --node 1").code, 0);
  EXPECT_FALSE(known_requests(local(port)).empty());

  EXPECT_EQ(broker("kill --node 1").code, 0);
  EXPECT_TRUE(known_requests(local(port)).empty());
  EXPECT_NE(broker("status").out.find("node 1: stopped"), std::string::npos);
  EXPECT_EQ(broker("kill --node 1").code, 1) << "it is dead already";
  const auto restarted = broker("restart --node 1");
  EXPECT_EQ(restarted.code, 0) << restarted.err;
  EXPECT_FALSE(known_requests(local(front)).empty());
  EXPECT_EQ(broker("status").code, 0);

  EXPECT_EQ(broker("stop").code, 0);
  EXPECT_TRUE(known_requests(local(port)).empty());
  EXPECT_EQ(broker("stop").code, 0);
}

/// What is wrong is said, with exit code 2 (usage) or 1, and nothing is started or left behind.
TEST(BrokerScript, SaysWhatIsWrong) {
  const std::vector<std::tuple<std::string, int, std::string>> wrong = {
      {"strat", 2, "no command 'strat'"},
      {"start --prot 1", 2, "unknown argument '--prot'"},
      {"start --port 65536", 2, "0 to 65535"},
      {"start --port 09", 2, "0 to 65535"},
      {"start --cluster 0", 2, "1 to 9"},
      {"start --heap 12", 2, "384m"},
      {"start --heap 32m", 2, "64m or more"},
      {"start --listen here", 2, "an IPv4 address"},
      {"start --advertise here", 2, "HOST:PORT"},
      {"start --advertise a:1,b:2", 2, "2 addresses for 1 nodes"},
      {"start --auth nowhere", 2, "cannot be read"},
      {"kill --node 1", 1, "there is no broker in"},
      {"status", 1, "there is no broker in"},
  };
  for (const auto& [arguments, code, said] : wrong) {
    Script broker;
    const auto got = broker(arguments);
    EXPECT_EQ(got.code, code) << arguments << got.err;
    EXPECT_NE(got.err.find(said), std::string::npos) << arguments << ": " << got.err;
    EXPECT_EQ(got.out, "") << arguments;
    EXPECT_FALSE(std::filesystem::exists(broker.folder() / "broker" / "node-1")) << arguments;
  }
}

TEST(BrokerScript, UsersFileIsReadStrictly) {
  for (const auto& [line, said] : {std::pair{"a-b_1", "a password"},
                                   {"admin pw supper", "'super'"},
                                   {"admin p\"w", "a password"},
                                   {"9admin pw", "a user's name"},
                                   {"citybrain-broker pw", "a user's name"},
                                   {"# nobody", "no user"}}) {
    Script broker;
    const auto users = broker.folder() / "users";
    std::ofstream(users) << line << "\n";
    const auto got = broker("start --auth '" + users.string() + "'");
    EXPECT_EQ(got.code, 1) << line;
    EXPECT_NE(got.err.find(said), std::string::npos) << line << ": " << got.err;
  }
}

TEST(BrokerScript, APortThatIsTakenIsNamed) {
  asio::io_context context;
  tcp::acceptor somebody(context, local(0));
  Script broker;
  const auto port = std::to_string(somebody.local_endpoint().port());
  const auto got = broker("start --port " + port);
  EXPECT_EQ(got.code, 1);
  EXPECT_NE(got.err.find("port " + port + " is taken"), std::string::npos) << got.err;
}

}  // namespace
}  // namespace citybrain::test
