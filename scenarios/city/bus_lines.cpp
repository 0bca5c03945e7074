// Bus lines of a generated city: both directions between two terminals, over the roads with stops,
// by the hour's headways; and a timetable.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/runtime/random.h"
#include "scenarios/city/router.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Result;
using model::RoadId;

namespace {

constexpr auto kFrom = runtime::purpose("bus/from"), kTo = runtime::purpose("bus/to"),
               kOffset = runtime::purpose("bus/offset"), kRiders = runtime::purpose("bus/riders");
constexpr std::uint64_t kDrawn = 24;
constexpr std::size_t kFewestStops = 3;
// Lines keep to roads with stops even where another way is shorter.
constexpr float kOnStops = 0.6F, kElsewhere = 1.6F;
// The timetable: usual times, doors and a few passengers at each stop, and a margin.
constexpr double kDwell_s = 14, kMargin = 1.1;
constexpr double kSpeedOfBus_mps = 14, kSeats_m = 12;
// Passengers who come to a stop, a second; at most.
constexpr float kRidersLeast = 0.004F, kRidersMost = 0.02F;

class Lines {
 public:
  Lines(const BusSpec& spec, const model::RoadNetwork& network, Demand& demand)
      : spec_(spec),
        network_(network),
        demand_(demand),
        random_(spec.seed),
        router_(network, {kLeftTurn_s, kRightTurn_s}),
        cost_(usual_road_seconds(network)),
        stops_(network.roads.size()) {
    std::uint16_t number = 0;
    for (std::uint32_t p = 0; p < network.places.size(); ++p) {
      const auto& place = network.places[p];
      if (place.kind != model::PlaceKind::kBusStop) continue;
      stops_[place.road.value].push_back({p, number++});
    }
    for (std::uint32_t r = 0; r < stops_.size(); ++r) {
      cost_[r] *= stops_[r].empty() ? kElsewhere : kOnStops;
      if (!stops_[r].empty()) terminals_.push_back(r);
      std::sort(stops_[r].begin(), stops_[r].end(), [&](const auto& a, const auto& b) {
        return network.places[a.place].at_m < network.places[b.place].at_m;
      });
    }
  }

  Result<void> run() {
    if (terminals_.empty()) return {};
    for (std::uint32_t line = 0; line < spec_.lines; ++line) {
      const RoadId a{terminals_[random_.bits(kFrom, line) % terminals_.size()]};
      const RoadId b = far_end(line, a);
      CITYBRAIN_TRY(add(line, 0, a, b));
      CITYBRAIN_TRY(add(line, 1, opposite(b), opposite(a)));
    }
    demand_.sort_by_departure();
    demand_.shrink();
    return {};
  }

 private:
  struct StopHere {
    std::uint32_t place = 0;   ///< of the network
    std::uint16_t number = 0;  ///< among bus stops
  };

  double distance_m(RoadId a, RoadId b) const {
    const auto &p = network_[a].shape.front(), &q = network_[b].shape.front();
    return std::sqrt((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y));
  }
  RoadId far_end(std::uint32_t line, RoadId from) const {
    RoadId best = from;
    double best_off = 1e18;
    for (std::uint64_t k = 0; k < kDrawn; ++k) {
      const RoadId r{terminals_[random_.bits(kTo, line, k) % terminals_.size()]};
      const double off = std::abs(distance_m(from, r) - spec_.length_m);
      if (off >= best_off) continue;
      best = r;
      best_off = off;
    }
    return best;
  }
  /// The same street in the other direction, or the road itself.
  RoadId opposite(RoadId r) const {
    for (const auto m : network_[r].movements)
      if (network_[network_[m].to].to == network_[r].from) return network_[m].to;
    for (const auto t : terminals_)
      if (network_.roads[t].from == network_[r].to && network_.roads[t].to == network_[r].from)
        return RoadId{t};
    return r;
  }

