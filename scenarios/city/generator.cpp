// The city generator: lines on a grid or rings and radials, a hierarchy of roads, local streets in
// some blocks, districts, and places.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "hub/runtime/random.h"
#include "scenarios/city/sources.h"
#include "scenarios/city/street_plan.h"

namespace citybrain::city {

using model::Error;
using model::Point;
using model::Result;

namespace {

constexpr auto kJitter = runtime::purpose("city/jitter"), kLocal = runtime::purpose("city/local"),
               kPlace = runtime::purpose("city/place");
constexpr std::uint8_t kLocalPriority = 0, kCollectorPriority = 1, kArterialPriority = 2;
// Stops lie 400 to 500 m apart; a street place along the kerb takes 6 m (GB/T 51149-2016).
constexpr double kBetweenStops_m = 450, kShortestWithStop_m = 150;
constexpr double kStreetPlace_m = 6, kCorner_m = 20;
constexpr double kStub_m = 250;  // roads into and out of the city

/// Coordinates in decimetres, so that no library's last bit shows.
Point rounded(double x, double y) { return {std::round(x * 10) / 10, std::round(y * 10) / 10}; }

class Generator {
 public:
  explicit Generator(const CitySpec& spec)
      : spec_(spec),
        random_(spec.seed),
        rows_(static_cast<int>(spec.rows)),
        columns_(static_cast<int>(spec.columns)),
        ring_(spec.layout == CitySpec::Layout::kRingRadial) {}

  Result<model::RoadNetwork> run() {
    plan_.name = spec_.name;
    plan_.anchor = spec_.anchor;
    districts_ = std::clamp<std::uint32_t>(spec_.districts, 1, spec_.columns);
    for (std::uint32_t d = 0; d < districts_; ++d)
      plan_.districts.push_back(fmt::format("district-{}", d + 1));
    add_crossings();
    add_lines();
    add_local_streets();
    emit_edges();
    CITYBRAIN_ASSIGN(network, build_streets(plan_));
    add_places(network);
    return std::move(network);
  }

 private:
  struct Street {  // both directions between two crossings
    std::uint32_t a = 0, b = 0;
    bool arterial = false, local = false;
    std::uint32_t middle = 0xFFFFFFFFU;  // a node where a local street meets it
  };

  std::uint32_t district_of(int column) const {
    return static_cast<std::uint32_t>(std::clamp(column, 0, columns_ - 1)) * districts_ /
           spec_.columns;
  }
  bool is_arterial(int line) const {
    return spec_.arterial_every > 0 && line % static_cast<int>(spec_.arterial_every) == 0;
  }
  double jitter(std::uint64_t node, std::uint64_t axis) const {
    return (2 * random_.uniform(kJitter, node, axis) - 1) * spec_.irregular * spec_.block_m;
  }

  std::uint32_t add_node(std::string name, Point at, bool signal, bool boundary,
                         std::uint32_t district) {
    plan_.nodes.push_back({std::move(name), at, signal, boundary, district});
    return static_cast<std::uint32_t>(plan_.nodes.size() - 1);
  }

  /// Where row (ring) y meets column (radial) x; the rows and columns around the city are its
  /// gates.
  Point place_of(int x, int y) const {
    const auto node = static_cast<std::uint64_t>(y + 1) * 4096 + static_cast<std::uint64_t>(x + 1);
    if (!ring_) {
      const bool gate = x < 0 || y < 0 || x >= columns_ || y >= rows_;
      const double step = spec_.block_m;
      const auto line = [&](int i, int n) {
        return i < 0 ? -kStub_m : i >= n ? (n - 1) * step + kStub_m : i * step;
      };
      // A gate lies straight ahead of its crossing.
      const auto base = static_cast<std::uint64_t>(std::clamp(y, 0, rows_ - 1) + 1) * 4096 +
                        static_cast<std::uint64_t>(std::clamp(x, 0, columns_ - 1) + 1);
      return rounded(line(x, columns_) + jitter(gate ? base : node, 0),
                     line(y, rows_) + jitter(gate ? base : node, 1));
    }
    constexpr double kTurn = 6.283185307179586;
    const double angle = kTurn * x / columns_;
    const double radius = (y >= rows_ ? (rows_ - 1) * spec_.block_m + kStub_m : y * spec_.block_m) +
                          std::max(spec_.block_m, spec_.block_m * columns_ / kTurn * 0.5);
    return rounded(radius * std::cos(angle), radius * std::sin(angle));
  }

