#include "hub/runtime/faults.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace citybrain::runtime {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {"append",   "commit",  "publish",
                                                          "snapshot", "restore", "erase"};

/// What was asked for, and how often each phase was passed.
struct Request {
  std::size_t phase = kFaults;  ///< none: only count
  std::uint64_t passage = 0;
  int signal = SIGKILL;
  std::string count_file;
  std::array<std::atomic<std::uint64_t>, kFaults> passed{};
};

Request& request() {
  static Request r;
  return r;
}

void write_counts() {
  std::FILE* file = std::fopen(request().count_file.c_str(), "w");
  if (file == nullptr) {
    std::perror(request().count_file.c_str());
    return;
  }
  for (std::size_t i = 0; i < kFaults; ++i)
    std::fprintf(file, "%s %llu\n", std::string(kNames[i]).c_str(),
                 static_cast<unsigned long long>(request().passed[i].load()));
  std::fclose(file);
}

model::Error unknown(std::string_view text) {
  return {"CB-USAGE-FAULT", "cannot fail at \"" + std::string(text) + "\"", "CITYBRAIN_FAULT",
          "Use PHASE:N or hold:PHASE:N with append, commit, publish, snapshot, restore or erase "
          "and N from 1, or count:FILE."};
}

}  // namespace

std::atomic<bool> internal::faults_armed = false;

std::string_view fault_name(Fault fault) { return kNames[static_cast<std::size_t>(fault)]; }

model::Result<void> arm_faults(std::string_view text) {
  constexpr std::string_view kHold = "hold:";
  Request& r = request();
  const bool holds = text.starts_with(kHold);
  const auto what = text.substr(holds ? kHold.size() : 0);
  r.signal = holds ? SIGSTOP : SIGKILL;
  const auto colon = what.find(':');
  if (colon == what.npos || colon + 1 == what.size()) return unknown(text);
  const auto name = what.substr(0, colon);
  const auto rest = what.substr(colon + 1);
  if (name == "count" && !holds) {
    r.count_file = rest;
    std::atexit(write_counts);
  } else {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), r.passage);
    if (error != std::errc{} || end != rest.data() + rest.size() || r.passage == 0)
      return unknown(text);
    for (std::size_t i = 0; i < kFaults; ++i)
      if (kNames[i] == name) r.phase = i;
    if (r.phase == kFaults) return unknown(text);
  }
  internal::faults_armed = true;
  return {};
}

void internal::pass_fault_point(Fault fault) {
  Request& r = request();
  const auto phase = static_cast<std::size_t>(fault);
  const auto passage = ++r.passed[phase];
  if (r.phase == phase && r.passage == passage) ::kill(::getpid(), r.signal);
}

}  // namespace citybrain::runtime
