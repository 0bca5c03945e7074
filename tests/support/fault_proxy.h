// A TCP proxy for network faults on loopback: clients connect to a link's own port and are
// forwarded to its target; meanwhile the link may be cut, closed, delayed or slowed. Kafka tells
// clients where to connect, so a broker behind a link is started with --advertise and the link's
// port.
//
// Faults, each from when it is said:
//   cut        nothing passes, in either direction; connections stay open, new ones are accepted
//   and
//              get no answer: what a partition of the network looks like
//   close      every connection is reset and new ones are refused: what a killed process looks like
//   heal       ends cut and close; what was held back by a cut now passes
//   reset      every connection is reset once; new ones are welcome
//   delay MS   what arrives is passed on MS milliseconds later (each way); 0 ends it
//   rate N     at most N bytes a second each way, all connections of the link together; 0 ends it
// Bytes keep their order and are never altered. A connection holds 256 KiB each way at most: beyond
// that the sender is made to wait, as TCP does. Threading: a FaultProxy runs a thread of its own;
// its functions may be called from any one thread at a time. Errors are exceptions of Boost.System
// (no port, bad address): this is test code.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace citybrain::test {

struct LinkStatus {
  std::string state;  ///< open, cut or closed
  std::uint64_t connections = 0, connections_ever = 0;
  std::uint64_t bytes_up = 0, bytes_down = 0;  ///< passed to the target, and back
};

class FaultProxy {
 public:
  FaultProxy();
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  /// Listens on 127.0.0.1 and `port` (0: a free one) for connections to 127.0.0.1:`target_port`;
  /// returns the port. Links are numbered 1, 2, ... in this order. The target may start later.
  std::uint16_t add_link(std::uint16_t port, std::uint16_t target_port);

  // Faults of link `link`, or of all with 0.
  void cut(std::size_t link = 0);
  void close(std::size_t link = 0);
  void heal(std::size_t link = 0);
  void reset(std::size_t link = 0);
  void delay(std::chrono::milliseconds each_way, std::size_t link = 0);
  void rate(std::uint64_t bytes_per_second, std::size_t link = 0);
  LinkStatus status(std::size_t link);

  /// One line of the program's protocol: "cut", "cut 2", "delay 50", "delay 50 2", "rate 100000",
  /// "status". Answers "ok", a line of JSON a link for status, or "error: " and what was expected.
  std::string execute(const std::string& line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::test
