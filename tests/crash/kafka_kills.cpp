#include "tests/crash/kafka_kills.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <thread>

#include "hub/runtime/random.h"

namespace citybrain::crash {

namespace fs = std::filesystem;

namespace {

constexpr double kLimitS = 180;         ///< of a run; one takes a few seconds
constexpr std::uint64_t kRestores = 4;  ///< passages of a process that comes back, at least
constexpr int kMends = 4;

/// How often an undisturbed process passes the points of each phase.
using Passages = std::array<std::uint64_t, kKillPhases>;

Passages read_passages(const fs::path& file) {
  Passages p{};
  std::ifstream in(file);
  std::string name;
  for (std::uint64_t n = 0; in >> name >> n;)
    for (std::size_t i = 0; i < kKillPhases; ++i)
      if (phase_name(static_cast<KillPhase>(i)) == name) p[i] = n;
  p[static_cast<std::size_t>(KillPhase::kRestore)] = kRestores;
  return p;
}

struct Undisturbed {
  Outcome outcome;
  std::map<std::string, Passages> passages;  ///< by process
  double wall_s = 0;
  bool measured = false;
};

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

class Driver {
 public:
  Driver(const KafkaSetting& setting, const fs::path& folder, const KafkaKillOptions& options)
      : setting_(setting), folder_(folder), options_(options), random_(options.seed) {
    for (std::size_t v = 0; v < kVictims; ++v)
      if (static_cast<Victim>(v) != Victim::kBroker || options.broker != nullptr)
        victims_.push_back(static_cast<Victim>(v));
  }
  KafkaKillReport run() {
    for (auto which = options_.first; which < options_.first + options_.points; ++which) {
      point(which);
      ++report_.points;
      if (options_.progress) options_.progress(report_.points);
      if (report_.failures.size() >= 5 || broken_) break;
    }
    return std::move(report_);
  }

 private:
  using Kind = KafkaRun::Kind;
  const Undisturbed* measured(Kind kind);
  void point(std::uint64_t which);
  std::string disturb(std::uint64_t which, Victim victim, KillPhase phase, KafkaRun& run);
  std::string strike_process(std::uint64_t which, const std::string& name, KillPhase phase,
                             KafkaRun& run);
  std::string strike_broker(std::uint64_t which, KillPhase phase, KafkaRun& run);
  std::string kill_broker(KafkaRun& run, KillPhase phase, const std::string& held);
  void compare(std::uint64_t which, KafkaRun& run, const Outcome& expected, std::string wrong);

  std::string fault(std::uint64_t which, KillPhase phase, const std::string& name) const {
    const auto& passages = whole_.at(run_kind(name)).passages.at(name);
    const auto all = passages[static_cast<std::size_t>(phase)];
    return fmt::format("{}:{}", phase_name(phase), 1 + random_.bits(2, which) % all);
  }
  static Kind run_kind(const std::string& name) {
    return name == "run" ? Kind::kOne : Kind::kParts;
  }
  double some_time(std::uint64_t which, std::uint64_t draw, Kind kind) const {
    return 0.02 + 0.9 * whole_.at(kind).wall_s * random_.uniform(1, which, draw);
  }
  void hit(Victim victim, KillPhase phase) {
    ++report_.hits[static_cast<std::size_t>(victim)][static_cast<std::size_t>(phase)];
  }
  std::string prefix(const std::string& name) const {
    return fmt::format("crash-{}-{}-{}", ::getpid(), options_.seed, name);
  }

