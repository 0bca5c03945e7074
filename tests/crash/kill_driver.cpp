#include "tests/crash/kill_driver.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "hub/runtime/random.h"

namespace citybrain::crash {

namespace fs = std::filesystem;

namespace {

constexpr int kMostKills = 4;           ///< of one point: some runs die more than once
constexpr std::uint64_t kRestores = 8;  ///< passages of a resumed process before it goes on

/// How often an undisturbed run passes the points of each phase.
using Passages = std::array<std::uint64_t, kKillPhases>;

Passages read_passages(const fs::path& file) {
  Passages p{};
  std::ifstream in(file);
  std::string name;
  for (std::uint64_t n = 0; in >> name >> n;)
    for (std::size_t i = 0; i < kKillPhases; ++i)
      if (phase_name(static_cast<KillPhase>(i)) == name) p[i] = n;
  return p;
}

struct Undisturbed {
  Outcome outcome;
  Passages passages{};
  double wall_s = 0;
};

class Driver {
 public:
  Driver(Target& target, const fs::path& folder, const KillOptions& options)
      : target_(target), folder_(folder), options_(options), random_(options.seed) {}

  KillReport run();

 private:
  bool measure();
  void point(std::uint64_t which);
  bool strike(std::uint64_t which, std::uint64_t kill, KillPhase phase, const fs::path& out);
  void fail(std::uint64_t which, const std::string& what) {
    const std::lock_guard lock(mutex_);
    report_.failures.push_back(
        fmt::format("point {} of seed {}: {}\n  again: ./citybrain test crash --seed {} --point {}",
                    which, options_.seed, what, options_.seed, which));
  }

  Target& target_;
  const fs::path folder_;
  const KillOptions& options_;
  const runtime::Random random_;
  Undisturbed whole_;
  std::mutex mutex_;
  KillReport report_;
};

bool Driver::measure() {
  const auto out = folder_ / "whole";
  const auto counts = folder_ / "passages";
  const auto began = std::chrono::steady_clock::now();
  const auto end = target_.run(out, false, "count:" + counts.string(), 0);
  whole_.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (end.code != 0) {
    fail(0, "the undisturbed run failed: " + end.said);
    return false;
  }
  whole_.outcome = target_.outcome(out);
  whole_.passages = read_passages(counts);
  fs::remove_all(out);
  return true;
}

/// Starts or resumes the run so that it dies in `phase`; false when it cannot go on.
bool Driver::strike(std::uint64_t which, std::uint64_t kill, KillPhase phase, const fs::path& out) {
  const auto at = static_cast<std::size_t>(phase);
  const std::uint64_t all = phase == KillPhase::kRestore ? kRestores : whole_.passages[at];
  std::string fault;
  double after_s = 0;
  if (phase == KillPhase::kAnytime) {
    after_s = 0.005 + 0.9 * whole_.wall_s * random_.uniform(1, which, kill);
  } else {
    fault = fmt::format("{}:{}", phase_name(phase), 1 + random_.bits(2, which, kill) % all);
  }
  const auto end = target_.run(out, target_.can_resume(out), fault, after_s);
  const std::lock_guard lock(mutex_);
  if (end.code == -SIGKILL) {
    ++report_.hits[at];
  } else {
    ++report_.missed;
    if (end.code != 0) report_.failures.push_back(fmt::format("point {}: {}", which, end.said));
  }
  return end.code == -SIGKILL || end.code == 0;
}

void Driver::point(std::uint64_t which) {
  const auto out = folder_ / fmt::format("run{}", which);
  // The phases take turns, so that none is left out; a restore needs a kill before it.
  const auto first = static_cast<KillPhase>(which % kKillPhases);
  const auto second = random_.bits(3, which) % 3;
  bool on = true;
  std::uint64_t kills = 0;
  if (first == KillPhase::kRestore) {
    constexpr std::array kBefore = {KillPhase::kAppend, KillPhase::kCommit, KillPhase::kSnapshot};
    on = strike(which, ++kills, kBefore[random_.bits(4, which) % kBefore.size()], out);
    while (on && kills <= random_.bits(5, which) % (kMostKills - 1) + 1)
      on = strike(which, ++kills, KillPhase::kRestore, out);
  } else {
    on = strike(which, ++kills, first, out);
    if (on && second == 0) on = strike(which, ++kills, KillPhase::kAnytime, out);
  }
  if (on) {
    const auto end = target_.run(out, target_.can_resume(out), "", 0);
    if (end.code != 0) {
      fail(which, "it did not go on: " + end.said);
    } else if (const Outcome o = target_.outcome(out); !(o == whole_.outcome)) {
      fail(which, fmt::format("hash {} instead of {}; commands {}, records {}, counts {}", o.hash,
                              whole_.outcome.hash,
                              o.commands == whole_.outcome.commands ? "equal" : "differ",
                              o.records == whole_.outcome.records ? "equal" : "differ",
                              o.counts == whole_.outcome.counts ? "equal" : "differ"));
    }
  }
  std::error_code ignored;
  fs::remove_all(out, ignored);
}

KillReport Driver::run() {
  if (!measure()) return std::move(report_);
  std::atomic<std::uint64_t> next{options_.first};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options_.jobs; ++i)
    threads.emplace_back([&] {
      for (std::uint64_t which = next++; which < options_.first + options_.points; which = next++) {
        point(which);
        const std::lock_guard lock(mutex_);
        ++report_.points;
        if (options_.progress) options_.progress(report_.points);
        if (report_.failures.size() >= 5) return;
      }
    });
  for (auto& t : threads) t.join();
  return std::move(report_);
}

}  // namespace

std::string_view phase_name(KillPhase phase) {
  constexpr std::array<std::string_view, kKillPhases> kNames = {"append",   "commit",  "publish",
                                                                "snapshot", "restore", "anytime"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string KillReport::summary() const {
  std::string by_phase;
  std::uint64_t kills = 0;
  for (std::size_t i = 0; i < kKillPhases; ++i) {
    by_phase +=
        fmt::format("{}{} {}", i == 0 ? "" : ", ", phase_name(static_cast<KillPhase>(i)), hits[i]);
    kills += hits[i];
  }
  return fmt::format("{} points, {} kills ({}), {} came too late; {} failures", points, kills,
                     by_phase, missed, failures.size());
}

KillReport kill_and_resume(Target& target, const fs::path& folder, const KillOptions& options) {
  return Driver(target, folder, options).run();
}

}  // namespace citybrain::crash
