// What must hold between contracts: one dataset has one contract, one resource one lead source
// (一数一源), derivations make no circle and start from what there is, and identifiers have a table
// that explains them. Private to the room; pure functions.
#pragma once

#include <span>
#include <vector>

#include "hub/catalog/contract.h"

namespace citybrain::catalog {

/// An error and the contract (by its place in the list) that has to change.
struct Breach {
  std::size_t contract = 0;
  model::Error error;
};

/// In the order of the contracts; of two that contradict each other the later one is in breach.
std::vector<Breach> breaches(std::span<const Contract> contracts);

}  // namespace citybrain::catalog
