// What goes over the network between a city's port and the departments beside it, as records.
// Private to connectors/remote_city. Error CB-PORT-RECORD.
#pragma once

#include <string>

#include "citybrain/v1/port.pb.h"
#include "connectors/city_port/city_port.h"
#include "hub/network/framing.h"
#include "hub/network/network.h"

namespace citybrain::remote_city {

/// With a vehicle's role in its byte: a taxi without passengers.
constexpr unsigned kVacant = 0x80;
/// Numbers travel plus one, so that "none" is 0: a byte instead of five.
constexpr std::uint32_t shifted(std::uint32_t value) { return value + 1; }
constexpr std::uint32_t unshifted(std::uint32_t value) { return value - 1; }

model::Error damaged(std::string_view topic, network::Position position, std::string_view what);

/// A record's message. Error CB-PORT-RECORD names its place.
template <class Message>
model::Result<void> parse(std::string_view topic, const network::RecordView& record,
                          schemas::SchemaRef schema, Message& message) {
  const auto framed = network::unframe(record.value);
  if (!framed) return damaged(topic, record.position, framed.error().what);
  if (framed->schema != schema) return damaged(topic, record.position, "it has another schema");
  if (!message.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
    return damaged(topic, record.position, "its message cannot be decoded");
  return {};
}

void write(const city_port::Actuation& actuation, v1::PortActuations::Actuation& out);
/// Nothing when it names things that the network has not.
model::Result<city_port::Actuation> read(const v1::PortActuations::Actuation& actuation,
                                         const model::RoadNetwork& network);

void write(const model::Result<void>& outcome, v1::PortReplies::Outcome& out);
model::Result<void> read(const v1::PortReplies::Outcome& outcome);

}  // namespace citybrain::remote_city