  void add_crossings() {
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        at_[{x, y}] =
            add_node(fmt::format("x{}y{}", x, y), place_of(x, y), true, false, district_of(x));
    for (int x = 0; x < columns_; ++x) {
      if (!ring_) add_gate(x, -1);
      add_gate(x, rows_);
    }
    if (ring_) return;
    for (int y = 0; y < rows_; ++y) {
      add_gate(-1, y);
      add_gate(columns_, y);
    }
  }
  void add_gate(int x, int y) {
    at_[{x, y}] =
        add_node(fmt::format("gate{}_{}", x, y), place_of(x, y), false, true, district_of(x));
  }

  void add_street(int x0, int y0, int x1, int y1, bool arterial) {
    const auto a = at_.find({x0, y0}), b = at_.find({x1, y1});
    if (a == at_.end() || b == at_.end()) return;
    street_at_[{a->second, b->second}] = streets_.size();
    streets_.push_back({a->second, b->second, arterial, false, 0xFFFFFFFFU});
  }

  void add_lines() {
    for (int y = 0; y < rows_; ++y)
      for (int x = ring_ ? 0 : -1; x < columns_; ++x)
        add_street(x, y, ring_ ? (x + 1) % columns_ : x + 1, y, is_arterial(y));
    for (int x = 0; x < columns_; ++x)
      for (int y = ring_ ? 0 : -1; y < rows_; ++y) add_street(x, y, x, y + 1, is_arterial(x));
  }

  /// The middle of a street as a node, made when first asked for.
  std::uint32_t middle_of(int x0, int y0, int x1, int y1) {
    auto& s = streets_[street_at_.at({at_.at({x0, y0}), at_.at({x1, y1})})];
    if (s.middle == 0xFFFFFFFFU) {
      const auto &a = plan_.nodes[s.a], &b = plan_.nodes[s.b];
      s.middle =
          add_node(fmt::format("{}-{}", a.name, b.name),
                   rounded((a.at.x + b.at.x) / 2, (a.at.y + b.at.y) / 2), false, false, a.district);
    }
    return s.middle;
  }

  void add_local_streets() {
    if (spec_.local_share <= 0) return;
    for (int y = 0; y + 1 < rows_; ++y) {
      for (int x = 0; x + (ring_ ? 0 : 1) < columns_; ++x) {
        const auto block = static_cast<std::uint64_t>(y) * 4096 + static_cast<std::uint64_t>(x);
        if (!random_.chance(spec_.local_share, kLocal, block)) continue;
        const int next = ring_ ? (x + 1) % columns_ : x + 1;
        const std::uint32_t sides[] = {middle_of(x, y, next, y), middle_of(x, y + 1, next, y + 1),
                                       middle_of(x, y, x, y + 1), middle_of(next, y, next, y + 1)};
        Point centre{};
        for (const auto s : sides) {
          centre.x += plan_.nodes[s].at.x / 4;
          centre.y += plan_.nodes[s].at.y / 4;
        }
        const auto c = add_node(fmt::format("block{}_{}", x, y), rounded(centre.x, centre.y), false,
                                false, district_of(x));
        for (const auto s : sides) streets_.push_back({s, c, false, true, 0xFFFFFFFFU});
      }
    }
  }

  void emit(std::uint32_t from, std::uint32_t to, const Street& s) {
    StreetEdge e;
    e.name = fmt::format("{}>{}", plan_.nodes[from].name, plan_.nodes[to].name);
    e.from = from;
    e.to = to;
    e.lanes = s.local      ? spec_.local_lanes
              : s.arterial ? spec_.arterial_lanes
                           : spec_.collector_lanes;
    e.speed_mps = s.local ? spec_.local_mps : s.arterial ? spec_.arterial_mps : spec_.collector_mps;
    e.priority = s.local ? kLocalPriority : s.arterial ? kArterialPriority : kCollectorPriority;
    plan_.edges.push_back(std::move(e));
  }

  void emit_edges() {
    for (const auto& s : streets_) {
      if (s.middle == 0xFFFFFFFFU) {
        emit(s.a, s.b, s);
        emit(s.b, s.a, s);
        continue;
      }
      for (const auto end : {s.a, s.b}) {
        emit(end, s.middle, s);
        emit(s.middle, end, s);
      }
    }
  }

