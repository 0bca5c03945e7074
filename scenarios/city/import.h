// What importers of several formats share. Private to scenarios/city.
#pragma once

#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

/// Coordinates beyond this are a mistake, m.
constexpr double kFar_m = 1e7;

/// A phase as a file has it: changes between phases are phases, too.
struct RawPhase {
  model::GroupSet greens = 0;
  double time_s = 0;
};

/// Splits phases into those that serve somebody and those that only bridge two of them (yellow,
/// all red), whose time goes to the phase before them.
void settle_phases(const std::vector<RawPhase>& raw, model::Junction& junction);

/// For files that know no districts: strips from west to east with about as many signals each.
void make_districts(model::RoadNetwork& network);

}  // namespace citybrain::city
