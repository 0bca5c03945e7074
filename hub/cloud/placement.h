// One cloud (一朵云): which node holds which part of the hub. A node stands on the government
// (政务云), the commercial (商业云) or the civilian cloud (民用云), has room, and may hold some
// classes of data; a partition (a district, or a service) has a load and the classes of the data
// that flow there.
//
// Promises of place(): no partition is put where one of its classes may not be; no node holds more
// than its room; the load that moves is the least there is (what was not placed before, or whose
// node is gone, does not count as moved); what is free to be put anywhere goes where the nodes, and
// then the zones, are used most evenly; a node that joins takes only what lowers the fuller of two
// nodes' use, and from nobody else does anything move then. The same arguments give the same
// placement, in whatever order nodes and partitions are named; ties go by name. Where all loads are
// equal, a placement is found if there is one, and nothing moves that could stay (a flow of least
// cost, which is whole then). Unequal loads make the question NP-hard: it is searched with that
// flow as the bound, exactly unless kMostFlows of them do not suffice; then the best found so far
// is returned or, if nothing was found, an error that says so. Units of load and room are free, but
// the same: here signalised junctions of a district. Pure functions, safe from any thread.
//
// Errors: CB-CLOUD-CLASS (no node may hold a partition's classes), CB-CLOUD-ROOM (those that may
// have not enough room), CB-CLOUD-SEARCH, CB-INPUT-CLOUDS (names twice, no node). Each names the
// partition, why each node may not hold it, and what would mend it.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/classification.h"
#include "hub/model/result.h"

namespace citybrain::cloud {

using catalog::ClassSet;

enum class Cloud : std::uint8_t { kGovernment, kCommercial, kCivilian };
std::string_view name_of(Cloud cloud);  ///< "government", "commercial", "civilian"

struct NodeName {
  std::string text;
  friend auto operator<=>(const NodeName&, const NodeName&) = default;
};
struct PartitionName {
  std::string text;
  friend auto operator<=>(const PartitionName&, const PartitionName&) = default;
};
/// Of load and of room.
struct Units {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(Units, Units) = default;
};

struct Node {
  NodeName name;
  Cloud cloud = Cloud::kGovernment;
  Units room;
  ClassSet holds;
  std::string zone;  ///< what fails together; may be empty
};

struct Partition {
  PartitionName name;
  Units load;
  ClassSet classes;
  std::vector<Cloud> clouds;  ///< only there; empty: wherever its classes may be
};

struct Seat {
  PartitionName partition;
  NodeName node;
  friend bool operator==(const Seat&, const Seat&) = default;
};

struct Placement {
  std::vector<NodeName> nodes;  ///< all that could be used, by name
  std::vector<Seat> seats;      ///< by name of the partition

  /// The node that holds it; nullptr when it is not placed.
  const NodeName* owner(std::string_view partition) const;
  friend bool operator==(const Placement&, const Placement&) = default;
};

struct Move {
  PartitionName partition;
  NodeName from, to;
  friend bool operator==(const Move&, const Move&) = default;
};
/// What is elsewhere in `after`, by name of the partition.
std::vector<Move> moves(const Placement& before, const Placement& after);

/// True when the classes, the cloud and the whole room of the node allow the partition.
bool may_hold(const Node& node, const Partition& partition);
/// Why not, in a few words; empty when it may.
std::string why_not(const Node& node, const Partition& partition);

constexpr std::uint32_t kMostFlows = 1'000;
/// Of nodes and of partitions; of all loads together, and of one node's room.
constexpr std::size_t kMost = 1'024;
constexpr std::uint32_t kMostUnits = 1'000'000;

model::Result<Placement> place(std::span<const Node> nodes, std::span<const Partition> partitions,
                               const Placement& previous);

}  // namespace citybrain::cloud
