// One brain (一个大脑): desks (席位) hold decision rights and granted datasets; a desk's policy
// turns the situation of its view into proposals, each with its reason and expected benefit. Every
// policy runs on any view; what it sees is what the view was granted.
//
// Policies: fixed-time, actuated, max-pressure, efficient-max-pressure, advanced-max-pressure,
// look-ahead (policies.h says what each does and its source). A policy's memory is part of the
// working state (save/load). Knows only hub/model. Deterministic: budgets count nodes, never time.
// One thread a policy.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::brain {

/// Parameters of policies by name, from the scenario; a policy refuses one that it does not know
/// (CB-INPUT-POLICY with the nearest name).
using Parameters = std::map<std::string, double>;

class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::string_view name() const = 0;
  /// Appends proposals for the junctions that this policy's desk controls. Called once a step with
  /// now = situation.now.
  virtual void propose(const model::Situation& situation, std::vector<model::Proposal>& out) = 0;
  virtual void save(model::Writer& out) const = 0;
  virtual void load(model::Reader& in) = 0;
};

struct PolicySpec {
  std::string name;
  Parameters parameters;
};

/// What a policy is made for: its desk, its junctions, the network and the start of the scenario
/// (decision times count from there).
struct Assignment {
  model::DeskId desk;
  std::vector<model::JunctionId> junctions;
  model::EventTime start;
  std::int64_t lookahead_ms = 1000;  ///< between a decision and its effect
};

std::span<const std::string> policy_names();
/// Error CB-INPUT-POLICY names the nearest valid policy or parameter. The network must outlive the
/// policy.
model::Result<std::unique_ptr<Policy>> make_policy(const PolicySpec& spec,
                                                   const Assignment& assignment,
                                                   const model::RoadNetwork& network);

}  // namespace citybrain::brain
