// A catalogue of shared resources that is generated from a seed: an Open Data Contract for each
// resource of each party, as texts that the catalogue's own reader takes, and what changes in them
// when. The same seed gives the same bytes and the same values. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/federation/federation.h"

namespace citybrain::experiment {

struct CatalogueSpec {
  std::uint64_t seed = 1;
  std::uint32_t resources = 242;
};

struct GeneratedContract {
  std::string resource;  ///< PARTY.NAME
  std::string party;
  std::string text;  ///< YAML
};

/// Parties share the resources as 4 (province) to 3 (others); at most kMaxDatasets for one.
std::vector<GeneratedContract> generate_contracts(const CatalogueSpec& spec,
                                                  std::span<const federation::PartySpec> parties);

/// All entities of a resource in Step 1; then, every `frequency` of its contract, one to three of
/// them.
std::vector<federation::LocalRow> generated_changes(const federation::Plan& plan,
                                                    std::string_view party, model::Step step);

/// A receiver finds one value in 1/`share` wrong, and says what it should be.
std::optional<federation::Finding> generated_finding(const federation::Plan& plan, double share,
                                                     std::string_view party,
                                                     const federation::Row& row);

}  // namespace citybrain::experiment
