// Reads a replay file (docs/replay.md): the network once, then any second of it. Never trusts the
// bytes. A file that was cut is read up to the cut. Errors CB-INPUT-REPLAY name the byte. One
// thread (it keeps the chunk that it read last).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "scenarios/city/demand.h"
#include "scenarios/outputs/replay_writer.h"

namespace citybrain::outputs {

/// What the file says of the network. Indexes are as in model::RoadNetwork; metres.
struct ReplayNetwork {
  std::vector<float> junction_x, junction_y, road_length_m;
  std::vector<std::uint32_t> road_from, road_to;  ///< junctions
  std::vector<std::uint32_t> first_point;         ///< by road, and one more
  std::vector<float> point_x, point_y;
  std::vector<std::uint32_t> lane_road;
  std::vector<float> lane_width_m;
  std::vector<std::uint32_t> signal_junction;
  std::vector<std::uint32_t> movement_from, movement_to;  ///< roads
  std::vector<std::uint8_t> lane_index, movement_group;
  std::vector<std::string> junction_names, road_names;
};

struct ReplayFrame {
  struct Vehicle {
    std::uint32_t vehicle = 0, lane = 0;
    double at_m = 0;  ///< from the road's beginning to its front
    city::Role role = city::Role::kCar;
    SpeedClass speed = SpeedClass::kStanding;
  };
  double time_s = 0;                    ///< since the recording's start
  std::vector<Vehicle> vehicles;        ///< by number
  std::vector<model::GroupSet> greens;  ///< by signal
};

class Replay {
 public:
  static model::Result<Replay> open(std::string bytes);
  const ReplayNetwork& network() const { return network_; }
  model::GeoPoint anchor() const { return anchor_; }
  double start_ms() const { return start_ms_; }  ///< event time
  double interval_s() const { return interval_ms_ / 1000.0; }
  std::uint32_t frames() const { return frames_; }
  bool cut() const { return cut_; }  ///< the end is missing
  /// Frame 0 is `interval_s` after the start. Error CB-USAGE-REPLAY beyond the end.
  model::Result<ReplayFrame> frame(std::uint32_t i);

 private:
  struct Place {
    std::uint64_t at = 0;
    std::uint32_t first_frame = 0, frames = 0;
  };
  struct Chunk;
  Replay() = default;
  struct Head {
    std::uint32_t kind = 0, packed = 0, size = 0, first_frame = 0;
  };
  model::Result<Head> head(std::uint64_t at) const;
  model::Result<std::string> section(std::uint64_t at, std::uint32_t kind) const;
  model::Result<void> read_network(std::string_view bytes);
  bool read_index();
  void walk();
  model::Result<void> load(const Place& place);

  std::string bytes_;
  model::GeoPoint anchor_;
  double start_ms_ = 0;
  std::uint32_t interval_ms_ = 0, frames_ = 0;
  bool cut_ = false;
  ReplayNetwork network_;
  std::uint64_t first_chunk_ = 0;
  std::vector<Place> chunks_;
  std::uint32_t loaded_ = 0xFFFFFFFF;  // first frame of the chunk in chunk_
  std::vector<ReplayFrame> chunk_;
};

/// The network and the vehicles of a frame as a picture.
std::string replay_svg(const Replay& replay, const ReplayFrame& frame);

}  // namespace citybrain::outputs
