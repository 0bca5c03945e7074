#include "scenarios/city/streets.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "scenarios/city/geometry.h"

namespace citybrain::city {

namespace {

std::uint8_t rank(model::Turn turn) {
  switch (turn) {
    case model::Turn::kStraight:
      return 3;
    case model::Turn::kLeft:
      return 2;
    case model::Turn::kRight:
      return 1;
    case model::Turn::kUTurn:
      return 0;
  }
  return 0;
}

}  // namespace

Streets::Streets(const model::RoadNetwork& network) : network_(network) {
  for (const auto& lane : network.lanes) {
    Way w;
    w.length_m = network[lane.road].length_m;
    w.speed_limit_mps = lane.speed_limit_mps;
    w.road = lane.road;
    w.index = lane.index;
    ways_.push_back(w);
  }
  add_paths();
  find_crossings();
}

void Streets::add_paths() {
  std::vector<std::vector<WayId>> by_lane(lanes());
  for (const auto& m : network_.movements) {
    for (const auto& link : m.links) {
      Way w;
      w.is_lane = false;
      w.length_m = std::max(link.length_m, 0.1);
      w.from = link.from.value;
      w.to = link.to.value;
      w.junction = m.junction;
      w.group = m.group;
      w.rank = rank(m.turn);
      w.is_turn = m.turn == model::Turn::kLeft || m.turn == model::Turn::kRight;
      by_lane[w.from].push_back(static_cast<WayId>(ways_.size()));
      ways_.push_back(w);
      shapes_.push_back(link.shape);
    }
  }
  for (const auto& of_lane : by_lane) {
    first_path_.push_back(static_cast<std::uint32_t>(paths_.size()));
    paths_.insert(paths_.end(), of_lane.begin(), of_lane.end());
  }
  first_path_.push_back(static_cast<std::uint32_t>(paths_.size()));
}

void Streets::find_crossings() {
  const std::size_t n = shapes_.size();
  std::vector<std::vector<Crossing>> by_path(n);
  std::vector<std::vector<std::size_t>> of_junction(network_.junctions.size());
  for (std::size_t p = 0; p < n; ++p) of_junction[ways_[lanes() + p].junction.value].push_back(p);
  for (const auto& paths : of_junction) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      for (std::size_t k = i + 1; k < paths.size(); ++k) {
        const auto a = paths[i], b = paths[k];
        const auto met = first_meeting(shapes_[a], shapes_[b]);
        if (!met) continue;
        by_path[a].push_back({static_cast<WayId>(lanes() + b), met->on_first_m, met->on_second_m});
        by_path[b].push_back({static_cast<WayId>(lanes() + a), met->on_second_m, met->on_first_m});
      }
    }
  }
  for (auto& of_path : by_path) {
    std::stable_sort(of_path.begin(), of_path.end(),
                     [](const Crossing& x, const Crossing& y) { return x.at_m < y.at_m; });
    first_crossing_.push_back(static_cast<std::uint32_t>(crossings_.size()));
    crossings_.insert(crossings_.end(), of_path.begin(), of_path.end());
  }
  first_crossing_.push_back(static_cast<std::uint32_t>(crossings_.size()));
}

bool Streets::leads_to(WayId lane, model::RoadId road) const {
  const auto of_lane = paths(lane);
  return std::any_of(of_lane.begin(), of_lane.end(),
                     [&](WayId p) { return ways_[ways_[p].to].road == road; });
}

WayId Streets::path(WayId lane, model::RoadId next, model::RoadId after) const {
  WayId best = kNoWay;
  int best_cost = 0;
  for (const WayId p : paths(lane)) {
    const Way& end = ways_[ways_[p].to];
    if (end.road != next) continue;
    const bool leads_on = !after.valid() || leads_to(ways_[p].to, after);
    const int cost = std::abs(int{end.index} - int{ways_[lane].index}) + (leads_on ? 0 : 1000);
    if (best == kNoWay || cost < best_cost) {
      best = p;
      best_cost = cost;
    }
  }
  return best;
}

WayId Streets::lane_towards(WayId lane, model::RoadId next) const {
  const auto& road = network_[ways_[lane].road];
  WayId best = kNoWay;
  int best_difference = 0;
  for (std::uint32_t i = 0; i < road.lanes; ++i) {
    const WayId l = road.first_lane.value + i;
    const int difference = std::abs(static_cast<int>(l) - static_cast<int>(lane));
    if (leads_to(l, next) && (best == kNoWay || difference < best_difference)) {
      best = l;
      best_difference = difference;
    }
  }
  return best;
}

}  // namespace citybrain::city
