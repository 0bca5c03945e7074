// Parts of a scenario that are read in files of their own. Private to scenarios/experiment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/cloud/clouds.h"
#include "scenarios/city/emergencies.h"
#include "scenarios/city/guidance.h"
#include "scenarios/city/parking_spec.h"
#include "scenarios/city/taxi_spec.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/law_config.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// The mappings `emergencies`, `navigation`, `parking` and `taxis` (docs/scenario.md).
void read_emergencies(Document& document, Fields f, city::EmergencySpec& out);
void read_navigation(Fields f, city::NavigationSpec& out);
void read_parking(Fields f, city::ParkingSpec& out);
void read_taxis(Fields f, city::TaxiSpec& out);

/// A list `calls` (docs/scenario.md), also that of a window.
void read_calls(Document& document, Fields& f, const std::string& path,
                std::vector<city::EmergencySpec::CallSpec>& out);

/// A list of events, also that of a window.
void read_events(Document& document, const YAML::Node& list, const std::string& path,
                 std::vector<city::CityEvent>& out);

/// The mapping `law` (docs/sharing-law.md); nothing when it is absent.
void read_law(Document& document, Fields f, std::optional<LawConfig>& out);
/// The scenario's start, horizon, events and calls become those of the window that is run.
void choose_window(Scenario& scenario);

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
