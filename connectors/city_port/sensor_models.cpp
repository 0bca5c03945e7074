#include "connectors/city_port/sensor_models.h"

namespace citybrain::city_port {

SensorModels SensorModels::perfect() {
  constexpr DropoutModel kNever{0, 60};
  constexpr ClockModel kRight{0, 0, 3600};
  constexpr PositionModel kExact{0, 0, 0, 0, 0};
  SensorModels m;
  m.loop = {30, 0, 0, 0, 0, kNever, kRight};
  m.video = {1e6, 0, 0, 0, 1, 0, 0, kNever, kRight};
  m.plate = {0, 0, kNever, kRight};
  m.probe = {1, 1, 1, kExact, kNever, kRight};
  m.bus = m.taxi = m.ambulance = {1, 0, kExact, kNever, kRight};
  m.parking = {1, 0, 0, 0, 0, kNever, kRight};
  m.call = {0, 0, 0, 0, 0, 1, 0, 0, 0, kRight};
  m.loop_channel = m.video_channel = m.plate_channel = m.probe_channel = {0, 0, 0, 0, 0, 0};
  m.bus_channel = m.taxi_channel = m.ambulance_channel = m.loop_channel;
  m.parking_channel = m.call_channel = m.loop_channel;
  return m;
}

}  // namespace citybrain::city_port