  const KafkaSetting& setting_;
  const fs::path folder_;
  const KafkaKillOptions& options_;
  const runtime::Random random_;
  std::vector<Victim> victims_;
  std::map<Kind, Undisturbed> whole_;
  KafkaKillReport report_;
  bool broken_ = false;  ///< not even an undisturbed run ends well
};

const Undisturbed* Driver::measured(Kind kind) {
  auto& whole = whole_[kind];
  if (whole.measured) return &whole;
  const std::string name = kind == Kind::kOne ? "whole-run" : "whole-parts";
  KafkaRun run(setting_, kind, folder_ / name, prefix(name));
  std::map<std::string, std::string> counts;
  for (const auto& p : run.names()) counts[p] = "count:" + (run.folder() / (p + ".count")).string();
  const auto began = std::chrono::steady_clock::now();
  run.start_all(counts);
  if (const auto wrong = run.finish(kLimitS, 0); !wrong.empty()) {
    report_.failures.push_back("the undisturbed run failed: " + wrong);
    broken_ = true;
    return nullptr;
  }
  whole.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  whole.outcome = run.outcome();
  for (const auto& p : run.names())
    whole.passages[p] = read_passages(run.folder() / (p + ".count"));
  whole.measured = true;
  (void)static_cast<bool>(network::remove_kafka_topics(run.topics()));
  return &whole;
}

void Driver::point(std::uint64_t which) {
  // Victims take turns, and phases with each of them; the seed says where that begins.
  const Victim victim = victims_[which % victims_.size()];
  const auto phases = phases_of(victim);
  const KillPhase phase = phases[(which / victims_.size() + options_.seed) % phases.size()];
  const bool one =
      victim == Victim::kRun || (victim == Victim::kBroker && random_.bits(6, which) % 4 == 0);
  const auto kind = one ? Kind::kOne : Kind::kParts;
  const Undisturbed* whole = measured(kind);
  if (whole == nullptr) return;
  const auto name = fmt::format("point-{}", which);
  KafkaRun run(setting_, kind, folder_ / name, prefix(name));
  auto wrong = disturb(which, victim, phase, run);
  // A third of the runs is hit once more, wherever it is.
  if (wrong.empty() && random_.bits(3, which) % 3 == 0) {
    pause(some_time(which, 1, kind));
    const auto& again = run.names()[random_.bits(4, which) % run.names().size()];
    wrong = strike_process(which, again, KillPhase::kAnytime, run);
  }
  std::vector<std::string> gave_up;
  if (wrong.empty()) wrong = run.finish(kLimitS, kMends, &gave_up);
  report_.gave_up += gave_up.size();
  compare(which, run, whole->outcome, std::move(wrong));
}

void Driver::compare(std::uint64_t which, KafkaRun& run, const Outcome& expected,
                     std::string wrong) {
  if (wrong.empty()) {
    if (const Outcome o = run.outcome(); !(o == expected)) {
      std::string counts, topics;
      for (const auto& [topic, sum] : expected.topics)
        if (const auto it = o.topics.find(topic); it == o.topics.end() || it->second != sum)
          topics += " " + topic;
      for (const auto& [topic, n] : expected.counts)
        if (const auto it = o.counts.find(topic); it == o.counts.end() || it->second != n)
          counts +=
              fmt::format(" {} {} instead of {}", topic, it == o.counts.end() ? 0 : it->second, n);
      wrong = fmt::format("hash {} instead of {}; commands {}, records{}, counts{}", o.hash,
                          expected.hash, o.commands == expected.commands ? "equal" : "differ",
                          o.records == expected.records ? " equal" : " differ in" + topics,
                          counts.empty() ? " equal" : counts);
    }
  }
  std::error_code ignored;
  if (!wrong.empty()) {
    report_.failures.push_back(fmt::format(
        "point {} of seed {}: {}\n  again: ./citybrain test crash --network kafka --seed {} "
        "--point {}",
        which, options_.seed, wrong, options_.seed, which));
    if (!options_.keep.empty()) {
      fs::create_directories(options_.keep, ignored);
      fs::copy(run.folder(), options_.keep / run.folder().filename(),
               fs::copy_options::recursive | fs::copy_options::overwrite_existing, ignored);
    }
  } else {
    (void)static_cast<bool>(network::remove_kafka_topics(run.topics()));
  }
  fs::remove_all(run.folder(), ignored);
}

std::string Driver::disturb(std::uint64_t which, Victim victim, KillPhase phase, KafkaRun& run) {
  if (victim == Victim::kBroker) return strike_broker(which, phase, run);
  const std::string name(victim_name(victim));
  if (phase == KillPhase::kAnytime) {
    run.start_all();
    pause(some_time(which, 0, run_kind(name)));
    return strike_process(which, name, phase, run);
  }
  if (phase == KillPhase::kRestore) {
    // Killed once so that it has something to come back to, and then while it comes back.
    run.start_all({{name, fault(which, KillPhase::kAppend, name)}});
    if (!run.await(name, KafkaRun::State::kEnded, kLimitS) || run.code(name) != -SIGKILL)
      return "it was not killed in append; " + run.last_words();
    run.start(name, fault(which, phase, name));
  } else {
    run.start_all({{name, fault(which, phase, name)}});
  }
  if (!run.await(name, KafkaRun::State::kEnded, kLimitS))
    return "the process that is to die lives; " + run.last_words();
  if (run.code(name) != -SIGKILL) {
    ++report_.missed;
    return run.code(name) == 0 ? "" : run.last_words();
  }
  hit(victim, phase);
  run.start(name);
  return {};
}

/// Kills the process now, if it lives, and starts it again.
std::string Driver::strike_process(std::uint64_t, const std::string& name, KillPhase phase,
                                   KafkaRun& run) {
  Victim victim = Victim::kHub;
  for (std::size_t v = 0; v < kVictims; ++v)
    if (victim_name(static_cast<Victim>(v)) == name) victim = static_cast<Victim>(v);
  if (run.look(name) == KafkaRun::State::kEnded) {
    ++report_.missed;
    return {};
  }
  ::kill(run.process(name), SIGKILL);
  if (!run.await(name, KafkaRun::State::kEnded, kLimitS)) return "it cannot be killed";
  if (run.code(name) == -SIGKILL) {
    hit(victim, phase);
    run.start(name);
  } else {
    ++report_.missed;
  }
  return {};
}

std::string Driver::strike_broker(std::uint64_t which, KillPhase phase, KafkaRun& run) {
  if (phase == KillPhase::kAnytime) {
    run.start_all();
    pause(some_time(which, 0, run.names().size() == 1 ? Kind::kOne : Kind::kParts));
    return kill_broker(run, phase, {});
  }
  std::vector<std::string> able;  // to be held at that phase
  for (const auto& name : run.names())
    if (whole_.at(run_kind(name)).passages.at(name)[static_cast<std::size_t>(phase)] > 0)
      able.push_back(name);
  const auto& held = able[random_.bits(5, which) % able.size()];
  const auto hold = "hold:" + fault(which, phase, held);
  if (phase == KillPhase::kRestore) {
    run.start_all({{held, fault(which, KillPhase::kAppend, held)}});
    if (!run.await(held, KafkaRun::State::kEnded, kLimitS))
      return "it was not killed in append; " + run.last_words();
    run.start(held, hold);
  } else {
    run.start_all({{held, hold}});
  }
  if (!run.await(held, KafkaRun::State::kHeld, kLimitS)) {
    ++report_.missed;
    return {};
  }
  return kill_broker(run, phase, held);
}

std::string Driver::kill_broker(KafkaRun& run, KillPhase phase, const std::string& held) {
  bool lives = false;
  for (const auto& name : run.names()) lives |= run.look(name) != KafkaRun::State::kEnded;
  if (!lives) {
    ++report_.missed;
    return {};
  }
  if (const auto said = options_.broker->kill(); said.code != 0) return said.err;
  if (!held.empty()) ::kill(run.process(held), SIGCONT);
  hit(Victim::kBroker, phase);
  if (const auto said = options_.broker->restart(); said.code != 0)
    return "the broker does not come back: " + said.err;
  return {};
}

}  // namespace

std::string_view victim_name(Victim victim) {
  constexpr std::array<std::string_view, kVictims> kNames = {"hub", "connector", "city", "run",
                                                             "broker"};
  return kNames[static_cast<std::size_t>(victim)];
}

std::vector<KillPhase> phases_of(Victim victim) {
  using enum KillPhase;
  if (victim == Victim::kCity || victim == Victim::kConnector)
    return {kAppend, kPublish, kRestore, kAnytime};  // they have no store
  return {kAppend, kCommit, kPublish, kSnapshot, kRestore, kAnytime};
}

std::uint64_t KafkaKillReport::kills(Victim victim) const {
  std::uint64_t sum = 0;
  for (const auto n : hits[static_cast<std::size_t>(victim)]) sum += n;
  return sum;
}

std::uint64_t KafkaKillReport::kills(KillPhase phase) const {
  std::uint64_t sum = 0;
  for (const auto& row : hits) sum += row[static_cast<std::size_t>(phase)];
  return sum;
}

std::string KafkaKillReport::summary() const {
  std::uint64_t all = 0;
  for (std::size_t v = 0; v < kVictims; ++v) all += kills(static_cast<Victim>(v));
  std::string text = fmt::format(
      "{} points, {} kills, {} came too late, {} processes gave up and were started again; {} "
      "failures\n{:<10}",
      points, all, missed, gave_up, failures.size(), "killed");
  for (std::size_t p = 0; p < kKillPhases; ++p)
    text += fmt::format(" {:>9}", phase_name(static_cast<KillPhase>(p)));
  for (std::size_t v = 0; v < kVictims; ++v) {
    text += fmt::format("\n{:<10}", victim_name(static_cast<Victim>(v)));
    for (const auto n : hits[v]) text += fmt::format(" {:>9}", n);
  }
  return text;
}

KafkaKillReport kill_on_kafka(const KafkaSetting& setting, const fs::path& folder,
                              const KafkaKillOptions& options) {
  return Driver(setting, folder, options).run();
}

}  // namespace citybrain::crash
