// What every connector is: where a department meets the network, and the only place that knows its
// dialect (ids, units, datum, local time). observe() senses through the port, encodes the
// department's own messages and publishes them with their delays; act() applies commands addressed
// to its devices, each once, and acknowledges. One thread. Errors: CB-NETWORK-*.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/sensor_models.h"
#include "hub/model/decision.h"
#include "hub/network/network.h"
#include "hub/runtime/random.h"

namespace citybrain::protection {
class Custody;
}

namespace citybrain::connectors {

struct ConnectorContext {
  network::Log* log = nullptr;
  city_port::City* city = nullptr;
  city_port::SensorModels models;
  std::uint64_t seed = 1;
  model::Epoch epoch;
  /// Datasets that somebody in some mode was granted; a department publishes no others. Empty: all.
  std::vector<std::string> datasets;
  /// Keys to sign and seal what is published; nullptr: neither is done.
  protection::Custody* custody = nullptr;

  bool wants(std::string_view dataset) const {
    return datasets.empty() ||
           std::find(datasets.begin(), datasets.end(), dataset) != datasets.end();
  }
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual std::string_view source()
      const = 0;  ///< CloudEvents source, e.g. "traffic_police/signal_control"
  /// Publishes the inventory (ids beside unified ids) once, before the first step.
  virtual model::Result<void> introduce() = 0;
  /// Publishes what is due at `step` (event or delayed), then the barrier "nothing more until the
  /// end of step".
  virtual model::Result<void> observe(model::Step step) = 0;
  /// Reads new commands from the log and applies those effective at `step`, before the city leaves
  /// it; publishes acknowledgements, which are read in the next step. No-op for connectors without
  /// devices.
  virtual model::Result<void> act(model::Step step) = 0;
};

}  // namespace citybrain::connectors
