// The office that keeps the requests for data (数据主管部门): what departments file, check, answer
// and deliver becomes records of governance.requests before it takes effect. dialect.md describes
// it.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Whether there is a request; looks at no log.
bool has_governance(const ConnectorContext& context);
/// Publishes the steps of requests, each in the second in which it was taken; those from before the
/// start when it introduces itself.
model::Result<std::unique_ptr<Connector>> make_governance(const ConnectorContext& context);

}  // namespace citybrain::connectors
