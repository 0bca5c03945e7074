// Fault points: places at which a test lets the process die (kill -9), named by what the hub is
// doing there. Off unless CITYBRAIN_FAULT asks for them; then
//
//   CITYBRAIN_FAULT=append:17     SIGKILL at the 17th passage of a point of that phase
//   CITYBRAIN_FAULT=hold:append:17   SIGSTOP there: somebody else dies meanwhile (a broker)
//   CITYBRAIN_FAULT=count:FILE    at exit, FILE has a line "phase passages" a phase
//
// A point that nobody asked for costs one load. Several points of one phase (before a write, behind
// it) are passed in turn and counted together. Threading: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::runtime {

enum class Fault : std::uint8_t { kAppend, kCommit, kPublish, kSnapshot, kRestore, kErase };
constexpr std::size_t kFaults = 6;
std::string_view fault_name(Fault fault);

/// Once, before threads start. Error CB-USAGE-FAULT says what was expected.
model::Result<void> arm_faults(std::string_view request);

namespace internal {
extern std::atomic<bool> faults_armed;
void pass_fault_point(Fault fault);
}  // namespace internal

inline void fault_point(Fault fault) {
  if (internal::faults_armed.load(std::memory_order_relaxed)) internal::pass_fault_point(fault);
}

}  // namespace citybrain::runtime
