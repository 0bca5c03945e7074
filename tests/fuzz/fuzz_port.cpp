// Records between a city and its departments: any bytes give a state that fits the network or an
// error; what was taken can be looked at and written, and comes back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "connectors/remote_city/port_records.h"
#include "connectors/remote_city/port_state.h"
#include "connectors/remote_city/port_view.h"
#include "tests/support/fake_city.h"

namespace {

using namespace citybrain;

std::vector<std::string> written(const city_port::Sensors& sensors, model::Step step,
                                 const model::RoadNetwork& network) {
  std::vector<std::string> out;
  remote_city::StateWriter(network).write(
      sensors, step, [&](const v1::PortState& r) { out.push_back(r.SerializeAsString()); });
  return out;
}

void look_at_state(const std::string& bytes, const model::RoadNetwork& network) {
  v1::PortState record;
  remote_city::PortView view(network);
  if (!record.ParseFromString(bytes)) return;
  const auto complete = view.take(record);
  if (!complete || !*complete) return;
  const auto first = written(view, view.step(), network);
  remote_city::PortView again(network);
  for (const auto& r : first) {
    v1::PortState part;
    if (!part.ParseFromString(r) || !again.take(part)) std::abort();
  }
  if (written(again, again.step(), network) != first) std::abort();
}

void look_at_actuations(const std::string& bytes, const model::RoadNetwork& network) {
  v1::PortActuations record;
  if (!record.ParseFromString(bytes)) return;
  for (const auto& a : record.actuations())
    if (const auto actuation = remote_city::read(a, network)) {
      v1::PortActuations::Actuation back;
      remote_city::write(*actuation, back);
      if (!remote_city::read(back, network)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto network = test::crossing_with_places();
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  look_at_state(bytes, network);
  look_at_actuations(bytes, network);
  return 0;
}
