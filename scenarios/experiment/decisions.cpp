#include "scenarios/experiment/decisions.h"

#include <algorithm>
#include <map>

#include "hub/model/archive.h"
#include "hub/model/decision.h"

namespace citybrain::experiment {

using model::Result;

namespace {

struct Candidate {
  model::Command command;
  double margin = 0;
};

/// How sure a policy was: what its choice saves against the next best. Reasons without a rival come
/// last.
double margin(const model::Reason& r) {
  const double value = static_cast<double>(r.value), rival = static_cast<double>(r.runner_up);
  if (r.code == "look-ahead") return rival - value;  // vehicle-seconds: less is better
  if (r.code == "pressure") return value - rival;
  return r.code == "max-red" ? -1 : 0;
}

/// A command that starts a phase (not the yellow or all-red on the way), decided by a policy.
bool starts_phase(const model::Command& c, const model::RoadNetwork& network) {
  return c.phase >= 0 && c.yellows == 0 && c.greens != network[c.junction].always_green;
}

}  // namespace

Result<std::vector<KeyDecision>> key_decisions(const store::Store& store,
                                               const model::RoadNetwork& network,
                                               model::Epoch epoch,
                                               std::span<const node::DeskSpec> desks,
                                               std::size_t most) {
  // The surest decision of each stretch of time, so that the whole run is shown.
  std::map<std::int64_t, Candidate> best;
  std::vector<Candidate> all;
  CITYBRAIN_TRY(store.scan(store::Family::kSpecial, store::Key().text("decision").view(),
                           [&](std::string_view, std::string_view value) {
                             Candidate c;
                             model::Reader r(value);
                             r(c.command);
                             if (r.failed() || !starts_phase(c.command, network)) return true;
                             c.margin = margin(c.command.reason);
                             all.push_back(std::move(c));
                             return true;
                           }));
  if (all.empty()) return std::vector<KeyDecision>{};
  const std::int64_t span = std::max<std::int64_t>(
      1, (all.back().command.effective - epoch.start) / static_cast<std::int64_t>(most) + 1);
  for (auto& c : all) {
    const std::int64_t stretch = (c.command.effective - epoch.start) / span;
    const auto it = best.find(stretch);
    if (it == best.end() || c.margin > it->second.margin) best[stretch] = c;
  }
  std::vector<KeyDecision> out;
  for (const auto& [stretch, c] : best) {
    const auto& command = c.command;
    // The safety filter's own are nobody's desk.
    const node::DeskSpec hub{"hub", {}, {}, {"safety filter", {}}, 0, {}};
    const auto& desk = command.desk.value < desks.size() ? desks[command.desk.value] : hub;
    out.push_back({epoch.seconds(command.effective), network[command.junction].name, desk.name,
                   desk.policy.name, command.phase, command.reason.code, command.reason.value,
                   command.reason.runner_up});
  }
  return out;
}

}  // namespace citybrain::experiment
