#include "hub/brain/brain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "hub/brain/policies.h"
#include "hub/model/nearest.h"

namespace citybrain::brain {

using model::Error;
using model::Result;

namespace {

struct Range {
  const char* name;
  double least;
  double most;
};

struct Known {
  std::string name;
  std::vector<Range> parameters;
  PolicyPtr (*make)(const Parameters&, const Assignment&, const model::RoadNetwork&);
};

const std::vector<Known>& known() {
  static const std::vector<Known> table = {
      {"fixed-time", {{"green_s", 5, 300}}, make_fixed_time},
      {"actuated",
       {{"min_green_s", 1, 120}, {"max_green_s", 5, 300}, {"gap_s", 0.5, 30}, {"recall_s", 1, 120}},
       make_actuated},
      {"max-pressure",
       {{"interval_s", 1, 300}},
       [](const Parameters& p, const Assignment& a, const model::RoadNetwork& n) {
         return make_pressure(PressureKind::kPlain, p, a, n);
       }},
      {"efficient-max-pressure",
       {{"interval_s", 1, 300}},
       [](const Parameters& p, const Assignment& a, const model::RoadNetwork& n) {
         return make_pressure(PressureKind::kEfficient, p, a, n);
       }},
      {"advanced-max-pressure",
       {{"interval_s", 1, 300}},
       [](const Parameters& p, const Assignment& a, const model::RoadNetwork& n) {
         return make_pressure(PressureKind::kAdvanced, p, a, n);
       }},
      {"look-ahead",
       {{"interval_s", 1, 60},
        {"decisions", 1, 12},
        {"headway_s", 1, 6},
        {"lost_s", 0, 10},
        {"tail_s", 0, 300},
        {"patience_s", 10, 3600}},
       make_look_ahead}};
  return table;
}

/// "did you mean ...?", or the whole list when nothing is near.
std::string suggest(std::string_view wrong, const std::vector<std::string>& names) {
  const auto near = model::nearest(wrong, names);
  return near.empty() ? fmt::format("valid: {}", fmt::join(names, ", "))
                      : fmt::format("did you mean \"{}\"?", near);
}

Result<void> check_parameters(const Known& policy, const Parameters& parameters) {
  for (const auto& parameter : parameters) {
    const std::string& name = parameter.first;
    const double value = parameter.second;
    const auto it = std::find_if(policy.parameters.begin(), policy.parameters.end(),
                                 [&](const Range& r) { return name == r.name; });
    if (it == policy.parameters.end()) {
      std::vector<std::string> names;
      for (const auto& r : policy.parameters) names.emplace_back(r.name);
      return Error{"CB-INPUT-POLICY",
                   fmt::format("the policy {} has no parameter \"{}\"", policy.name, name), "",
                   suggest(name, names)};
    }
    if (!(value >= it->least && value <= it->most))
      return Error{"CB-INPUT-POLICY",
                   fmt::format("{} of {} is {}; expected {} to {}", name, policy.name, value,
                               it->least, it->most),
                   "", ""};
  }
  return {};
}

}  // namespace

std::span<const std::string> policy_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const auto& k : known()) out.push_back(k.name);
    return out;
  }();
  return names;
}

Result<std::unique_ptr<Policy>> make_policy(const PolicySpec& spec, const Assignment& assignment,
                                            const model::RoadNetwork& network) {
  const auto it = std::find_if(known().begin(), known().end(),
                               [&](const Known& k) { return k.name == spec.name; });
  if (it == known().end()) {
    const auto names = policy_names();
    return Error{"CB-INPUT-POLICY", fmt::format("there is no policy \"{}\"", spec.name), "",
                 suggest(spec.name, {names.begin(), names.end()})};
  }
  CITYBRAIN_TRY(check_parameters(*it, spec.parameters));
  return it->make(spec.parameters, assignment, network);
}

}  // namespace citybrain::brain
