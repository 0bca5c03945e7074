// Shortest routes in bulk on changing travel times. Private to scenarios/city. Deterministic: ties
// go to the lower road. Immutable after construction; safe to use from many threads, each with its
// own Search.
//
// Trees are Boost.Graph's Dijkstra (measured 1.7 times as fast as a plain binary heap here). Single
// routes are A* on the same turns, whose memory is kept from search to search and which stops at
// the destination (bench_rooms: RouterTree, RouterRoute).
#pragma once

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

class Router {
 public:
  static constexpr std::uint8_t kNoTurn = 255;

  /// What a turn costs beyond the roads, in their unit; a U-turn counts as a left one.
  struct TurnCosts {
    float left = 0, right = 0;
  };
  /// What a road costs: seconds, at least those at the fastest limit; or anything above 0, then
  /// single routes are found without a bound on what is left (Dijkstra).
  enum class Costs : std::uint8_t { kSeconds, kAny };
  Router(const model::RoadNetwork& network, TurnCosts turn_costs, Costs costs = Costs::kSeconds);

  /// For every road, the cost from its beginning to the end of `destination`, and the turn to take
  /// at its end (an index among its movements); kNoTurn at the destination and where no way leads.
  struct Tree {
    std::vector<float> cost;
    std::vector<std::uint8_t> turn;
  };
  /// Memory of a search, used again by the next.
  struct Search {
    std::vector<std::pair<float, std::uint32_t>> heap;
    std::vector<float> cost;
    std::vector<std::uint32_t> before;
    std::vector<std::uint32_t> touched;
  };
  /// Dijkstra backwards from the destination. `road_cost` is above 0, by road; infinity closes one.
  void tree_to(model::RoadId destination, std::span<const float> road_cost, Tree&) const;
  /// The turns from `from` to `to` of one least-cost route (A*; `road_cost` is at least the time at
  /// the fastest speed limit); false when no way leads there.
  bool route(model::RoadId from, model::RoadId to, std::span<const float> road_cost, Search&,
             std::vector<std::uint8_t>& turns) const;
  /// Of the turn at the end of a road.
  float turn_cost(model::RoadId road, std::uint8_t turn) const {
    return out_[first_out_[road.value] + turn].cost;
  }
  /// Follows a tree from a road.
  bool follow(const Tree&, model::RoadId from, std::vector<std::uint8_t>& turns) const;

 private:
  struct Link {
    std::uint32_t road = 0;
    std::uint8_t turn = 0;  ///< at the end of the earlier of the two roads
    float cost = 0;         ///< of the turn
  };

  struct BackTurn {
    std::uint8_t turn = 0;
    float cost = 0;
  };
  using Backwards =
      boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, BackTurn>;
  using BackEdge = boost::graph_traits<Backwards>::edge_descriptor;

  Backwards backwards_;  // from a road to those before it
  std::vector<std::uint32_t> first_out_;
  std::vector<Link> out_;
  std::vector<std::pair<float, float>> ends_;  // of roads, m
  float least_per_m_ = 0;
};

}  // namespace citybrain::city
