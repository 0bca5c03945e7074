#include "tests/crash/power_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "hub/network/embedded_log.h"
#include "hub/store/opening.h"
#include "tests/crash/log_oracle.h"
#include "tests/crash/store_oracle.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {

using network::Fsync;

namespace {

constexpr std::uint64_t kLives = 16;  ///< of one history
constexpr std::size_t kActions = 40;  ///< of a life that nothing ends
constexpr std::size_t kLogMemtable = 64U << 10;
constexpr std::size_t kStoreMemtable = 64U << 10;
const std::vector<LogPlace> kPlaces = {{"loops", 0}, {"loops", 1}, {"loops", 2}, {"acks", 0}};
const std::vector<std::string> kProducers = {"police", "transport", "hub/node"};

/// Where a life ends.
struct Plan {
  PowerFileSystem::End how = PowerFileSystem::End::kPowerCut;
  bool in_restore = false;
  std::uint64_t operations = 0;  ///< from the start of the life; 0: as the phase says
  Phase phase = Phase::kIdle;    ///< kIdle: after the last action
  std::uint64_t entry = 0;       ///< from the how manieth time in this phase
  std::uint64_t within = 0;      ///< operations in it until the end
  bool clean = false;            ///< closed as a program that ends well, then the power goes
};

/// One history of lives on one file system.
class History {
 public:
  History(std::uint64_t seed, Honours honours, const std::filesystem::path& folder)
      : seed_(seed),
        random_(seed),
        folder_(folder),
        files_(std::make_shared<PowerFileSystem>(
            folder.string(), std::vector<std::string>{"log", "store"}, honours)),
        env_(files_),
        log_oracle_(seed),
        store_oracle_(seed) {
    const auto policy = random_.bits(kPolicy, 0) % 3;
    fsync_ = {policy == 0 ? Fsync::Kind::kEveryCommit : Fsync::Kind::kGroup, 3'600'000};
    if (policy == 2) fsync_.kind = Fsync::Kind::kOs;
  }

  /// Until `most` cuts, the end of the history, or the first failure.
  PowerCutReport run(std::uint64_t most) {
    for (life_ = 1; life_ <= kLives && report_.cuts < most && report_.failures.empty(); ++life_)
      live();
    report_.records = log_oracle_.records();
    report_.losses = files_->losses();
    return std::move(report_);
  }

 private:
  enum Purpose : std::uint64_t { kPolicy = 1, kPlan, kAct, kChoice, kSize, kLoss };

  std::uint64_t pick(std::uint64_t purpose, std::uint64_t n, std::uint64_t which = 0) {
    return random_.bits(purpose, life_ * 1000 + action_, which) % n;
  }
  Plan plan();
  void live();
  bool open();
  void check(bool durable);
  void act();
  void append();
  void clean_end();
  void close() {
    log_.reset();
    store_.reset();
  }
  void end(const Plan& plan);
  void fail(std::string what) {
    report_.failures.push_back(fmt::format(
        "{} (seed {}, life {}, action {}, fsync {})\n  again: ./citybrain test power-cut --history "
        "{}",
        what, seed_, life_, action_, fsync_.name(), seed_));
  }
  /// Does `what` as part of a phase; false when the power went, or it failed.
  template <class What>
  bool in(Phase phase, What what);

