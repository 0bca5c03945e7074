// Waiting for what another process says on the network: look, pause a little longer each time, look
// again, until it is there, nobody wants to wait any more, or the time is up. Wall time, and so no
// part of any outcome: it only decides when a part gives up. Errors: CB-RUN-INTERRUPTED.
#pragma once

#include <atomic>
#include <chrono>

#include "hub/model/result.h"
#include "hub/network/network.h"

namespace citybrain::network {

/// How long somebody waits for somebody else. Without a limit nobody waits: what is not there is an
/// error at once (one process, one loop).
struct Patience {
  std::chrono::milliseconds limit{0};
  const std::atomic<bool>* stop = nullptr;  ///< turns true when the run is to end; may be null

  bool waits() const { return limit.count() > 0; }
};

/// For polls that are repeated until something comes: a remote log need not ask where the end is.
constexpr Horizon kComing{};

/// One wait. Threading: its owner's thread; `stop` may be set from any.
class Wait {
 public:
  explicit Wait(const Patience& patience)
      : patience_(patience), began_(std::chrono::steady_clock::now()) {}

  /// Pauses and returns true; false when the time is up. Error CB-RUN-INTERRUPTED when the run is
  /// to end.
  model::Result<bool> again();

 private:
  Patience patience_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::microseconds pause_{0};
};

}  // namespace citybrain::network
