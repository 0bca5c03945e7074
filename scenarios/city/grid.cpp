// The grid generator: signalised junctions in rows and columns, boundary junctions around them, and
// trips between edges.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "hub/runtime/random.h"
#include "scenarios/city/geometry.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Error;
using model::JunctionId;
using model::Result;
using model::RoadId;
using model::Turn;

namespace {

constexpr double kJunctionWidth_m = 15;
constexpr double kLaneWidth_m = 3.5;
constexpr double kGreen_s = 30;  // of a phase, intergreen included
constexpr float kTurnCost_m = 150;

// Directions of travel: east, north, west, south.
constexpr std::array<int, 4> kDx = {1, 0, -1, 0};
constexpr std::array<int, 4> kDy = {0, 1, 0, -1};
constexpr int left_of(int d) { return (d + 1) % 4; }
constexpr int right_of(int d) { return (d + 3) % 4; }

class Grid {
 public:
  explicit Grid(const GridSpec& spec)
      : spec_(spec), columns_(static_cast<int>(spec.columns)), rows_(static_cast<int>(spec.rows)) {}

  Result<model::RoadNetwork> make() {
    net_.name = fmt::format("grid {}x{}", spec_.rows, spec_.columns);
    net_.anchor = spec_.anchor;
    const std::uint32_t districts = std::clamp<std::uint32_t>(spec_.districts, 1, spec_.columns);
    for (std::uint32_t d = 0; d < districts; ++d)
      net_.districts.push_back(fmt::format("district-{}", d + 1));
    add_junctions(districts);
    for (int y = 0; y <= rows_ + 1; ++y)
      for (int x = 0; x <= columns_ + 1; ++x)
        for (int d = 0; d < 4; ++d) add_road(x, y, d);
    for (int y = 1; y <= rows_; ++y)
      for (int x = 1; x <= columns_; ++x) add_signal(x, y);
    CITYBRAIN_TRY(net_.build());
    return std::move(net_);
  }

 private:
  bool inside(int x, int y) const { return x >= 1 && x <= columns_ && y >= 1 && y <= rows_; }
  /// Corners of the frame have no road.
  bool exists(int x, int y) const {
    return x >= 0 && x <= columns_ + 1 && y >= 0 && y <= rows_ + 1 &&
           (inside(x, y) || ((x >= 1 && x <= columns_) != (y >= 1 && y <= rows_)));
  }

  void add_junctions(std::uint32_t districts) {
    for (int y = 0; y <= rows_ + 1; ++y) {
      for (int x = 0; x <= columns_ + 1; ++x) {
        if (!exists(x, y)) continue;
        model::Junction j;
        j.name = fmt::format("intersection_{}_{}", x, y);
        j.at = {(x - 1) * spec_.block_m, (y - 1) * spec_.block_m};
        j.boundary = !inside(x, y);
        j.width_m = j.boundary ? 0 : kJunctionWidth_m;
        const int column = std::clamp(x, 1, columns_) - 1;
        j.district =
            model::DistrictId{static_cast<std::uint32_t>(column) * districts / spec_.columns};
        junction_at_[{x, y}] = JunctionId{static_cast<std::uint32_t>(net_.junctions.size())};
        net_.junctions.push_back(std::move(j));
      }
    }
  }

  void add_road(int x, int y, int d) {
    const int to_x = x + kDx[static_cast<std::size_t>(d)],
              to_y = y + kDy[static_cast<std::size_t>(d)];
    if (!exists(x, y) || !exists(to_x, to_y) || (!inside(x, y) && !inside(to_x, to_y))) return;
    model::Road r;
    r.name = fmt::format("road_{}_{}_{}", x, y, d);
    r.from = junction_at_[{x, y}];
    r.to = junction_at_[{to_x, to_y}];
    r.shape = trimmed({net_[r.from].at, net_[r.to].at}, net_[r.from].width_m, net_[r.to].width_m);
    r.length_m = length_of(r.shape);
    r.district = net_[r.to].district;
    r.first_lane = model::LaneId{static_cast<std::uint32_t>(net_.lanes.size())};
    r.lanes = static_cast<std::uint8_t>(spec_.lanes);
    const RoadId id{static_cast<std::uint32_t>(net_.roads.size())};
    for (std::uint32_t i = 0; i < spec_.lanes; ++i) {
      model::Lane l;
      l.road = id;
      l.index = static_cast<std::uint8_t>(i);
      l.width_m = kLaneWidth_m;
      l.speed_limit_mps = spec_.speed_limit_mps;
      net_.lanes.push_back(l);
    }
    road_at_[{x, y, d}] = id;
    net_.roads.push_back(std::move(r));
  }

