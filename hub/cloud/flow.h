// The flow behind a placement: partitions as sources of their load, nodes and zones as sinks of
// rising cost. Private to hub/cloud.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace citybrain::cloud {

/// Numbers only: partitions, nodes and zones by their index in the order of their names.
struct FlowProblem {
  std::vector<std::uint32_t> loads;  ///< of the partitions
  std::vector<std::uint32_t> rooms;  ///< of the nodes
  std::vector<std::uint32_t> zones;  ///< of the nodes
  std::uint32_t zone_count = 0;
  std::vector<std::vector<std::uint32_t>> may;  ///< of the partitions: nodes, ascending
  std::vector<std::uint32_t> home;              ///< of the partitions: its node, or kNowhere
};
constexpr std::uint32_t kNowhere = UINT32_MAX;

struct Flow {
  std::uint64_t carried = 0;  ///< of all loads
  std::uint64_t away = 0;     ///< carried to another node than home
  std::uint64_t cost = 0;     ///< away first, then the evenness of use
  /// By partition: (node, load) of what it puts there, ascending, none zero.
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> parts;
  /// By partition and by node: among what is short when not all is carried.
  std::vector<bool> short_partitions, full_nodes;
};

/// A flow of greatest load and, among those, of least cost. Loads may be split. With loads of one
/// and the same size none is.
Flow least_cost_flow(const FlowProblem& problem);

}  // namespace citybrain::cloud
