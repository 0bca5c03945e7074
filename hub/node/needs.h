// What a hub needs of the log to go on from a snapshot: so much must not be truncated. Reads
// snapshots as bytes; needs neither the city nor the scenario. Error CB-NODE-SNAPSHOT. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/result.h"
#include "hub/model/time.h"
#include "hub/network/network.h"

namespace citybrain::node {

/// How far one partition was read.
struct ReadPosition {
  std::string topic;
  network::Partition partition = 0;
  network::Position next = 0;

  template <class A>
  void fields(A& a) {
    a(topic, partition, next);
  }
};

struct SnapshotNeeds {
  model::DistrictId district;
  model::Step step = 0;                 ///< that it was taken after
  std::vector<ReadPosition> positions;  ///< of the partitions that the district reads
};

/// Of one district's snapshot, as it is in a folder that hubs share.
model::Result<SnapshotNeeds> needs_of_district(std::string_view snapshot);
/// Of the snapshot of a node that works on the whole city, as it is in its store.
model::Result<std::vector<SnapshotNeeds>> needs_of_node(std::string_view snapshot);

}  // namespace citybrain::node