  /// The stops of a route with the timetable's times after the departure from its beginning; and
  /// when a bus should come onto each of its roads.
  std::vector<Stop> timetable(std::uint16_t line, const std::vector<RoadId>& route,
                              std::vector<double>& road_at_s) const {
    std::vector<Stop> stops;
    double t = 0;
    road_at_s.clear();
    for (std::size_t i = 0; i < route.size(); ++i) {
      road_at_s.push_back(t);
      const auto& road = network_[route[i]];
      const double speed = std::min(network_[road.first_lane].speed_limit_mps, kSpeedOfBus_mps);
      double dwells = 0;
      for (const auto& s : stops_[route[i].value]) {
        const double at_m = network_.places[s.place].at_m;
        dwells += kDwell_s;
        Stop stop;
        stop.roads_left = static_cast<std::uint16_t>(route.size() - 1 - i);
        stop.place = s.number;
        stop.at_m = static_cast<float>(at_m);
        stop.boardings_per_s =
            kRidersLeast +
            (kRidersMost - kRidersLeast) * static_cast<float>(random_.uniform(kRiders, s.place));
        stop.due_s = static_cast<float>(kMargin * (t / kMargin + at_m / speed + dwells));
        stop.line = line;
        stop.base = s.place;
        stops.push_back(stop);
      }
      t += kMargin * (road.length_m / speed + signal_delay_s(network_[road.to]) + dwells);
      if (i + 1 < route.size()) t += turn_s(route[i], route[i + 1]);
    }
    return stops;
  }
  double turn_s(RoadId from, RoadId to) const {
    const auto turn = network_[network_.find_movement(from, to)].turn;
    return turn == model::Turn::kStraight ? 0
           : turn == model::Turn::kRight  ? kRightTurn_s / 2
                                          : kLeftTurn_s / 2;
  }

  Result<void> add(std::uint32_t line, std::uint8_t direction, RoadId from, RoadId to) {
    if (!router_.route(from, to, cost_, search_, turns_)) return {};
    std::vector<RoadId> route{from};
    for (const auto t : turns_) route.push_back(network_[network_[route.back()].movements[t]].to);
    std::vector<double> road_at_s;
    const auto stops =
        timetable(static_cast<std::uint16_t>(demand_.lines().size()), route, road_at_s);
    if (stops.size() < kFewestStops) return {};
    demand_.add_line({fmt::format("{}", line + 1), direction, network_[network_[to].to].name});
    return add_departures(line, direction, route, road_at_s, stops);
  }

  /// From those that are under way at the start to the last one.
  Result<void> add_departures(std::uint32_t line, std::uint8_t direction,
                              const std::vector<RoadId>& route,
                              const std::vector<double>& road_at_s,
                              const std::vector<Stop>& stops) {
    std::size_t whole = SIZE_MAX;  // the first trip over the whole route
    double t =
        -road_at_s.back() - headway_s(spec_.start_hour) * random_.uniform(kOffset, line, direction);
    while (t < spec_.duration_s) {
      const double headway = headway_s(spec_.start_hour + t / 3600);
      if (headway > 0 && t < 0) {
        CITYBRAIN_TRY(add_under_way(t, route, road_at_s, stops));
      } else if (headway > 0 && whole != SIZE_MAX) {
        demand_.repeat(whole, t);
      } else if (headway > 0) {
        whole = demand_.size();
        CITYBRAIN_TRY(demand_.add(network_, {t, bus(), route}));
        CITYBRAIN_TRY(demand_.add_stops(network_, stops));
      }
      t += headway > 0 ? headway : 600;
    }
    return {};
  }

  /// A bus that left before the start comes in where it should be by then.
  Result<void> add_under_way(double left_s, const std::vector<RoadId>& route,
                             const std::vector<double>& road_at_s, const std::vector<Stop>& stops) {
    const auto it = std::lower_bound(road_at_s.begin(), road_at_s.end(), -left_s);
    if (it == road_at_s.end()) return {};
    const auto skipped = it - road_at_s.begin();
    std::vector<Stop> rest;
    for (Stop s : stops) {
      if (s.roads_left + static_cast<std::size_t>(skipped) >= route.size()) continue;
      s.due_s -= static_cast<float>(*it);
      rest.push_back(s);
    }
    if (rest.empty()) return {};
    CITYBRAIN_TRY(
        demand_.add(network_, {*it + left_s, bus(), {route.begin() + skipped, route.end()}}));
    return demand_.add_stops(network_, rest);
  }

  static VehicleKind bus() {
    return {Role::kBus, static_cast<float>(kSeats_m), 2.5F, 16.667F, 1.2F, 4.0F, 1.2F, 4.0F, 2};
  }

  const BusSpec& spec_;
  const model::RoadNetwork& network_;
  Demand& demand_;
  runtime::Random random_;
  Router router_;
  std::vector<float> cost_;
  std::vector<std::vector<StopHere>> stops_;  // by road, in its order
  std::vector<std::uint32_t> terminals_;      // roads with stops
  Router::Search search_;
  std::vector<std::uint8_t> turns_;
};

}  // namespace

double headway_s(double hour) {
  const double h = hour - 24 * std::floor(hour / 24);
  if (h < 5 || h >= 23) return 0;
  if ((h >= 6.5 && h < 9) || (h >= 16.5 && h < 19)) return 300;
  return h < 6 || h >= 21 ? 900 : 480;
}

Result<void> add_bus_lines(const BusSpec& spec, const model::RoadNetwork& network, Demand& demand) {
  return spec.lines == 0 ? Result<void>{} : Lines(spec, network, demand).run();
}

}  // namespace citybrain::city
