// Trips to and from a concert, a match, an exhibition.
#include <algorithm>
#include <cmath>

#include "hub/runtime/random.h"
#include "scenarios/city/router.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::RoadId;

namespace {

constexpr auto kHome = runtime::purpose("crowd/home"), kGoal = runtime::purpose("crowd/goal"),
               kComes = runtime::purpose("crowd/comes"), kLeaves = runtime::purpose("crowd/leaves");

double distance_m(model::Point a, model::Point b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

class Crowd {
 public:
  Crowd(const CityEvent& event, std::size_t number, const model::RoadNetwork& network,
        std::uint64_t seed, Demand& demand)
      : event_(event),
        network_(network),
        random_(runtime::mix(seed + number)),
        router_(network, {kLeftTurn_s, kRightTurn_s}),
        usual_s_(usual_road_seconds(network)),
        demand_(demand) {
    kind_.max_speed_mps = 16.667F;
    const auto centre = network[network.find_road(event.road)].shape.back();
    for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
      const auto& road = network.roads[r];
      const bool edge = network[road.from].boundary || network[road.to].boundary;
      if (!edge && distance_m(road.shape.back(), centre) <= event.radius_m) goals_.push_back(r);
      if (event.from_gates ? network[road.from].boundary : !edge) homes_.push_back(r);
    }
    if (goals_.empty()) goals_.push_back(network.find_road(event.road).value);
  }

  void run() {
    if (homes_.empty()) return;
    // One tree a goal; all who go there in turn.
    Router::Tree tree;
    for (std::size_t g = 0; g < goals_.size(); ++g) {
      router_.tree_to(RoadId{goals_[g]}, usual_s_, tree);
      for (std::uint64_t i = 0; i < event_.vehicles; ++i)
        if (random_.bits(kGoal, i) % goals_.size() == g) add(i, RoadId{goals_[g]}, tree);
    }
  }

 private:
  void add(std::uint64_t i, RoadId goal, const Router::Tree& tree) {
    const RoadId home{homes_[random_.bits(kHome, i) % homes_.size()]};
    // Most come in the middle of the time before; on usual times, they are there by then.
    const double early_s =
        event_.come_over_s * (random_.uniform(kComes, i, 0) + random_.uniform(kComes, i, 1)) / 2;
    const double way_s = static_cast<double>(tree.cost[home.value]);
    const double begin_s = event_.from_s - early_s - way_s;
    if (begin_s >= 0 && router_.follow(tree, home, turns_))
      demand_.add_packed(begin_s, kind_, home, turns_);
    // Most leave soon.
    const double late_s = event_.leave_over_s *
                          std::min(random_.uniform(kLeaves, i, 0), random_.uniform(kLeaves, i, 1));
    if (router_.route(goal, way_home(home), usual_s_, search_, turns_))
      demand_.add_packed(event_.until_s + late_s, kind_, goal, turns_);
  }
  /// Out by the gate where it came in.
  RoadId way_home(RoadId home) const {
    const auto gate = network_[home].from;
    if (!network_[gate].boundary) return home;
    for (std::uint32_t r = 0; r < network_.roads.size(); ++r)
      if (network_.roads[r].to == gate) return RoadId{r};
    return home;
  }

  const CityEvent& event_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  Router router_;
  std::vector<float> usual_s_;
  Demand& demand_;
  VehicleKind kind_;
  std::vector<std::uint32_t> goals_, homes_;
  Router::Search search_;
  std::vector<std::uint8_t> turns_;
};

}  // namespace

void add_crowds(const std::vector<CityEvent>& events, const model::RoadNetwork& network,
                std::uint64_t seed, Demand& demand) {
  bool any = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind != CityEvent::Kind::kCrowd) continue;
    Crowd(events[i], i, network, seed, demand).run();
    any = true;
  }
  if (!any) return;
  demand.sort_by_departure();
  demand.shrink();
}

}  // namespace citybrain::city
