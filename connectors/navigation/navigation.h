// A navigation company: positions and speeds of its clients in GCJ-02 on its own link ids, in
// batches. dialect.md describes it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Publishes navigation.probes and navigation.link_table.
model::Result<std::unique_ptr<Connector>> make_navigation(const ConnectorContext& context);

}  // namespace citybrain::connectors