  const std::uint64_t seed_;
  const runtime::Random random_;
  const std::filesystem::path folder_;
  const std::shared_ptr<PowerFileSystem> files_;
  PumpedEnv env_;
  Fsync fsync_;
  std::unique_ptr<network::Log> log_;
  std::unique_ptr<store::Store> store_;
  LogOracle log_oracle_;
  StoreOracle store_oracle_;
  Plan plan_;
  Phase phase_ = Phase::kIdle;
  std::array<std::uint64_t, kPhases> entries_{};
  std::uint64_t life_ = 0, action_ = 0;
  std::uint64_t open_operations_ = 60, life_operations_ = 150;  ///< as last seen
  bool was_cut_ = true;                                         ///< and not killed
  PowerCutReport report_;
};

template <class What>
bool History::in(Phase phase, What what) {
  phase_ = phase;
  const auto entry = ++entries_[static_cast<std::size_t>(phase)];
  const auto before = files_->operations();
  const bool aimed = plan_.operations == 0 && plan_.phase == phase && entry >= plan_.entry;
  if (aimed) files_->end_at(plan_.within, plan_.how);
  const model::Result<void> done = what();
  if (files_->has_ended()) return false;
  if (aimed) {
    plan_.within -= files_->operations() - before;
    files_->never_end();
  }
  if (!done) {
    fail(std::string(phase_name(phase)) +
         " failed although nothing had happened: " + done.error().text());
    return false;
  }
  phase_ = Phase::kIdle;
  return true;
}

Plan History::plan() {
  Plan p;
  action_ = 0;
  if (pick(kPlan, 5, 0) == 0) p.how = PowerFileSystem::End::kKilled;
  const auto kind = pick(kPlan, 100, 1);
  if (kind < 15) {
    p.in_restore = true;
    p.operations = 1 + pick(kPlan, open_operations_, 2);
  } else if (kind < 45) {
    p.operations = open_operations_ + 1 + pick(kPlan, life_operations_, 2);
  } else if (kind < 90) {
    constexpr std::array kTargets = {Phase::kAppend,   Phase::kCommit,   Phase::kPublish,
                                     Phase::kSnapshot, Phase::kTruncate, Phase::kFlush};
    p.phase = kTargets[pick(kPlan, kTargets.size(), 2)];
    p.entry = 1 + pick(kPlan, p.phase == Phase::kCommit || p.phase == Phase::kAppend ? 8 : 3, 3);
    p.within = 1 + pick(kPlan, p.phase == Phase::kFlush ? 20 : 3, 4);
  } else {
    p.clean = kind < 95;
  }
  return p;
}

bool History::open() {
  return in(Phase::kRestore, [&]() -> model::Result<void> {
    network::EmbeddedOptions options{folder_ / "log", fsync_, "power", kLogMemtable};
    CITYBRAIN_ASSIGN(log, network::EmbeddedLog::open(options, env_));
    log_ = std::move(log);
    CITYBRAIN_ASSIGN(store,
                     (store::StoreOpening{&env_, kStoreMemtable}.open(
                         {folder_ / "store", "power", fsync_.kind == Fsync::Kind::kEveryCommit})));
    store_ = std::move(store);
    return {};
  });
}

void History::check(bool durable) {
  if (auto wrong = log_oracle_.check(*log_, durable)) return fail(*wrong);
  if (auto wrong = store_oracle_.check(*store_, durable)) return fail(*wrong);
  // A snapshot never runs ahead of the log that it points into.
  const auto positions = store_oracle_.newest_positions();
  if (!positions) return;
  std::size_t at = 0;
  for (const LogPlace& place : kPlaces) {
    const auto position = std::stoull(positions->substr(at));
    at = positions->find(',', at) + 1;
    const auto end = log_oracle_.ends().contains(place) ? log_oracle_.end(place) : 0;
    if (position > end)
      return fail(
          fmt::format("the newest snapshot points to position {} of {}/{}, which ends at {}",
                      position, place.topic, place.partition, end));
  }
}

void History::append() {
  const auto& place = kPlaces[pick(kChoice, kPlaces.size())];
  const auto& producer = kProducers[pick(kChoice, kProducers.size(), 1)];
  const auto kind = pick(kSize, 12);
  const auto count = static_cast<std::uint32_t>(kind == 0 ? 0 : 1 + pick(kSize, 6, 1));
  // Mostly small ones; now and then one that fills what is gathered, or RocksDB's memtable.
  const auto bytes = static_cast<std::uint32_t>(kind == 1   ? 70'000
                                                : kind == 2 ? 12'000
                                                            : pick(kSize, 300, 2));
  const bool synced = fsync_.kind == Fsync::Kind::kEveryCommit;
  if (in(Phase::kAppend,
         [&] { return log_oracle_.append(*log_, place, producer, count, bytes); }) &&
      synced)
    log_oracle_.acknowledge();
}

void History::act() {
  const auto kind = pick(kAct, 100);
  if (kind < 42) return append();
  if (kind < 66) {
    if (in(Phase::kCommit, [&] { return store_oracle_.commit(*store_); })) {
      ++report_.steps;
      if (fsync_.kind == Fsync::Kind::kEveryCommit) store_oracle_.acknowledge();
    }
  } else if (kind < 76) {
    if (in(Phase::kPublish, [&] { return log_->sync(); })) log_oracle_.acknowledge();
  } else if (kind < 82) {
    if (in(Phase::kPublish, [&] { return store_->sync(); })) store_oracle_.acknowledge();
  } else if (kind < 90) {
    // As a node does: first the log, then the snapshot that points into it.
    if (!in(Phase::kPublish, [&] { return log_->sync(); })) return;
    log_oracle_.acknowledge();
    std::string positions;
    for (const LogPlace& place : kPlaces) positions += std::to_string(log_oracle_.end(place)) + ",";
    if (in(Phase::kSnapshot, [&] { return store_oracle_.snapshot(*store_, positions); }) &&
        fsync_.kind == Fsync::Kind::kEveryCommit)
      store_oracle_.acknowledge();
  } else if (kind < 95) {
    const auto& place = kPlaces[pick(kChoice, kPlaces.size())];
    const auto span = log_oracle_.end(place) - log_oracle_.begin(place) + 1;
    const auto position = log_oracle_.begin(place) + pick(kChoice, span, 1);
    in(Phase::kTruncate, [&] { return log_oracle_.truncate(*log_, place, position); });
  } else {
    // A reader makes what is gathered go to RocksDB.
    const auto& place = kPlaces[pick(kChoice, kPlaces.size())];
    in(Phase::kAppend, [&]() -> model::Result<void> {
      CITYBRAIN_TRY(log_->position_at(place.topic, place.partition, {INT64_MAX}));
      return {};
    });
  }
}

void History::clean_end() {
  close();
  if (fsync_.kind != Fsync::Kind::kOs) log_oracle_.acknowledge();
}

void History::end(const Plan& plan) {
  if (!files_->has_ended()) {
    phase_ = Phase::kIdle;
    if (plan.clean) clean_end();
    files_->end_now(plan.how);
  }
  close();
  was_cut_ = plan.how == PowerFileSystem::End::kPowerCut;
  if (was_cut_) {
    ++report_.cuts;
    ++report_.hits[static_cast<std::size_t>(phase_)];
  } else {
    ++report_.kills;
  }
  files_->restart(random_.bits(kLoss, life_));
  phase_ = Phase::kIdle;
}

void History::live() {
  plan_ = plan();
  entries_ = {};
  const auto before = files_->operations();
  if (plan_.operations > 0) files_->end_at(plan_.operations, plan_.how);
  const bool durable = was_cut_;
  if (open()) {
    const auto opened = files_->operations();
    open_operations_ = opened - before;
    check(durable);
    if (!report_.failures.empty()) return;
    bool up = in(Phase::kAppend,
                 [&] {
                   return log_oracle_.create(*log_, {"loops", 3});
                 }) &&
              in(Phase::kAppend, [&] {
                return log_oracle_.create(*log_, {"acks", 1});
              });
    for (action_ = 1; up && action_ <= kActions; ++action_) {
      act();
      if (files_->has_ended() || !report_.failures.empty()) break;
      up = in(Phase::kFlush, [&]() -> model::Result<void> {
        env_.pump();
        return {};
      });
    }
    if (!files_->has_ended()) life_operations_ = files_->operations() - opened + 1;
  }
  if (report_.failures.empty()) end(plan_);
}

}  // namespace