  RoadId road(int x, int y, int d) const {
    const auto it = road_at_.find({x, y, d});
    return it == road_at_.end() ? RoadId{} : it->second;
  }

  /// The lanes from which a turn may be made: the inner one for left, the outer one for right, the
  /// others for straight on; with one or two lanes they are shared.
  std::vector<std::uint32_t> lanes_for(Turn turn) const {
    const std::uint32_t n = spec_.lanes;
    if (turn == Turn::kLeft) return {0};
    if (turn == Turn::kRight) return {n - 1};
    std::vector<std::uint32_t> out;
    const std::uint32_t first = n >= 3 ? 1 : 0, last = n >= 3 ? n - 2 : n - 1;
    for (std::uint32_t i = first; i <= last; ++i) out.push_back(i);
    return out;
  }

  std::vector<model::Point> lane_line(RoadId id, std::uint32_t index) const {
    return offset_right(net_[id].shape, (index + 0.5) * kLaneWidth_m);
  }

  void add_movement(JunctionId junction, RoadId from, RoadId to, Turn turn) {
    model::Movement m;
    m.junction = junction;
    m.from = from;
    m.to = to;
    m.turn = turn;
    for (const auto i : lanes_for(turn)) {
      for (std::uint32_t k = 0; k < spec_.lanes; ++k) {
        model::LaneLink link;
        link.from = net_.lane(from, i);
        link.to = net_.lane(to, k);
        const auto a = lane_line(from, i), b = lane_line(to, k);
        link.shape = turning_path(a.back(), direction_at_end(a), b.front(), direction_at_start(b));
        link.length_m = length_of(link.shape);
        m.links.push_back(std::move(link));
      }
    }
    net_.movements.push_back(std::move(m));
  }

  /// Phases as in CityFlow's public sets: straight by axis, left by axis, then each approach alone;
  /// with shared lanes, by axis.
  void add_signal(int x, int y) {
    const JunctionId id = junction_at_[{x, y}];
    std::array<model::GroupSet, 4> left{}, straight{},
        right{};  // by direction of travel on the entering road
    std::uint32_t group = 0;
    for (int d = 0; d < 4; ++d) {
      const auto entering = static_cast<std::size_t>(d);
      const RoadId from = road(x - kDx[entering], y - kDy[entering], d);
      for (const Turn turn : {Turn::kLeft, Turn::kStraight, Turn::kRight}) {
        const int out = turn == Turn::kLeft ? left_of(d) : turn == Turn::kRight ? right_of(d) : d;
        const RoadId to = road(x, y, out);
        if (!from.valid() || !to.valid()) continue;
        add_movement(id, from, to, turn);
        auto& sets = turn == Turn::kLeft ? left : turn == Turn::kRight ? right : straight;
        sets[entering] |= model::GroupSet{1} << group++;
      }
    }
    auto& j = net_.junctions[id.value];
    const model::GroupSet rights = right[0] | right[1] | right[2] | right[3];
    const auto add = [&](model::GroupSet greens) {
      j.phases.push_back({greens | rights, kGreen_s});
    };
    if (spec_.lanes < 3) {
      add(straight[0] | straight[2] | left[0] | left[2]);
      add(straight[1] | straight[3] | left[1] | left[3]);
      return;
    }
    add(straight[0] | straight[2]);
    add(straight[1] | straight[3]);
    add(left[0] | left[2]);
    add(left[1] | left[3]);
    for (std::size_t d = 0; d < 4; ++d) add(straight[d] | left[d]);
  }

  const GridSpec& spec_;
  int columns_, rows_;
  model::RoadNetwork net_;
  std::map<std::pair<int, int>, JunctionId> junction_at_;
  std::map<std::array<int, 3>, RoadId> road_at_;
};

/// Roads into and out of the grid.
struct Edge {
  std::vector<RoadId> entries;
  std::vector<RoadId> exits;
};

Edge edge_of(const model::RoadNetwork& network) {
  Edge e;
  for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
    if (network[network.roads[r].from].boundary) e.entries.push_back(RoadId{r});
    if (network[network.roads[r].to].boundary) e.exits.push_back(RoadId{r});
  }
  return e;
}

/// The exit that lies straight ahead of an entry.
RoadId opposite(const model::RoadNetwork& network, RoadId entry) {
  RoadId at = entry;
  for (;;) {
    RoadId next;
    for (const auto m : network[at].movements)
      if (network[m].turn == Turn::kStraight) next = network[m].to;
    if (!next.valid()) return at;
    at = next;
  }
}

}  // namespace

