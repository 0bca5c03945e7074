// What a store must hold: the rows after some number of its writes, not fewer than the safe ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/store.h"

namespace citybrain::crash {

class StoreOracle {
 public:
  explicit StoreOracle(std::uint64_t seed) : seed_(seed) {}

  /// The next Step: rows of five families, one of them changed in every Step, one erased.
  model::Result<void> commit(store::Store& store);
  /// Working state as of the last step; `positions` are the log's.
  model::Result<void> snapshot(store::Store& store, const std::string& positions);
  void acknowledge() { safe_ = writes_.size(); }

  /// As LogOracle::check.
  std::optional<std::string> check(store::Store& store, bool durable);
  /// The positions in the newest snapshot that the store has; nothing when it has none.
  std::optional<std::string> newest_positions() const;
  std::optional<model::Step> last() const { return state_.last; }

 private:
  struct Write {
    std::optional<std::string> positions;  ///< of a snapshot
    std::uint64_t serial = 0;
  };
  struct State {
    std::optional<model::Step> last;
    std::map<std::pair<store::Family, std::string>, std::string> rows;
    std::map<model::Step, std::string> snapshots;
    bool operator==(const State&) const = default;
  };

  std::string snapshot_bytes(const Write& write, model::Step step) const;
  store::StepWrite step_write(std::uint64_t serial, model::Step step, State& state) const;
  void apply(const Write& write, State& state) const;
  static model::Result<State> observed(const store::Store& store);

  const std::uint64_t seed_;
  State base_;  ///< before writes_
  std::vector<Write> writes_;
  std::size_t safe_ = 0;
  State state_;
  std::uint64_t serial_ = 0;
};

}  // namespace citybrain::crash
