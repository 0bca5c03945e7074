// Cameras over an approach: standing and moving vehicles by lane. Pure functions of what the port
// says; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"
#include "hub/model/observation.h"

namespace citybrain::city_port {

/// Assumed sizes; that video detection misses and splits vehicles, more so at a distance and in bad
/// light, is the finding of every field test of it.
struct VideoModel {
  double reach_m = 150;
  double miss = 0.05;  ///< share of vehicles overlooked, growing to twice that at the reach's end
  double speed_noise = 0.1;      ///< relative, one standard deviation
  double blind = 0.01;           ///< share of camera seconds without a picture (glare, rain)
  std::uint32_t interval_s = 2;  ///< between two reports of one camera
  double count_bias = 0.02;      ///< of a lane's view: vehicles overlooked or split, one standard
                                 ///< deviation of the share
  double speed_bias = 0.03;      ///< of a lane's calibration, relative, one standard deviation
  DropoutModel dropout{14'400, 90};
  ClockModel clock;
};

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

}  // namespace citybrain::city_port