Result<model::RoadNetwork> generate_grid(const GridSpec& spec) {
  if (spec.rows == 0 || spec.columns == 0 || spec.lanes == 0 || spec.lanes > 8 ||
      spec.block_m < 2 * kJunctionWidth_m + 20)
    return Error{"CB-INPUT-GRID",
                 "a grid needs rows, columns, 1 to 8 lanes and blocks of at least 50 m", "", ""};
  return Grid(spec).make();
}

namespace {

constexpr auto kKind = runtime::purpose("demand/kind"), kFrom = runtime::purpose("demand/from"),
               kTo = runtime::purpose("demand/to"), kWhen = runtime::purpose("demand/when"),
               kUnderWay = runtime::purpose("demand/under-way");

class GridDemand {
 public:
  GridDemand(const GridSpec& spec, const model::RoadNetwork& network)
      : spec_(spec),
        network_(network),
        random_(spec.seed),
        edge_(edge_of(network)),
        ways_(network, kTurnCost_m) {}

  Result<Demand> make() {
    double trips_per_hour = spec_.trips_per_hour;
    if (spec_.vehicles > 0) {
      CITYBRAIN_ASSIGN(mean_s, mean_trip_s());
      trips_per_hour = spec_.vehicles / mean_s * 3600;
      CITYBRAIN_TRY(add_under_way());
    }
    const auto trips = static_cast<std::uint64_t>(trips_per_hour * spec_.duration_s / 3600.0 + 0.5);
    for (std::uint64_t i = 0; i < trips; ++i) {
      CITYBRAIN_ASSIGN(route, route_of(i));
      TripSpec t;
      t.route = *route;
      // Half of the trips evenly over the time, half around its middle: a peak of one and a half
      // times the mean. A number that is held has no peak.
      const double u = random_.uniform(kWhen, i, 0), v = random_.uniform(kWhen, i, 1);
      const bool even = spec_.vehicles > 0 || (random_.bits(kWhen, i, 2) & 1U) != 0;
      t.depart_s = spec_.duration_s * (even ? u : (u + v) / 2);
      t.kind.max_speed_mps = static_cast<float>(spec_.speed_limit_mps);
      CITYBRAIN_TRY(demand_.add(network_, t));
    }
    demand_.sort_by_departure();
    demand_.shrink();
    return std::move(demand_);
  }

 private:
  Result<const std::vector<RoadId>*> route_of(std::uint64_t i) {
    const RoadId from = edge_.entries[random_.bits(kFrom, i) % edge_.entries.size()];
    RoadId to = opposite(network_, from);
    if (!random_.chance(spec_.through_share, kKind, i)) {
      std::uint64_t attempt = 0;
      do to = edge_.exits[random_.bits(kTo, i, attempt++) % edge_.exits.size()];
      while (network_[to].to == network_[from].from);  // not back out of the same gate
    }
    auto& route = routes_[{from, to}];
    if (route.empty()) route = ways_.route(from, to);
    if (route.empty())
      return Error{
          "CB-INPUT-GRID",
          fmt::format("no way leads from {} to {}", network_[from].name, network_[to].name), "",
          ""};
    return &route;
  }

  Result<double> mean_trip_s() {
    constexpr std::uint64_t kSample = 1000;
    double sum = 0;
    for (std::uint64_t i = 0; i < kSample; ++i) {
      CITYBRAIN_ASSIGN(route, route_of(i));
      sum += usual_seconds(network_, *route);
    }
    return sum / kSample;
  }

  /// Vehicles in the middle of their trips; they come onto the road within two minutes.
  Result<void> add_under_way() {
    constexpr std::uint64_t kOthers = std::uint64_t{1} << 40;  // not the trips that begin later
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(spec_.vehicles); ++i) {
      CITYBRAIN_ASSIGN(route, route_of(kOthers + i));
      TripSpec t;
      const auto leg = random_.bits(kUnderWay, i, 0) % route->size();
      t.route.assign(route->begin() + static_cast<std::ptrdiff_t>(leg), route->end());
      t.depart_s = std::min(120.0, spec_.duration_s) * random_.uniform(kUnderWay, i, 1);
      t.kind.max_speed_mps = static_cast<float>(spec_.speed_limit_mps);
      CITYBRAIN_TRY(demand_.add(network_, t));
    }
    return {};
  }

  const GridSpec& spec_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  Edge edge_;
  ShortWays ways_;
  std::map<std::pair<RoadId, RoadId>, std::vector<RoadId>> routes_;
  Demand demand_;
};

}  // namespace

Result<Demand> generate_demand(const GridSpec& spec, const model::RoadNetwork& network) {
  return GridDemand(spec, network).make();
}

}  // namespace citybrain::city
