#include "hub/cloud/flow.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>
#include <numeric>

namespace citybrain::cloud {

namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<
        boost::edge_capacity_t, std::int64_t,
        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                        boost::property<boost::edge_reverse_t, Traits::edge_descriptor,
                                        boost::property<boost::edge_weight_t, std::int64_t>>>>>;
using Edge = Traits::edge_descriptor;

/// The cost of use u of room c is u*u/c: its rise from one unit to the next is (2u-1)/c. Up to so
/// many steps of rising cost a node: many where loads are equal, so that the flow is the answer;
/// few where it is a bound only.
constexpr std::int64_t kSteps = 64;
constexpr std::int64_t kFewSteps = 8;
constexpr std::int64_t kNodeScale = 1 << 16;
constexpr std::int64_t kZoneScale = 1 << 5;  // zones count where nodes are even

class Network {
 public:
  explicit Network(const FlowProblem& p)
      : p_(p),
        graph_(p.loads.size() + p.rooms.size() + p.zone_count + 2),
        total_(std::accumulate(p.loads.begin(), p.loads.end(), std::int64_t{0})),
        steps_(static_cast<std::size_t>(total_) == p.loads.size() ? kSteps : kFewSteps) {
    build();
  }

  Flow solve() {
    boost::successive_shortest_path_nonnegative_weights(graph_, source(), sink());
    Flow out;
    const auto residual = boost::get(boost::edge_residual_capacity, graph_);
    const auto flow = [&](const Edge& e) {
      return boost::get(boost::edge_capacity, graph_, e) - residual[e];
    };
    out.parts.resize(p_.loads.size());
    for (std::size_t i = 0; i < p_.loads.size(); ++i) {
      for (std::size_t k = 0; k < p_.may[i].size(); ++k) {
        const auto load = static_cast<std::uint32_t>(flow(choices_[i][k]));
        if (load == 0) continue;
        out.parts[i].emplace_back(p_.may[i][k], load);
        out.carried += load;
        if (p_.home[i] != kNowhere && p_.home[i] != p_.may[i][k]) out.away += load;
      }
    }
    for (const auto& e : edges_)
      out.cost += static_cast<std::uint64_t>(flow(e) * boost::get(boost::edge_weight, graph_, e));
    mark_shortage(out);
    return out;
  }

 private:
  std::size_t source() const { return 0; }
  std::size_t sink() const { return 1; }
  std::size_t partition(std::size_t i) const { return 2 + i; }
  std::size_t node(std::size_t n) const { return 2 + p_.loads.size() + n; }
  std::size_t zone(std::size_t z) const { return node(p_.rooms.size()) + z; }

  Edge connect(std::size_t from, std::size_t to, std::int64_t capacity, std::int64_t cost) {
    const Edge forth = boost::add_edge(from, to, graph_).first;
    const Edge back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, forth, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0);
    boost::put(boost::edge_reverse, graph_, forth, back);
    boost::put(boost::edge_reverse, graph_, back, forth);
    boost::put(boost::edge_weight, graph_, forth, cost);
    boost::put(boost::edge_weight, graph_, back, -cost);
    edges_.push_back(forth);
    return forth;
  }

  /// Edges side by side, each dearer than the one before.
  void rising(std::size_t from, std::size_t to, std::int64_t room, std::int64_t scale) {
    const auto most = std::min(room, total_);
    const auto width = std::max<std::int64_t>(1, (most + steps_ - 1) / steps_);
    for (std::int64_t used = 0; used < most; used += width) {
      const auto here = std::min(width, most - used);
      connect(from, to, here, (2 * used + here) * scale / room);
    }
  }

  void build() {
    // One unit that moves costs more than all unevenness together.
    const std::int64_t away = (2 * kNodeScale + 2 * kZoneScale) * (total_ + 1);
    choices_.resize(p_.loads.size());
    for (std::size_t i = 0; i < p_.loads.size(); ++i) {
      connect(source(), partition(i), p_.loads[i], 0);
      for (const auto n : p_.may[i]) {
        const bool stays = p_.home[i] == kNowhere || p_.home[i] == n;
        choices_[i].push_back(connect(partition(i), node(n), p_.loads[i], stays ? 0 : away));
      }
    }
    std::vector<std::int64_t> zone_rooms(p_.zone_count);
    for (std::size_t n = 0; n < p_.rooms.size(); ++n) {
      rising(node(n), zone(p_.zones[n]), p_.rooms[n], kNodeScale);
      zone_rooms[p_.zones[n]] += p_.rooms[n];
    }
    for (std::size_t z = 0; z < p_.zone_count; ++z)
      rising(zone(z), sink(), zone_rooms[z], kZoneScale);
  }

  /// What the source still reaches: the partitions that compete, and the nodes that are full.
  void mark_shortage(Flow& out) const {
    out.short_partitions.assign(p_.loads.size(), false);
    out.full_nodes.assign(p_.rooms.size(), false);
    std::vector<bool> seen(boost::num_vertices(graph_));
    std::vector<std::size_t> next = {source()};
    seen[source()] = true;
    const auto residual = boost::get(boost::edge_residual_capacity, graph_);
    while (!next.empty()) {
      const auto at = next.back();
      next.pop_back();
      const auto [first, last] = boost::out_edges(at, graph_);
      for (auto e = first; e != last; ++e) {
        const auto to = boost::target(*e, graph_);
        if (residual[*e] <= 0 || seen[to]) continue;
        seen[to] = true;
        next.push_back(to);
      }
    }
    for (std::size_t i = 0; i < p_.loads.size(); ++i) out.short_partitions[i] = seen[partition(i)];
    for (std::size_t n = 0; n < p_.rooms.size(); ++n) out.full_nodes[n] = seen[node(n)];
  }

  const FlowProblem& p_;
  Graph graph_;
  std::int64_t total_;
  std::int64_t steps_;
  std::vector<Edge> edges_;
  std::vector<std::vector<Edge>> choices_;  // by partition, in the order of `may`
};

}  // namespace

Flow least_cost_flow(const FlowProblem& problem) { return Network(problem).solve(); }

}  // namespace citybrain::cloud
