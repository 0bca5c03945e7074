#include "scenarios/city/router.h"

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <cmath>
#include <limits>

namespace citybrain::city {

namespace {

// Junctions take some metres of the way between two roads' ends for nothing.
constexpr float kWithoutJunctions = 0.85F;
constexpr float kTie = 1e-3F;
constexpr float kFar = std::numeric_limits<float>::infinity();
using Entry = std::pair<float, std::uint32_t>;

void push(std::vector<Entry>& heap, float cost, std::uint32_t road) {
  heap.emplace_back(cost, road);
  std::push_heap(heap.begin(), heap.end(), std::greater<>{});
}

Entry pop(std::vector<Entry>& heap) {
  std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
  const Entry e = heap.back();
  heap.pop_back();
  return e;
}

/// Keeps the turn of the edge that last made a road's way shorter.
struct NoteTurn : boost::dijkstra_visitor<> {
  explicit NoteTurn(std::vector<std::uint8_t>& t) : turn(&t) {}
  template <class Edge, class Graph>
  void edge_relaxed(const Edge& e, const Graph& g) {
    (*turn)[boost::target(e, g)] = g[e].turn;
  }
  std::vector<std::uint8_t>* turn;
};

}  // namespace

Router::Router(const model::RoadNetwork& network, TurnCosts turn_costs, Costs costs) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> back;
  std::vector<BackTurn> back_turns;
  float fastest = 1;
  for (const auto& l : network.lanes)
    fastest = std::max(fastest, static_cast<float>(l.speed_limit_mps));
  least_per_m_ = costs == Costs::kAny ? 0 : kWithoutJunctions / fastest;
  for (const auto& r : network.roads)
    ends_.emplace_back(static_cast<float>(r.shape.back().x), static_cast<float>(r.shape.back().y));
  for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
    first_out_.push_back(static_cast<std::uint32_t>(out_.size()));
    const auto& movements = network.roads[r].movements;
    for (std::size_t i = 0; i < movements.size() && i < kNoTurn; ++i) {
      const auto& m = network[movements[i]];
      const float cost = m.turn == model::Turn::kStraight ? 0
                         : m.turn == model::Turn::kRight  ? turn_costs.right
                                                          : turn_costs.left;
      out_.push_back({m.to.value, static_cast<std::uint8_t>(i), cost});
      back.emplace_back(m.to.value, r);
      back_turns.push_back({static_cast<std::uint8_t>(i), cost});
    }
  }
  first_out_.push_back(static_cast<std::uint32_t>(out_.size()));
  backwards_ = Backwards(boost::edges_are_unsorted_multi_pass, back.begin(), back.end(),
                         back_turns.begin(), network.roads.size());
}

void Router::tree_to(model::RoadId destination, std::span<const float> road_cost,
                     Tree& tree) const {
  tree.cost.assign(road_cost.size(), kFar);
  tree.turn.assign(road_cost.size(), kNoTurn);
  // An edge leads from a road back to one before it; it costs the turn and that road.
  const auto weight = boost::make_function_property_map<BackEdge>([&](const BackEdge& e) {
    return backwards_[e].cost + road_cost[boost::target(e, backwards_)];
  });
  const auto index = boost::get(boost::vertex_index, backwards_);
  NoteTurn note(tree.turn);
  boost::dijkstra_shortest_paths(
      backwards_, destination.value,
      boost::weight_map(weight)
          .distance_map(boost::make_iterator_property_map(tree.cost.begin(), index))
          .distance_inf(kFar)
          .visitor(note));
  for (auto& c : tree.cost) c += road_cost[destination.value];
}

bool Router::follow(const Tree& tree, model::RoadId from, std::vector<std::uint8_t>& turns) const {
  turns.clear();
  if (tree.cost[from.value] == kFar) return false;
  for (std::uint32_t r = from.value; tree.turn[r] != kNoTurn;) {
    turns.push_back(tree.turn[r]);
    r = out_[first_out_[r] + tree.turn[r]].road;
  }
  return true;
}

bool Router::route(model::RoadId from, model::RoadId to, std::span<const float> road_cost,
                   Search& search, std::vector<std::uint8_t>& turns) const {
  turns.clear();
  if (search.cost.size() != road_cost.size()) {
    search.cost.assign(road_cost.size(), kFar);
    search.before.assign(road_cost.size(), 0);
    search.touched.clear();
  }
  for (const auto r : search.touched) search.cost[r] = kFar;
  search.touched.assign(1, from.value);
  search.heap.clear();
  search.cost[from.value] = 0;
  const auto target = ends_[to.value];
  const auto left = [&](std::uint32_t r) {  // at least so much is left
    const float dx = ends_[r].first - target.first, dy = ends_[r].second - target.second;
    return std::sqrt(dx * dx + dy * dy) * least_per_m_;
  };
  push(search.heap, left(from.value), from.value);
  while (!search.heap.empty()) {
    const auto [estimate, r] = pop(search.heap);
    if (r == to.value) break;
    const float c = search.cost[r];
    if (estimate > c + left(r) + kTie) continue;
    for (std::uint32_t i = first_out_[r]; i < first_out_[r + 1]; ++i) {
      const Link& l = out_[i];
      const float next = c + l.cost + road_cost[l.road];
      if (next < search.cost[l.road]) {
        if (search.cost[l.road] == kFar) search.touched.push_back(l.road);
        search.cost[l.road] = next;
        search.before[l.road] = (r << 8) | l.turn;
        push(search.heap, next + left(l.road), l.road);
      }
    }
  }
  if (search.cost[to.value] == kFar) return false;
  for (std::uint32_t r = to.value; r != from.value; r = search.before[r] >> 8)
    turns.push_back(static_cast<std::uint8_t>(search.before[r] & 0xFF));
  std::reverse(turns.begin(), turns.end());
  return true;
}

}  // namespace citybrain::city
