// The city by districts. A district is what one partition of the log speaks of and one hub at a
// time works on: its signals, the roads that lead to them (or out of the network at its edge), and
// the lanes of those. A road belongs to the district of the junction at its end, whose detectors
// see it and whose signal empties it. Values derived once from a network; no IO.
#pragma once

#include <cstdint>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/road_network.h"

namespace citybrain::model {

/// What is of the whole city and of no district (fleets, events, places) is at home in this one.
constexpr DistrictId kCityDistrict{0};

struct District {
  std::vector<JunctionId> junctions;
  std::vector<RoadId> roads;
  std::vector<LaneId> lanes;
  /// Lanes of roads that come from a junction of another district: what stands on them is what
  /// that junction's policy must know of its exits.
  std::vector<LaneId> entries;
};

/// Up to kLanesPerBlock lanes of one district, whose rows are written together.
struct LaneBlock {
  DistrictId district;
  std::vector<LaneId> lanes;
};

struct Districts {
  explicit Districts(const RoadNetwork& network);

  std::size_t size() const { return parts.size(); }
  const District& operator[](DistrictId d) const { return parts[d.value]; }
  DistrictId of(JunctionId junction) const { return of_junction[junction.value]; }
  DistrictId of(RoadId road) const { return of_road[road.value]; }
  DistrictId of(LaneId lane) const { return of_lane[lane.value]; }

  std::vector<District> parts;
  std::vector<LaneBlock> blocks;  ///< of all districts, in their order
  std::vector<DistrictId> of_junction, of_road, of_lane;
};

}  // namespace citybrain::model
