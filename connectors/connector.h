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
#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/network/network.h"
#include "hub/network/publisher.h"
#include "hub/runtime/random.h"

namespace citybrain::protection {
class Custody;
}

namespace citybrain::connectors {

/// A step of a request for data as the governance office publishes it.
struct Filing {
  model::EventTime at;
  std::string request;
  std::string payload;  ///< citybrain.v1.GovernanceEvent
};

struct ConnectorContext {
  network::Log* log = nullptr;
  city_port::City* city = nullptr;
  city_port::SensorModels models;
  std::uint64_t seed = 1;
  model::Epoch epoch;
  /// Datasets that somebody in some mode was granted; a department publishes no others. Empty: all.
  std::vector<std::string> datasets;
  std::vector<Filing> filings;  ///< in order of time

  /// The run's city has said already that the department has something to say.
  bool is_present = false;
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

  /// Working state between two steps, as bytes; and back, instead of introduce(): the connector
  /// goes on as if it had never been away. Error CB-CONNECTOR-STATE.
  virtual std::string save() const = 0;
  virtual model::Result<void> restore(std::string_view saved) = 0;
};

/// What most connectors save: the publisher's numbers and what else they hold, in this order.
template <class... Parts>
std::string save_state(const network::Publisher& publisher, const Parts&... parts) {
  model::Writer w;
  w(publisher.save(), parts...);
  return w.take();
}
template <class... Parts>
model::Result<void> restore_state(std::string_view saved, network::Publisher& publisher,
                                  Parts&... parts) {
  model::Reader r(saved);
  std::string numbers;
  r(numbers, parts...);
  if (r.complete()) return publisher.restore(numbers);
  return model::Error{"CB-CONNECTOR-STATE", "the kept state is damaged or of another version",
                      publisher.source(), "remove it; the connector begins anew"};
}

}  // namespace citybrain::connectors
