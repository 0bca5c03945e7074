// Writes a replay: where every vehicle on a lane was and what the signals showed, second by second,
// for people to look at (docs/replay.md). Sees the city through its port, so any city can be
// recorded. A file that was cut is readable up to the cut. Memory: one chunk, at most two million
// positions. Errors CB-RUN-WRITE. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "scenarios/outputs/output_file.h"

namespace citybrain::outputs {

/// How fast a vehicle is, against its lane's limit.
enum class SpeedClass : std::uint8_t { kStanding, kUnderQuarter, kUnderHalf, kUnderThree, kFree };
SpeedClass speed_class(float speed_mps, double limit_mps);

class ReplayWriter {
 public:
  /// A frame every `interval_s` seconds.
  static model::Result<ReplayWriter> create(const std::filesystem::path& path,
                                            const city_port::City& city, std::uint32_t interval_s);
  /// After every second of the city.
  void step(const city_port::City& city);
  model::Result<void> finish();

 private:
  ReplayWriter(OutputFile file, std::uint32_t interval_s)
      : file_(std::move(file)), interval_s_(interval_s) {}
  struct Row {
    std::uint32_t vehicle = 0;
    model::LaneId lane;
    std::int32_t at = 0;  ///< in kUnit_m
    std::uint8_t frame = 0, role = 0, speed = 0;
  };
  struct Change {
    std::uint32_t signal = 0;
    model::GroupSet greens = 0;
    std::uint8_t frame = 0;
  };
  struct Place {  ///< of a chunk
    std::uint64_t at = 0;
    std::uint32_t first_frame = 0, frames = 0;
  };
  void write_network(const model::RoadNetwork& network);
  void add_frame(const city_port::City& city);
  void add_signals(const city_port::City& city);
  void write_chunk();
  void write_section(std::uint32_t kind, std::uint32_t first_frame, std::string_view bytes);

  OutputFile file_;
  std::uint32_t interval_s_;
  std::uint32_t seconds_ = 0;
  std::vector<model::JunctionId> signals_;
  std::uint32_t first_frame_ = 0;  // of the chunk
  std::uint32_t frames_ = 0;       // in the chunk
  std::vector<Row> rows_;
  std::vector<model::GroupSet> at_first_, now_;  // by signal
  std::vector<Change> changes_;
  std::vector<Place> chunks_;
};

}  // namespace citybrain::outputs
