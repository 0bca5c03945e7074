#include "connectors/sumo/connection.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace citybrain::connectors::sumo {

using boost::asio::ip::tcp;
using model::Error;
using model::Result;

namespace {

/// Beyond any reply of a city; a length beyond it is no TraCI.
constexpr std::uint32_t kLongest = 512U << 20;

Error broken(std::string what) {
  return {"CB-SUMO-CONNECTION", "the connection to SUMO broke: " + std::move(what), "", ""};
}

}  // namespace

struct Port::Socket {
  boost::asio::io_context io;
  tcp::socket socket{io};
};

Port::Port(std::unique_ptr<Socket> socket, std::uint16_t number)
    : socket_(std::move(socket)), number_(number) {}
Port::Port(Port&&) noexcept = default;
Port& Port::operator=(Port&&) noexcept = default;
Port::~Port() = default;

Result<Port> Port::reserve() {
  auto socket = std::make_unique<Socket>();
  boost::system::error_code ec;
  socket->socket.open(tcp::v4(), ec);
  if (!ec) socket->socket.set_option(tcp::socket::reuse_address(true), ec);
  if (!ec) socket->socket.bind({boost::asio::ip::address_v4::any(), 0}, ec);
  const auto number = ec ? 0 : socket->socket.local_endpoint(ec).port();
  if (ec)
    return Error{"CB-SUMO-PORT", "no free port for SUMO: " + ec.message(), "",
                 "close programs that hold many ports, then start again"};
  return Port(std::move(socket), static_cast<std::uint16_t>(number));
}

struct Connection::Socket {
  boost::asio::io_context io;
  tcp::socket socket{io};
  std::string reply;

  /// Runs what was begun until it is done; cancels it after `patience`.
  Result<void> finish(std::chrono::seconds patience, const boost::system::error_code& ec) {
    io.restart();
    io.run_for(patience);
    if (io.stopped()) {
      if (ec) return broken(ec.message());
      return {};
    }
    boost::system::error_code ignored;
    socket.close(ignored);
    io.run();
    return broken(fmt::format("no answer for {} s", patience.count()));
  }
  Result<void> read(char* to, std::size_t size, std::chrono::seconds patience) {
    boost::system::error_code ec;
    boost::asio::async_read(socket, boost::asio::buffer(to, size),
                            [&ec](const boost::system::error_code& e, std::size_t) { ec = e; });
    return finish(patience, ec);
  }
};

Connection::Connection(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(std::uint16_t port) {
  auto socket = std::make_unique<Socket>();
  boost::system::error_code ec;
  socket->socket.connect({boost::asio::ip::address_v4::loopback(), port}, ec);
  if (!ec) socket->socket.set_option(tcp::no_delay(true), ec);
  if (ec) return Error{"CB-SUMO-CONNECT", "SUMO does not listen: " + ec.message(), "", ""};
  return Connection(std::move(socket));
}

Result<std::string_view> Connection::exchange(std::string_view framed,
                                              std::chrono::seconds patience) {
  auto& s = *socket_;
  boost::system::error_code ec;
  boost::asio::write(s.socket, boost::asio::buffer(framed.data(), framed.size()), ec);
  if (ec) return broken(ec.message());
  unsigned char head[4];
  CITYBRAIN_TRY(s.read(reinterpret_cast<char*>(head), sizeof head, patience));
  const std::uint32_t length = (std::uint32_t{head[0]} << 24) | (std::uint32_t{head[1]} << 16) |
                               (std::uint32_t{head[2]} << 8) | head[3];
  if (length < 4 || length > kLongest)
    return broken(fmt::format("a message of {} bytes was announced", length));
  s.reply.resize(length - 4);
  CITYBRAIN_TRY(s.read(s.reply.data(), s.reply.size(), patience));
  return std::string_view(s.reply);
}

void pause(std::chrono::milliseconds time) {
  boost::asio::io_context io;
  boost::asio::steady_timer(io, time).wait();
}

}  // namespace citybrain::connectors::sumo
