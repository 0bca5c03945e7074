// What a log must hold: every operation that was given to it, in order, and how many of them are
// safe. After a cut the log must be what some number of operations left, not fewer than the safe
// ones: nothing acknowledged is missing, nothing is half there, nothing is there twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/network/network.h"

namespace citybrain::crash {

struct LogPlace {
  std::string topic;
  network::Partition partition = 0;
  auto operator<=>(const LogPlace&) const = default;
};

class LogOracle {
 public:
  explicit LogOracle(std::uint64_t seed) : seed_(seed) {}

  /// What the operation does to `log`, and keeps it. An append has `count` records of `producer`,
  /// of which the first `repeats` were there already.
  model::Result<void> create(network::Log& log, const network::TopicSpec& topic);
  model::Result<void> append(network::Log& log, const LogPlace& place, const std::string& producer,
                             std::uint32_t count, std::uint32_t bytes);
  model::Result<void> truncate(network::Log& log, const LogPlace& place,
                               network::Position position);
  /// Everything so far is safe.
  void acknowledge() { safe_ = operations_.size(); }

  /// Compares what is there with what must be; nothing when all is well. Afterwards the oracle is
  /// where the log is. `durable`: what survived is on the disk, so it is safe.
  std::optional<std::string> check(network::Log& log, bool durable);

  network::Position begin(const LogPlace& place) const;
  network::Position end(const LogPlace& place) const;
  const std::map<LogPlace, network::Position>& ends() const { return state_.ends; }
  std::uint64_t records() const { return records_; }
  std::uint64_t safe_records() const;

 private:
  enum class Kind : std::uint8_t { kCreate, kAppend, kTruncate };
  struct Operation {
    Kind kind = Kind::kCreate;
    LogPlace place;  ///< of a creation: the partition is the number of partitions
    std::string producer;
    std::uint64_t first_sequence = 0;
    std::uint32_t count = 0;
    std::uint32_t bytes = 0;
    std::uint64_t serial = 0;  ///< tells what was written again from what was lost
    network::Position at = 0;  ///< base of an append; the new begin of a truncation
  };
  struct State {
    std::map<LogPlace, network::Position> begins, ends;
    bool operator==(const State&) const = default;
    void apply(const Operation& operation);
  };

  static State observed(network::Log& log);
  std::string value(const Operation& operation, std::uint32_t record) const;
  std::optional<std::string> check_records(network::Log& log, const LogPlace& place);
  std::optional<std::string> check_sequences(network::Log& log) const;

  const std::uint64_t seed_;
  std::vector<Operation> operations_;
  std::size_t safe_ = 0;
  State state_;
  std::map<std::pair<std::string, LogPlace>, std::uint64_t> sequences_;
  std::uint64_t serial_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace citybrain::crash
