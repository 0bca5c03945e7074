#include "tests/crash/store_oracle.h"

#include <fmt/format.h>

#include "hub/runtime/random.h"

namespace citybrain::crash {

using model::Step;
using store::Family;
using store::Key;

namespace {

constexpr std::size_t kSnapshotsKept = 3;
constexpr Step kHistory = 4;  ///< steps after which a history row is erased
constexpr std::array kWritten = {Family::kTheme, Family::kSpecial, Family::kPositions,
                                 Family::kOutbox, Family::kDigests};

}  // namespace

store::StepWrite StoreOracle::step_write(std::uint64_t serial, Step step, State& state) const {
  store::StepWrite write(step);
  const runtime::Random random(seed_);
  const auto put = [&](Family family, std::string key, std::size_t size) {
    const auto word = random.bits(static_cast<std::uint64_t>(family), serial, size);
    std::string value = fmt::format("{}/{}/{:016x}", step, serial, word);
    value.resize(value.size() + size, static_cast<char>('a' + word % 26));
    write.put(family, key, value);
    state.rows[{family, std::move(key)}] = std::move(value);
  };
  put(Family::kTheme, "latest", random.bits(1, serial) % 600);
  for (std::uint32_t entity = 0; entity < 3; ++entity)
    put(Family::kTheme, Key().text("history").u32(entity).u32(step).take(),
        random.bits(2, serial, entity) % 300);
  put(Family::kSpecial, Key().u32(step).take(), random.bits(3, serial) % 200);
  put(Family::kPositions, "positions", 40);
  put(Family::kOutbox, Key().u32(step % 3).take(), 10);
  put(Family::kDigests, Key().u32(step).take(), 16);
  if (step > kHistory) {
    const auto old = Key().text("history").u32(0).u32(step - kHistory).take();
    write.erase(Family::kTheme, old);
    state.rows.erase({Family::kTheme, old});
  }
  state.last = step;
  return write;
}

std::string StoreOracle::snapshot_bytes(const Write& write, Step step) const {
  std::string bytes = *write.positions + fmt::format("|{}|{}|", step, write.serial);
  bytes.resize(bytes.size() + runtime::Random(seed_).bits(4, write.serial) % 6000, 's');
  return bytes;
}

void StoreOracle::apply(const Write& write, State& state) const {
  if (!write.positions) {
    (void)step_write(write.serial, state.last ? *state.last + 1 : 0, state);
    return;
  }
  const Step step = state.last.value_or(0);
  state.snapshots[step] = snapshot_bytes(write, step);
  while (state.snapshots.size() > kSnapshotsKept) state.snapshots.erase(state.snapshots.begin());
}

model::Result<void> StoreOracle::commit(store::Store& store) {
  writes_.push_back({std::nullopt, ++serial_});
  return store.commit(step_write(serial_, state_.last ? *state_.last + 1 : 0, state_));
}

model::Result<void> StoreOracle::snapshot(store::Store& store, const std::string& positions) {
  writes_.push_back({positions, ++serial_});
  apply(writes_.back(), state_);
  const Step step = state_.last.value_or(0);
  return store.put_snapshot({step, state_.snapshots.at(step)});
}

model::Result<StoreOracle::State> StoreOracle::observed(const store::Store& store) {
  State s;
  CITYBRAIN_ASSIGN(last, store.last_step());
  s.last = last;
  for (const Family family : kWritten)
    CITYBRAIN_TRY(store.scan(family, "", [&](std::string_view key, std::string_view value) {
      s.rows[{family, std::string(key)}] = value;
      return true;
    }));
  for (Step before = ~Step{0};;) {
    CITYBRAIN_ASSIGN(found, store.snapshot_at_or_before(before));
    if (!found) return s;
    s.snapshots[found->step] = found->bytes;
    if (found->step == 0) return s;
    before = found->step - 1;
  }
}

std::optional<std::string> StoreOracle::check(store::Store& store, bool durable) {
  const auto there = observed(store);
  if (!there) return there.error().text();
  State s = base_;
  for (std::size_t i = 0; i < safe_; ++i) apply(writes_[i], s);
  const auto least = s.last;
  std::size_t survived = safe_;
  while (!(s == *there) && survived < writes_.size()) apply(writes_[survived++], s);
  if (!(s == *there))
    return fmt::format(
        "the store is not what a number of writes left: its last step is {}, safe was {}, written "
        "{}",
        there->last ? std::to_string(*there->last) : "none",
        least ? std::to_string(*least) : "none",
        state_.last ? std::to_string(*state_.last) : "none");
  writes_.resize(survived);
  state_ = s;
  if (durable) {
    base_ = std::move(s);
    writes_.clear();
    safe_ = 0;
  }
  return std::nullopt;
}

std::optional<std::string> StoreOracle::newest_positions() const {
  if (state_.snapshots.empty()) return std::nullopt;
  const auto& bytes = state_.snapshots.rbegin()->second;
  return bytes.substr(0, bytes.find('|'));
}

}  // namespace citybrain::crash
