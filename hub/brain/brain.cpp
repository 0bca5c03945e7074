#include "hub/brain/brain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "hub/brain/policies.h"

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

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t above = row[k];
      row[k] = std::min({above + 1, row[k - 1] + 1, diagonal + (a[i - 1] == b[k - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// "did you mean ...?", or the whole list when nothing is near.
std::string suggest(std::string_view wrong, const std::vector<std::string>& names) {
  const auto near = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return distance(wrong, a) < distance(wrong, b);
  });
  if (near != names.end() && distance(wrong, *near) <= std::max<std::size_t>(2, wrong.size() / 3))
    return fmt::format("did you mean \"{}\"?", *near);
  return fmt::format("valid: {}", fmt::join(names, ", "));
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
