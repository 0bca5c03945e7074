// A TCP connection to a TraCI server on this machine: whole messages out, whole messages in. One
// thread. Asio stays in connection.cpp. Private to connectors/sumo.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::connectors::sumo {

/// A port of this machine that is nobody's, held (not listened on) until this ends, so that no two
/// cities of one machine are given the same; a server that reuses addresses, as SUMO does, may
/// listen on it meanwhile.
class Port {
 public:
  static model::Result<Port> reserve();
  Port(Port&&) noexcept;
  Port& operator=(Port&&) noexcept;
  ~Port();
  std::uint16_t number() const { return number_; }

 private:
  struct Socket;
  explicit Port(std::unique_ptr<Socket> socket, std::uint16_t number);
  std::unique_ptr<Socket> socket_;
  std::uint16_t number_ = 0;
};

class Connection {
 public:
  /// Error CB-SUMO-CONNECT: nobody listens there (yet).
  static model::Result<Connection> open(std::uint16_t port);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Sends a framed message and waits for the reply; what comes is valid until the next exchange.
  /// Error CB-SUMO-CONNECTION: the other side is gone, silent for `patience`, or sends what cannot
  /// be a message.
  model::Result<std::string_view> exchange(std::string_view framed, std::chrono::seconds patience);

 private:
  struct Socket;
  explicit Connection(std::unique_ptr<Socket> socket);
  std::unique_ptr<Socket> socket_;
};

/// Lets a little time pass.
void pause(std::chrono::milliseconds time);

}  // namespace citybrain::connectors::sumo
