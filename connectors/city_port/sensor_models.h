// Sensor models: how imperfectly devices see. They stand between the port's exact readings and a
// department's connector, so that any city behind the port is seen the same way. One file a kind:
// noise, bias, misses (loop, video, plate, position, probe, avl, parking, call), silences in bursts
// (dropout), wrong clocks (clock), loss, doubling, delay and disorder of messages (channel). Keyed
// randomness only: one more vehicle or device changes no other reading. Parameters are per
// department, from the scenario (docs/sensors.md); perfect() turns every imperfection off (checks
// against reference simulators only).
#pragma once

#include "connectors/city_port/avl_model.h"
#include "connectors/city_port/call_model.h"
#include "connectors/city_port/channel_model.h"
#include "connectors/city_port/loop_model.h"
#include "connectors/city_port/parking_model.h"
#include "connectors/city_port/plate_model.h"
#include "connectors/city_port/probe_model.h"
#include "connectors/city_port/video_model.h"

namespace citybrain::city_port {

struct SensorModels {
  LoopModel loop;
  VideoModel video;
  PlateModel plate;
  ProbeModel probe;
  AvlModel bus{10, 0, {6, 0.6, 0.01, 0.15, 12}, {1800, 30}, {}};
  AvlModel taxi{30, 0, {}, {1800, 30}, {}};
  AvlModel ambulance{5, 0.03, {5, 0.6, 0.01, 0.15, 12}, {3600, 20}, {}};
  ParkingModel parking;
  CallModel call;
  ChannelModel loop_channel{0.002, 0.001, 0, 0};  ///< a controller's own loops have no delay
  ChannelModel video_channel{0.01, 0.005, 1, 1, 0.01, 2};
  ChannelModel plate_channel{0.01, 0.005, 2, 1, 0.02, 5};
  ChannelModel probe_channel{0.01, 0.01, 3, 2, 0.01, 5};
  ChannelModel bus_channel{0.02, 0.01, 2, 1, 0.05, 8};
  ChannelModel taxi_channel{0.03, 0.01, 3, 2, 0.05, 10};
  ChannelModel ambulance_channel{0.01, 0.005, 1, 1, 0.02, 5};
  ChannelModel parking_channel{0.01, 0.005, 5, 5, 0.05, 20};
  ChannelModel call_channel{0, 0.01, 20, 10, 0.05, 20};
  static SensorModels perfect();
};

}  // namespace citybrain::city_port
