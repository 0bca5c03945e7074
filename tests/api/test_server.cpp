// The server over real sockets on the loopback address: keep-alive, pipelining, bounds, silence.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "hub/api/api.h"

namespace citybrain::api {
namespace {

/// A server that says what it was asked, on a thread of its own.
class Echo {
 public:
  explicit Echo(ServerOptions options = {})
      : server_(*Server::listen(
            options,
            [](const Request& r) {
              return Reply{200, "text/plain", r.method + " " + r.target + " " + r.body};
            })),
        thread_([this] { server_.serve(false); }) {}
  ~Echo() {
    server_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  Server server_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { ::close(fd_); }
  void send(const std::string& bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Reads until `text` was seen, or the connection ended.
  std::string until(const std::string& text) {
    std::string out;
    char buffer[4096];
    while (text.empty() || out.find(text) == std::string::npos) {
      const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }
  std::string to_end() { return until(""); }

 private:
  int fd_;
};

TEST(Server, AnswersPipelinedRequestsInTheirOrderOnOneConnection) {
  Echo echo;
  Client client(echo.port());
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nb" +
            std::to_string(10 + i);
  many += "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  client.send(many);
  const auto all = client.to_end();  // ends: the last request asked for it
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = all.find("POST /" + std::to_string(i) + " b" + std::to_string(10 + i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(all.find("GET /last", at), std::string::npos);
}

TEST(Server, RequestsThatComeInPiecesAreAnswered) {
  Echo echo;
  Client client(echo.port());
  for (const char c : std::string("POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                  "\r\n3\r\nabc\r\n0\r\n\r\n"))
    client.send(std::string(1, c));
  EXPECT_NE(client.until("POST /slow abc").find("200 OK"), std::string::npos);
}

TEST(Server, AsksForABodyThatWaits) {
  Echo echo;
  Client client(echo.port());
  client.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_NE(client.until("\r\n\r\n").find("100 Continue"), std::string::npos);
  client.send("ok");
  EXPECT_NE(client.until("POST /e ok").find("200 OK"), std::string::npos);
}

TEST(Server, HeadHasTheLengthWithoutTheBody) {
  Echo echo;
  Client client(echo.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto reply = client.to_end();
  EXPECT_NE(reply.find("Content-Length: 7"), std::string::npos) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\n"));
}

TEST(Server, BoundsAreKept) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  options.max_header_bytes = 2000;
  Echo echo(options);
  Client big(echo.port());
  big.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  EXPECT_NE(big.to_end().find("HTTP/1.1 413"), std::string::npos);
  Client headers(echo.port());
  headers.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x') + "\r\n\r\n");
  EXPECT_NE(headers.to_end().find("HTTP/1.1 431"), std::string::npos);
  Client noise(echo.port());
  noise.send("this is no HTTP\r\n\r\n");
  EXPECT_NE(noise.to_end().find("HTTP/1.1 400"), std::string::npos);
}

TEST(Server, SilenceEndsAConnection) {
  ServerOptions options;
  options.idle_s = 1;
  Echo echo(options);
  Client client(echo.port());
  client.send("GET / HT");
  EXPECT_EQ(client.to_end(), "");  // ended by the server, within the client's patience
}

TEST(Server, ATakenPortIsSaid) {
  Echo echo;
  ServerOptions options;
  options.port = echo.port();
  const auto second = Server::listen(options, [](const Request&) { return Reply{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "CB-API-LISTEN");
  options.address = "nowhere";
  EXPECT_FALSE(Server::listen(options, [](const Request&) { return Reply{}; }));
}

}  // namespace
}  // namespace citybrain::api
