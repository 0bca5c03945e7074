// What every server of this room does around its sessions: listens on an address, accepts up to a
// bound of connections, runs on the calling thread until it is stopped. Private to hub/api, for its
// translation units that include Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>
#include <string>

#include "hub/model/result.h"

namespace citybrain::api {

struct Listening {
  boost::asio::io_context io{1};
  boost::asio::ip::tcp::acceptor acceptor{io};
  std::size_t connections = 0;

  /// Error CB-API-LISTEN with `mend`.
  model::Result<void> listen(const std::string& host, std::uint16_t port, const char* mend) {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(host, ec);
    const boost::asio::ip::tcp::endpoint at(address, port);
    if (!ec) acceptor.open(at.protocol(), ec);
    if (!ec) acceptor.set_option(boost::asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor.bind(at, ec);
    if (!ec) acceptor.listen(boost::asio::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    return model::Error{"CB-API-LISTEN", "cannot listen: " + ec.message(),
                        host + ":" + std::to_string(port), mend};
  }
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }

  /// Returns when io is stopped, or after SIGINT or SIGTERM when `stop_on_signal`.
  /// `session(socket)` is a coroutine, which counts `connections` down at its end.
  template <class Session>
  void serve(bool stop_on_signal, std::size_t most, Session session) {
    boost::asio::signal_set signals(io);
    if (stop_on_signal) {
      signals.add(SIGINT);
      signals.add(SIGTERM);
      signals.async_wait([this](const boost::system::error_code& ec, int) {
        if (!ec) io.stop();
      });
    }
    boost::asio::co_spawn(io, accept(most, session), boost::asio::detached);
    io.run();
  }

 private:
  template <class Session>
  boost::asio::awaitable<void> accept(std::size_t most, Session session) {
    for (;;) {
      boost::system::error_code ec;
      auto socket = co_await acceptor.async_accept(
          io, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
      if (ec == boost::asio::error::operation_aborted || !acceptor.is_open()) co_return;
      if (ec) {  // out of file descriptors: wait, do not spin
        boost::asio::steady_timer pause(io, std::chrono::milliseconds(50));
        co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        continue;
      }
      if (connections >= most) continue;  // closed at once
      ++connections;
      socket.set_option(boost::asio::ip::tcp::no_delay(true), ec);
      boost::asio::co_spawn(io, session(std::move(socket)), boost::asio::detached);
    }
  }
};

}  // namespace citybrain::api
