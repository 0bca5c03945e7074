// A broker of a test's own that is met through a fault proxy only: clients are told the proxy's
// port. Threading: one at a time.
#pragma once

#include <unistd.h>

#include <boost/asio.hpp>
#include <string>

#include "tests/support/fault_proxy.h"
#include "tests/support/kafka_broker.h"

namespace citybrain::test {

/// A port that nobody listens on, below those that the kernel gives to connections: while nobody
/// listens there, no connection of a client takes it, nor meets itself on it.
inline std::uint16_t free_port_below_connections(std::uint32_t draw) {
  namespace asio = boost::asio;
  asio::io_context context;
  for (std::uint32_t i = 0;; ++i) {
    const auto port = static_cast<std::uint16_t>(
        12'000 + (static_cast<std::uint32_t>(::getpid()) * 7919U + (draw + i) * 104'729U) % 18'000);
    boost::system::error_code error;
    asio::ip::tcp::acceptor one(context);
    one.open(asio::ip::tcp::v4(), error);
    one.bind({asio::ip::address_v4::loopback(), port}, error);
    if (!error) return port;
  }
}

struct BrokerBehindProxy {
  FaultProxy proxy;
  KafkaBroker broker;

  ScriptSaid start() {
    const auto port = free_port_below_connections(0);
    const auto front = proxy.add_link(free_port_below_connections(1000), port);
    return broker.start(fmt::format("--heap 192m --port {} --advertise 127.0.0.1:{}", port, front));
  }
};

}  // namespace citybrain::test
