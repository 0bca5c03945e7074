// The departments that there are, in the order in which they act and observe. Private to
// scenarios/experiment, but for the names.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connectors/connector.h"

namespace citybrain::experiment {

struct Department {
  const char* name;                                      ///< as in `./citybrain connector NAME`
  const char* source;                                    ///< Connector::source()
  bool moves;                                            ///< has devices: it may act
  bool (*present)(const connectors::ConnectorContext&);  ///< looks at no log
  model::Result<std::unique_ptr<connectors::Connector>> (*make)(
      const connectors::ConnectorContext&);
};

std::span<const Department> departments();

/// Those of these names, in the departments' order; all of them for "all". Error CB-USAGE-CONNECTOR
/// names the nearest one.
model::Result<std::vector<const Department*>> departments_named(
    const std::vector<std::string>& names);

}  // namespace citybrain::experiment
