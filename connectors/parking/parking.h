// Car parks: what the counters at their gates say. dialect.md describes it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Whether it has something to say that somebody wants; looks at no log.
bool has_parking(const ConnectorContext& context);
/// Publishes parking.counters and .lots, if they are wanted; nullptr when the city has no car park.
model::Result<std::unique_ptr<Connector>> make_parking(const ConnectorContext& context);

}  // namespace citybrain::connectors
