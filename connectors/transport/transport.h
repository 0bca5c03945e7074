// Road transport: buses with line, next stop, delay and doors, and taxis, as JT/T 808 terminals
// with Beijing's clock. dialect.md describes it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Whether it has something to say that somebody wants; looks at no log.
bool has_transport(const ConnectorContext& context);
/// Publishes transport.bus_positions, .terminals, .stops and .taxi_positions, as far as they are
/// wanted; nullptr when there is nothing to say in this city.
model::Result<std::unique_ptr<Connector>> make_transport(const ConnectorContext& context);

}  // namespace citybrain::connectors
