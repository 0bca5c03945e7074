#include "scenarios/experiment/departments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/citizen_hotline/citizen_hotline.h"
#include "connectors/emergency_medical/emergency_medical.h"
#include "connectors/governance/governance.h"
#include "connectors/navigation/navigation.h"
#include "connectors/parking/parking.h"
#include "connectors/traffic_police/traffic_police.h"
#include "connectors/transport/transport.h"
#include "hub/catalog/catalog.h"

namespace citybrain::experiment {

namespace {

using connectors::ConnectorContext;

bool always(const ConnectorContext&) { return true; }

constexpr Department kDepartments[] = {
    {"signal_control", "traffic_police/signal_control", true, always,
     connectors::make_signal_control},
    {"video", "traffic_police/video", false, always, connectors::make_video},
    {"navigation", "navigation/probes", false, always, connectors::make_navigation},
    {"transport", "transport/gps", false, connectors::has_transport, connectors::make_transport},
    {"emergency_medical", "emergency_medical/120", false, connectors::has_emergency_medical,
     connectors::make_emergency_medical},
    {"parking", "parking/counters", false, connectors::has_parking, connectors::make_parking},
    {"citizen_hotline", "citizen_hotline/sheets", false, connectors::has_citizen_hotline,
     connectors::make_citizen_hotline},
    {"governance", "governance/office", false, connectors::has_governance,
     connectors::make_governance},
};

}  // namespace

std::span<const Department> departments() { return kDepartments; }

model::Result<std::vector<const Department*>> departments_named(
    const std::vector<std::string>& names) {
  std::vector<const Department*> out;
  const bool all = std::find(names.begin(), names.end(), "all") != names.end();
  for (const auto& d : kDepartments)
    if (all || std::find(names.begin(), names.end(), d.name) != names.end()) out.push_back(&d);
  for (const auto& name : names) {
    const auto has_it = [&](const Department& d) { return d.name == name; };
    if (name == "all" || std::any_of(std::begin(kDepartments), std::end(kDepartments), has_it))
      continue;
    std::vector<std::string> valid{"all"};
    for (const auto& d : kDepartments) valid.emplace_back(d.name);
    const auto near = catalog::nearest(name, valid);
    return model::Error{"CB-USAGE-CONNECTOR", fmt::format("there is no connector \"{}\"", name),
                        "NAME",
                        near.empty() ? fmt::format("connectors: {}", fmt::join(valid, ", "))
                                     : fmt::format("did you mean \"{}\"?", near)};
  }
  return out;
}

}  // namespace citybrain::experiment
