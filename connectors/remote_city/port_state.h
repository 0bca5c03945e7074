// What a city's port shows, as records (schemas/proto/citybrain/v1/port.proto): exact, since the
// sensor models stand behind it. Private to connectors/remote_city.
#pragma once

#include <cstddef>
#include <functional>

#include "citybrain/v1/port.pb.h"
#include "connectors/city_port/city_port.h"

namespace citybrain::remote_city {

/// Of one record, about: brokers refuse more than a million bytes by default.
constexpr std::size_t kRecordBytes = 400'000;

class StateWriter {
 public:
  using Out = std::function<void(const v1::PortState&)>;
  explicit StateWriter(const model::RoadNetwork& network, std::size_t record_bytes = kRecordBytes)
      : network_(network), record_bytes_(record_bytes) {}

  /// Calls `out` for each record of the step.
  void write(const city_port::Sensors& sensors, model::Step step, const Out& out);

 private:
  void begin(model::Step step);
  /// Ends the record when it is full; the step goes on in another.
  void add_bytes(std::size_t bytes);
  void write_lane(const city_port::Sensors& sensors, model::LaneId lane);
  void write_junctions(const city_port::Sensors& sensors);
  void write_fleet(const city_port::Sensors& sensors);
  void write_places_and_calls(const city_port::Sensors& sensors);

  const model::RoadNetwork& network_;
  std::size_t record_bytes_;
  v1::PortState record_;
  std::size_t bytes_ = 0;  // of record_, about
  std::uint32_t last_lane_ = 0, last_crossed_ = 0;
  const Out* out_ = nullptr;
};

}  // namespace citybrain::remote_city
