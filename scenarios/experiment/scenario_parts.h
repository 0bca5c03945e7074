// Parts of a scenario that are read in files of their own. Private to scenarios/experiment.
#pragma once

#include <optional>

#include "hub/cloud/clouds.h"
#include "scenarios/city/emergencies.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// The mapping `emergencies` (docs/scenario.md).
void read_emergencies(Document& document, Fields f, city::EmergencySpec& out);

/// The mapping `clouds` (docs/cloud.md); nothing when it is absent.
void read_clouds(Document& document, Fields f, std::optional<cloud::Clouds>& out);

/// The mapping `protection` (docs/personal-data.md).
void read_protection(Document& document, Fields f, const std::filesystem::path& folder,
                     ProtectionConfig& out);
/// What binds a desk: purpose, clearance and the masks of its grants.
void read_bindings(Document& document, Fields& f, DeskConfig& out);

/// Refuses documents that expand without end (aliases that contain themselves) or beyond reason.
model::Result<void> within_bounds(const YAML::Node& root, const Document& document);

}  // namespace citybrain::experiment
