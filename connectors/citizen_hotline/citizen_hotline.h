// Citizens' hotlines: 122 for accidents, 12345 for the rest; one work sheet a call. dialect.md
// describes it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Whether it has something to say that somebody wants; looks at no log.
bool has_citizen_hotline(const ConnectorContext& context);
/// Publishes citizen_hotline.reports; nullptr when nobody wants them.
model::Result<std::unique_ptr<Connector>> make_citizen_hotline(const ConnectorContext& context);

}  // namespace citybrain::connectors
