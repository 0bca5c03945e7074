// The truth log: what really happened, step by step, in blocks of columns (docs/reports.md has the
// layout). A block holds the steps up to the next whole minute, so that the same step always ends a
// block and what a resumed run publishes again is the same records. The same steps give the same
// bytes. On the topic truth.city a record is a block; a file is kFileHead and then blocks, each
// after its length. Times are milliseconds since the start. Values; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"

namespace citybrain::evaluator {

/// A vehicle on an entering lane of a signalised junction.
struct TruthPassage {
  std::uint32_t vehicle = 0, junction = 0, entered_ms = 0, left_ms = 0;
  friend bool operator==(const TruthPassage&, const TruthPassage&) = default;
};

struct TruthFinished {
  std::uint32_t vehicle = 0, created_ms = 0, finished_ms = 0;
  friend bool operator==(const TruthFinished&, const TruthFinished&) = default;
};

struct TruthLane {
  std::uint32_t vehicles = 0, queued = 0, speed_cmps = 0;
  friend bool operator==(const TruthLane&, const TruthLane&) = default;
};

/// Lanes that wait for each other in a circle.
struct TruthJam {
  std::uint32_t number = 0, began_ms = 0, vehicles = 0, behind = 0;
  std::vector<std::uint32_t> lanes, junctions;
  friend bool operator==(const TruthJam&, const TruthJam&) = default;
};

/// What happened to a call for help, or at a pre-empted signal (`call` is the junction).
struct TruthEmergency {
  std::uint32_t what = 0, call = 0, unit = 0, role = 0, severity = 0;  ///< as city::TruthStep's
  friend bool operator==(const TruthEmergency&, const TruthEmergency&) = default;
};

struct TruthRecord {
  model::Step step = 0;
  std::vector<std::uint32_t> created_ms;
  std::vector<TruthPassage> passages;
  std::vector<TruthFinished> finished;
  std::vector<TruthLane> lanes;  ///< of every lane, or empty between samples
  std::uint32_t running = 0, waiting_outside = 0;
  std::vector<std::string> monitor_faults;
  std::uint32_t missed_turns = 0;  ///< in this step
  bool looked_for_jams = false;    ///< if not, there are no jams and nobody stands at green
  std::vector<TruthJam> jams;
  std::uint32_t standing_at_green = 0;
  std::vector<std::uint32_t> parked_search_s;  ///< of each car that parked
  std::uint32_t searching = 0, gave_up = 0;    ///< look for a place; stopped looking
  std::uint32_t rerouted = 0;                  ///< drivers who took another way
  std::vector<TruthEmergency> emergencies;
  friend bool operator==(const TruthRecord&, const TruthRecord&) = default;
};

struct TruthBlock {
  model::Step first = 1;           ///< the steps are consecutive
  std::vector<TruthRecord> steps;  ///< may be empty in the last block
  bool last = false;               ///< the run has ended
  std::vector<TruthPassage> open;  ///< then: those still on entering lanes
  friend bool operator==(const TruthBlock&, const TruthBlock&) = default;
};

enum class Packing : std::uint8_t { kNone, kDeflate };

std::string encode_block(const TruthBlock& block, Packing packing);
/// Never reads beyond the bytes. Error CB-EVALUATE-TRUTH says what is wrong.
model::Result<TruthBlock> decode_block(std::string_view bytes);

constexpr model::Step kBlockSteps = 60;

/// Gathers steps into blocks.
class TruthBlocks {
 public:
  /// Steps 1, 2, 3, ...; the block that it fills, if it does.
  std::optional<std::string> add(TruthRecord record);
  /// The last block.
  std::string finish(std::vector<TruthPassage> open);

 private:
  TruthBlock block_;
};

constexpr std::string_view kFileHead = "citybrain-truth-1\n";
/// A file's whole bytes as blocks. Error CB-EVALUATE-TRUTH names the byte.
model::Result<std::vector<TruthBlock>> read_truth_file(std::string_view bytes);
/// Appends a block with its length (32 bits, little-endian).
void append_to_file(std::string& file, std::string_view block);

}  // namespace citybrain::evaluator
