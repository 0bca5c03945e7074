// Sensor models: how imperfectly devices see. They stand between the port's exact readings and a
// department's connector, so that any city behind the port is seen the same way. Keyed randomness
// only. Parameters are per department, from the scenario; perfect() turns every imperfection off
// (checks against reference simulators only).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/observation.h"
#include "hub/runtime/random.h"

namespace citybrain::city_port {

/// How a department's messages travel: loss, duplication and delay of whole messages.
struct ChannelModel {
  double loss = 0.005;        ///< share of messages that never arrive
  double duplicate = 0.002;   ///< share published twice
  double delay_mean_s = 0;    ///< publish time minus event time; rounded to whole steps
  double delay_spread_s = 0;  ///< uniform on [mean - spread, mean + spread]
};

struct LoopModel {
  double zone_m =
      30;  ///< detection zone upstream of the stop line (anchors: fully actuated control)
  double miss = 0.02;             ///< share of vehicles not counted
  double false_presence = 0.001;  ///< share of seconds with presence reported without a vehicle
  double dead = 0.01;             ///< share of detectors that report nothing at all
};

struct VideoModel {
  double reach_m = 150;
  double miss = 0.05;  ///< share of vehicles overlooked, growing to twice that at the reach's end
  double speed_noise = 0.1;      ///< relative, one standard deviation
  double blind = 0.01;           ///< share of camera seconds without a picture (glare, rain)
  std::uint32_t interval_s = 2;  ///< between two reports of one camera
};

struct ProbeModel {
  double penetration = 0.3;      ///< share of vehicles with a client
  std::uint32_t interval_s = 3;  ///< between two positions of one client
  double position_noise_m = 8;   ///< one standard deviation, along the road and across
  double speed_noise_mps = 0.6;
  double announces_route = 0.7;  ///< share of clients whose route is known to the company
};

struct SensorModels {
  LoopModel loop;
  VideoModel video;
  ProbeModel probe;
  ChannelModel loop_channel{0.002, 0.001, 0, 0};  ///< a controller's own loops have no delay
  ChannelModel video_channel{0.01, 0.005, 1, 1};
  ChannelModel probe_channel{0.01, 0.01, 3, 2};
  static SensorModels perfect();
};

struct LoopReading {
  std::uint16_t pulses = 0;
  bool presence = false;
};

/// Nothing when the detector is dead.
std::optional<LoopReading> read_loop(const LoopModel&, const runtime::Random&, const Sensors&,
                                     model::LaneId, model::Step);

/// What a camera makes of one lane; values in unified units (the connector turns them into its
/// dialect).
struct VideoReading {
  std::uint16_t queued = 0;
  float queue_end_m = 0;
  float mean_speed_mps = 0;
  std::vector<std::uint8_t> moving;  ///< a zone of 16.7 m each, as many as the reach has
};
void read_video(const VideoModel&, const runtime::Random&, const Sensors&, model::LaneId,
                double lane_length_m, model::Step, VideoReading& out);
bool camera_blind(const VideoModel&, const runtime::Random&, model::JunctionId,
                  std::uint32_t camera, model::Step);

struct ProbeReading {
  model::VehicleId vehicle;
  model::LaneId lane;
  float to_stop_line_m = 0;  ///< with noise
  float across_m = 0;        ///< noise across the road
  float speed_mps = 0;       ///< with noise, not negative
  model::RoadId next_road;   ///< kNone when not announced
};
/// Appends the clients on the lane that report in this step.
void read_probes(const ProbeModel&, const runtime::Random&, const Sensors&, model::LaneId,
                 model::Step, std::vector<ProbeReading>& out);

/// What a channel does with one message: the steps of delay of each copy; empty when it is lost.
struct Copies {
  std::uint32_t count = 0;
  std::uint32_t delay_steps[2] = {0, 0};
};
Copies transmit(const ChannelModel&, const runtime::Random&, std::uint64_t channel,
                std::uint64_t message, model::Step);

}  // namespace citybrain::city_port
