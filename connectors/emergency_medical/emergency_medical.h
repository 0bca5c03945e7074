// The emergency medical centre (120): ambulances in GCJ-02 with the state that their crews press,
// and the calls that it takes. dialect.md describes it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Whether it has something to say that somebody wants; looks at no log.
bool has_emergency_medical(const ConnectorContext& context);
/// Publishes emergency_medical.ambulance_positions, .ambulances and .calls, as far as they are
/// wanted; nullptr when there is nothing to say in this city.
model::Result<std::unique_ptr<Connector>> make_emergency_medical(const ConnectorContext& context);

}  // namespace citybrain::connectors
