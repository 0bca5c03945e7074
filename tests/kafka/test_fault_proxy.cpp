// The fault proxy against an echo server on loopback. Nothing here asserts that something was fast:
// waits are for what must come, and lower bounds for what must not come earlier.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/fault_proxy.h"

namespace citybrain::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Sends back what it is sent, on every connection at once.
class EchoServer {
 public:
  EchoServer() { accept(); }
  ~EchoServer() {
    context_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  struct Peer {
    tcp::socket socket;
    std::array<char, 4096> buffer{};
  };
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      read(std::make_shared<Peer>(Peer{std::move(socket)}));
      accept();
    });
  }
  void read(const std::shared_ptr<Peer>& peer) {
    peer->socket.async_read_some(asio::buffer(peer->buffer),
                                 [this, peer](error_code error, std::size_t n) {
                                   if (error) return;  // the peer goes with its last handler
                                   asio::async_write(peer->socket, asio::buffer(peer->buffer, n),
                                                     [this, peer](error_code e, std::size_t) {
                                                       if (!e) read(peer);
                                                     });
                                 });
  }
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_{[this] { context_.run(); }};
};

class Client {
 public:
  explicit Client(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }
  void say(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
  std::string hear(std::size_t n) {
    std::string out(n, '\0');
    error_code error;
    out.resize(asio::read(socket_, asio::buffer(out), error));
    return out;
  }
  std::size_t waiting() const { return socket_.available(); }
  /// Nothing for a while.
  bool hears_nothing() const {
    for (int i = 0; i < 20; ++i, std::this_thread::sleep_for(5ms))
      if (waiting() > 0) return false;
    return true;
  }
  error_code end_of_stream() {
    char c = 0;
    error_code error;
    asio::read(socket_, asio::buffer(&c, 1), error);
    return error;
  }
  void stop_sending() { socket_.shutdown(tcp::socket::shutdown_send); }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
};

struct FaultProxyTest : testing::Test {
  EchoServer echo;
  FaultProxy proxy;
  std::uint16_t port = proxy.add_link(0, echo.port());
};

TEST_F(FaultProxyTest, PassesBytesInOrderBothWaysAndTheEnd) {
  Client a(port), b(port);
  std::string much;
  for (int i = 0; i < 200'000; ++i) much += std::to_string(i) + ",";
  std::thread sender([&] {
    a.say(much);
    a.stop_sending();
  });
  b.say("hello");
  EXPECT_EQ(b.hear(5), "hello");
  EXPECT_EQ(a.hear(much.size()), much);
  sender.join();
  EXPECT_EQ(a.end_of_stream(), asio::error::eof);
  const auto s = proxy.status(1);
  EXPECT_EQ(s.bytes_up, much.size() + 5);
  EXPECT_EQ(s.bytes_down, much.size() + 5);
  EXPECT_EQ(s.connections_ever, 2U);
  EXPECT_EQ(s.state, "open");
}

TEST_F(FaultProxyTest, CutHoldsEverythingBackAndHealLetsItPass) {
  Client a(port);
  a.say("1");
  EXPECT_EQ(a.hear(1), "1");
  proxy.cut();
  a.say("2");
  Client late(port);  // accepted, and no answer
  late.say("3");
  EXPECT_TRUE(a.hears_nothing());
  EXPECT_TRUE(late.hears_nothing());
  EXPECT_EQ(proxy.status(1).bytes_up, 1U);
  EXPECT_EQ(proxy.status(1).state, "cut");
  proxy.heal();
  EXPECT_EQ(a.hear(1), "2");
  EXPECT_EQ(late.hear(1), "3");
}

TEST_F(FaultProxyTest, ACutSenderIsMadeToWaitInsteadOfFillingMemory) {
  Client a(port);
  a.say("1");
  EXPECT_EQ(a.hear(1), "1");
  proxy.cut();
  const std::string much(64U << 20, 'x');  // more than kernel buffers and the proxy together hold
  std::atomic<bool> sent = false;
  std::thread sender([&] {
    a.say(much);
    sent = true;
  });
  EXPECT_TRUE(a.hears_nothing());
  EXPECT_FALSE(sent);
  proxy.heal();
  EXPECT_EQ(a.hear(much.size()), much);
  sender.join();
}

TEST_F(FaultProxyTest, CloseResetsAndRefusesUntilHealed) {
  Client a(port);
  a.say("1");
  EXPECT_EQ(a.hear(1), "1");
  proxy.close();
  EXPECT_EQ(a.end_of_stream(), asio::error::connection_reset);
  EXPECT_THROW(Client{port}, boost::system::system_error);
  EXPECT_EQ(proxy.status(1).state, "closed");
  proxy.heal();
  Client b(port);
  b.say("2");
  EXPECT_EQ(b.hear(1), "2");
}

TEST_F(FaultProxyTest, ResetEndsWhatIsThereAndWelcomesWhatComes) {
  Client a(port);
  a.say("1");
  EXPECT_EQ(a.hear(1), "1");
  proxy.reset();
  EXPECT_EQ(a.end_of_stream(), asio::error::connection_reset);
  Client b(port);
  b.say("2");
  EXPECT_EQ(b.hear(1), "2");
}

TEST_F(FaultProxyTest, DelayIsAddedEachWay) {
  proxy.delay(60ms);
  Client a(port);
  const auto before = Clock::now();
  a.say("1");
  EXPECT_EQ(a.hear(1), "1");
  EXPECT_GE(Clock::now() - before, 120ms);
  proxy.delay(0ms);
  a.say("2");
  EXPECT_EQ(a.hear(1), "2");
}

TEST_F(FaultProxyTest, RateIsSharedByTheConnectionsOfALink) {
  proxy.rate(1'000'000);
  Client a(port), b(port);
  const std::string bytes(100'000, 'y');
  const auto before = Clock::now();
  std::thread other([&] {
    b.say(bytes);
    EXPECT_EQ(b.hear(bytes.size()), bytes);
  });
  a.say(bytes);
  EXPECT_EQ(a.hear(bytes.size()), bytes);
  other.join();
  EXPECT_GE(Clock::now() - before, 199ms);  // 200,000 bytes through one wire of 1 MB/s
}

TEST_F(FaultProxyTest, LinksFailByThemselves) {
  const auto second = proxy.add_link(0, echo.port());
  Client a(port), b(second);
  proxy.cut(2);
  a.say("1");
  b.say("2");
  EXPECT_EQ(a.hear(1), "1");
  EXPECT_TRUE(b.hears_nothing());
  proxy.heal(2);
  EXPECT_EQ(b.hear(1), "2");
}

TEST_F(FaultProxyTest, ATargetThatIsNotThereResets) {
  std::uint16_t nobody = 0;
  {
    EchoServer gone;
    nobody = gone.port();
  }
  Client a(proxy.add_link(0, nobody));
  EXPECT_TRUE(a.end_of_stream());
  EXPECT_EQ(proxy.status(2).connections, 0U);
}

TEST_F(FaultProxyTest, LinesAreObeyedOrAnsweredWithWhatWasExpected) {
  EXPECT_EQ(proxy.execute("cut"), "ok");
  EXPECT_EQ(proxy.execute(" cut  1 "), "ok");
  EXPECT_EQ(proxy.execute("status"),
            R"({"link": 1, "state": "cut", "connections": 0, "connections_ever": 0, )"
            R"("bytes_up": 0, "bytes_down": 0})");
  EXPECT_EQ(proxy.execute("close 1"), "ok");
  EXPECT_EQ(proxy.execute("heal"), "ok");
  EXPECT_EQ(proxy.execute("reset"), "ok");
  EXPECT_EQ(proxy.execute("delay 5"), "ok");
  EXPECT_EQ(proxy.execute("delay 0 1"), "ok");
  EXPECT_EQ(proxy.execute("rate 1000 1"), "ok");
  for (const char* wrong : {"", "cat", "cut x", "cut 1 1", "delay", "delay -5", "delay 1 1 1",
                            "rate", "rate 99999999999999999999", "status 1 1", "cut 1x"})
    EXPECT_TRUE(proxy.execute(wrong).starts_with("error: expected ")) << wrong;
  EXPECT_EQ(proxy.execute("cut 2"), "error: there are links 1 to 1");
}

/// The program: its lines on standard input.
TEST(FaultProxyProgram, ObeysStandardInput) {
  EchoServer echo;
  const std::string command = "printf 'cut\\nstatus 1\\nhurt\\n' | '" FAULT_PROXY_PROGRAM "' " +
                              std::to_string(echo.port());
  std::unique_ptr<FILE, int (*)(FILE*)> out(popen(command.c_str(), "r"), pclose);
  std::string said;
  for (int c = 0; (c = fgetc(out.get())) != EOF;) said += static_cast<char>(c);
  EXPECT_TRUE(said.starts_with("link 1: 127.0.0.1:")) << said;
  EXPECT_NE(said.find(" -> 127.0.0.1:" + std::to_string(echo.port()) + "\nok\n"), said.npos)
      << said;
  EXPECT_NE(said.find("\"state\": \"cut\""), said.npos) << said;
  EXPECT_NE(said.find("\nerror: expected "), said.npos) << said;
}

}  // namespace
}  // namespace citybrain::test
