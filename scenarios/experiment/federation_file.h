// A federation as a file (docs/federation.md lists every key): parties, links with their cuts, the
// catalogue (generated, or a folder of contracts), and grants, by resource or by domain. Read
// strictly: errors CB-INPUT-FEDERATION with file, line, column, field and what was expected;
// CB-INPUT-CONTRACT, CB-INPUT-LAW and CB-INPUT-CALENDAR of the files that it names.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/federation/plan.h"
#include "scenarios/experiment/federation_catalogue.h"

namespace citybrain::experiment {

/// One entry of `grants`: some resources over one link.
struct GrantEntry {
  std::string link, of, purpose;
  std::vector<std::string> resources, domains;
  std::optional<model::EventTime> from, revoked;
  catalog::Date until;
};

/// What the file says, before anything else is read.
struct FederationText {
  federation::Plan plan;  ///< without law, calendar, catalogues and grants
  std::string law = "order-809", calendar = "china";
  std::optional<CatalogueSpec> generate;
  std::string contracts;   ///< folder beside the file, instead
  double corrections = 0;  ///< share of the rows in which a receiver finds something wrong
  std::vector<GrantEntry> grants;
  std::vector<YAML::Node> party_nodes, link_nodes, grant_nodes;  ///< where things are
};
model::Result<FederationText> read_federation(const std::string& text, const std::string& file);

/// What the command line changes.
struct FederationChanges {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> horizon_s;
  std::vector<std::pair<std::string, federation::Cut>> cuts;  ///< by link
};

struct FederationConfig {
  federation::Plan plan;
  double corrections = 0;
  std::vector<GeneratedContract> contracts;  ///< where the catalogue is generated
  std::string config_hash;                   ///< of file, contracts, law and calendar
};
/// `folder` is the file's, `home` the checkout.
model::Result<FederationConfig> complete_federation(FederationText text, const std::string& bytes,
                                                    const std::string& file,
                                                    const std::filesystem::path& folder,
                                                    const std::filesystem::path& home,
                                                    const FederationChanges& changes);
/// A name in scenarios/library (with federation.yaml), a file, or its folder. Error
/// CB-INPUT-FEDERATION with the nearest name; CB-USAGE-CUT.
model::Result<FederationConfig> load_federation(const std::string& name_or_path,
                                                const std::filesystem::path& home,
                                                const FederationChanges& changes);

}  // namespace citybrain::experiment
