#include "hub/network/patience.h"

#include <algorithm>
#include <thread>

namespace citybrain::network {

namespace {

// A step takes from a fraction of a millisecond (embedded) to some tens (a broker): the first
// pauses are short against the one, the longest is short against the other.
constexpr std::chrono::microseconds kFirstPause{20};
constexpr std::chrono::microseconds kLongestPause{1000};

}  // namespace

model::Result<bool> Wait::again() {
  if (patience_.stop != nullptr && patience_.stop->load(std::memory_order_relaxed))
    return model::Error{"CB-RUN-INTERRUPTED", "interrupted while it waited for another part", "",
                        "go on with the same command and --resume"};
  if (std::chrono::steady_clock::now() - began_ >= patience_.limit) return false;
  pause_ = pause_.count() == 0 ? kFirstPause : std::min(pause_ * 2, kLongestPause);
  std::this_thread::sleep_for(pause_);
  return true;
}

}  // namespace citybrain::network