std::string_view phase_name(Phase phase) {
  constexpr std::array<std::string_view, kPhases> kNames = {
      "restore", "append", "commit", "publish", "snapshot", "truncate", "flush", "idle"};
  return kNames[static_cast<std::size_t>(phase)];
}

void PowerCutReport::add(const PowerCutReport& other) {
  cuts += other.cuts;
  kills += other.kills;
  records += other.records;
  steps += other.steps;
  for (std::size_t i = 0; i < kPhases; ++i) hits[i] += other.hits[i];
  losses.bytes += other.losses.bytes;
  losses.torn += other.losses.torn;
  losses.altered += other.losses.altered;
  losses.names += other.losses.names;
  failures.insert(failures.end(), other.failures.begin(), other.failures.end());
}

std::string PowerCutReport::summary() const {
  std::string by_phase;
  for (std::size_t i = 0; i < kPhases; ++i)
    by_phase +=
        fmt::format("{}{} {}", i == 0 ? "" : ", ", phase_name(static_cast<Phase>(i)), hits[i]);
  return fmt::format(
      "{} power cuts ({}), {} kills; {} records and {} steps written; lost {} unsynced bytes, "
      "{} names, {} files torn, {} altered; {} failures",
      cuts, by_phase, kills, records, steps, losses.bytes, losses.names, losses.torn,
      losses.altered, failures.size());
}

PowerCutReport cut_power(const PowerCutOptions& options) {
  PowerCutReport total;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  const runtime::Random seeds(options.seed);
  const auto work = [&] {
    for (;;) {
      const std::uint64_t which = next++;
      if (options.history && which > 0) return;
      std::uint64_t left = 0;
      {
        const std::lock_guard lock(mutex);
        if (total.cuts >= options.cuts || total.failures.size() >= options.most_failures) return;
        left = options.cuts - total.cuts;
      }
      const test::TemporaryFolder folder;
      auto report =
          History(options.history.value_or(seeds.bits(1, which)), options.honours, folder.path())
              .run(left);
      const std::lock_guard lock(mutex);
      total.add(report);
      if (options.progress) options.progress(std::min(total.cuts, options.cuts));
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) threads.emplace_back(work);
  for (auto& t : threads) t.join();
  return total;
}

}  // namespace citybrain::crash