  /// The road farthest from those chosen already, among some drawn: places spread over the city.
  model::RoadId spread(const model::RoadNetwork& n, std::uint64_t series, std::uint64_t i,
                       const std::vector<Point>& chosen) const {
    model::RoadId best;
    double best_distance = -1;
    for (std::uint64_t k = 0; k < 24; ++k) {
      const auto r = static_cast<std::uint32_t>(random_.bits(kPlace, series * 100'000 + i, k) %
                                                n.roads.size());
      const auto& road = n.roads[r];
      if (n[road.from].boundary || n[road.to].boundary || road.length_m < 60) continue;
      double nearest = 1e18;
      for (const auto& p : chosen) {
        const double dx = p.x - road.shape[0].x, dy = p.y - road.shape[0].y;
        nearest = std::min(nearest, dx * dx + dy * dy);
      }
      if (nearest > best_distance) {
        best_distance = nearest;
        best = model::RoadId{r};
      }
    }
    return best;
  }

  void add_places(model::RoadNetwork& n) const {
    const auto add = [&](model::PlaceKind kind, const char* name, std::uint32_t count,
                         const auto& capacity) {
      std::vector<Point> chosen;
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto road = spread(n, static_cast<std::uint64_t>(kind), i, chosen);
        if (!road.valid()) continue;
        chosen.push_back(n[road].shape[0]);
        n.places.push_back(
            {kind, fmt::format("{}-{}", name, i + 1), road, n[road].length_m / 2, capacity(i)});
      }
    };
    const std::uint32_t stations = std::max(spec_.stations, 1U);
    add(model::PlaceKind::kAmbulanceStation, "station", spec_.stations, [&](std::uint32_t i) {
      return spec_.ambulances / stations + (i < spec_.ambulances % stations ? 1 : 0);
    });
    add(model::PlaceKind::kHospital, "hospital", spec_.hospitals, [](std::uint32_t) { return 0U; });
    add(model::PlaceKind::kParkingLot, "lot", spec_.parking_lots, [&](std::uint32_t i) {
      return 80 + static_cast<std::uint32_t>(random_.bits(kPlace, i) % 320);
    });
    if (spec_.bus_stops) add_bus_stops(n);
    if (spec_.street_parking) add_street_parking(n);
  }

  void add_bus_stops(model::RoadNetwork& n) const {
    for (std::uint32_t r = 0; r < n.roads.size(); ++r) {
      const auto& road = n.roads[r];
      if (road.priority < kArterialPriority || n[road.from].boundary || n[road.to].boundary ||
          road.length_m < kShortestWithStop_m)
        continue;
      const auto stops =
          std::max(1U, static_cast<std::uint32_t>(road.length_m / kBetweenStops_m + 0.5));
      for (std::uint32_t i = 0; i < stops; ++i)
        n.places.push_back({model::PlaceKind::kBusStop, fmt::format("stop {} {}", road.name, i + 1),
                            model::RoadId{r}, road.length_m * (i + 0.5) / stops, 0});
    }
  }

  /// On one side, the corners left free.
  void add_street_parking(model::RoadNetwork& n) const {
    for (std::uint32_t r = 0; r < n.roads.size(); ++r) {
      const auto& road = n.roads[r];
      if (road.priority != kLocalPriority || n[road.from].boundary || n[road.to].boundary ||
          road.length_m < 2 * kCorner_m + kStreetPlace_m)
        continue;
      n.places.push_back(
          {model::PlaceKind::kStreetParking, "street " + road.name, model::RoadId{r},
           road.length_m / 2,
           static_cast<std::uint32_t>((road.length_m - 2 * kCorner_m) / kStreetPlace_m)});
    }
  }

  const CitySpec& spec_;
  runtime::Random random_;
  int rows_, columns_;
  bool ring_;
  std::uint32_t districts_ = 1;
  StreetPlan plan_;
  std::vector<Street> streets_;
  std::map<std::pair<int, int>, std::uint32_t> at_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> street_at_;
};

}  // namespace

Result<model::RoadNetwork> generate_city(const CitySpec& spec) {
  const auto bad = [](const char* what) { return Error{"CB-INPUT-GRID", what, "", ""}; };
  if (spec.rows < 1 || spec.columns < 1 || spec.rows > 1000 || spec.columns > 1000)
    return bad("a city needs 1 to 1000 rows and columns");
  if (spec.layout == CitySpec::Layout::kRingRadial && spec.columns < 3)
    return bad("a ring needs at least 3 radials");
  if (!(spec.block_m >= 80) || !(spec.irregular >= 0 && spec.irregular <= 0.3))
    return bad("blocks are at least 80 m and crossings lie at most 0.3 of a block off their line");
  return Generator(spec).run();
}

}  // namespace citybrain::city
