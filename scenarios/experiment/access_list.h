// Who may do what on the network, as access lists of a Kafka broker, from a scenario's grants and
// the contracts: a department writes its own datasets, a desk's readers read what the desk was
// granted in the mode, and nobody but the evaluator reads the truth. Pure functions. Errors:
// CB-USAGE-SHARING, CB-INPUT-DATASET, as for a run.
//
// Principals (Kafka users): "department-<department>" (its connectors), "hub", "city",
// "evaluator", and "desk-<desk>" for readers from outside on behalf of a desk. Whoever reads or
// writes may also describe a topic and its settings; whoever writes may read what it wrote, to find
// its place after a restart.
#pragma once

#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/model/result.h"
#include "hub/network/access_rules.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// Sorted; no rule twice. `prefix` stands before every topic's name, with a dot, as in the address
/// of a Kafka log; it may be empty.
model::Result<std::vector<network::AccessRule>> access_list(const Scenario& scenario,
                                                            const std::string& sharing,
                                                            const catalog::Catalog& catalog,
                                                            const std::string& prefix);

/// True for the rules that access_list() could have made for this prefix, for any scenario: what an
/// update may remove.
bool is_of_access_lists(const network::AccessRule& rule, const std::string& prefix);

/// A line a resource and principal: kind, name (with a * behind prefixes), principal, operations;
/// columns aligned, in the order of the rules.
std::string access_text(const std::vector<network::AccessRule>& rules);
/// An array of objects: resource, name, prefixed, principal, operations.
std::string access_json(const std::vector<network::AccessRule>& rules);

}  // namespace citybrain::experiment
