// Trips in any city: where they begin and end, when, by which way.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "hub/runtime/random.h"
#include "scenarios/city/router.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Error;
using model::Result;
using model::RoadId;

namespace {

constexpr auto kDestination = runtime::purpose("trips/destination"),
               kOrigin = runtime::purpose("trips/origin"), kWhen = runtime::purpose("trips/when"),
               kTaste = runtime::purpose("trips/taste"), kRole = runtime::purpose("trips/role"),
               kUnderWay = runtime::purpose("trips/under-way");
constexpr std::size_t kMostDestinations = 1500;
constexpr std::uint64_t kOriginsTried = 12;
constexpr double kFillUp_s = 120;  // vehicles under way come onto the road within this time
// Drivers see travel times differently by up to this share either way.
constexpr double kTasteSpread = 0.25;
// Roads fill up: the travel time function of the Bureau of Public Roads (1964), 1 + 0.15 x^4, over
// the volume that the trips drawn so far promise (incremental assignment).
constexpr double kBpr = 0.15, kMostOverload = 3;
constexpr double kDelay = 1.3;  // of real trips over undisturbed ones
constexpr double kSignalLane_per_h = 420, kFreeLane_per_h = 1000;  // vehicles

class Trips {
 public:
  Trips(const DemandSpec& spec, const model::RoadNetwork& network)
      : spec_(spec),
        network_(network),
        random_(spec.seed),
        router_(network, {kLeftTurn_s, kRightTurn_s}),
        usual_s_(usual_road_seconds(network)) {
    for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
      const auto& road = network.roads[r];
      if (!road.movements.empty()) origins_.push_back(r);
      destinations_.push_back(r);
    }
    settle_destinations();
  }

  Result<Demand> run() {
    if (origins_.empty()) return Error{"CB-INPUT-GRID", "no road of the city leads on", "", ""};
    const auto under_way = static_cast<std::uint64_t>(spec_.vehicles);
    draw(0, under_way, true);
    double per_hour = spec_.trips_per_hour;
    if (spec_.vehicles > 0) {
      // As many per second as there are vehicles over the mean time of a trip.
      per_hour = sum_s_ > 0 ? spec_.vehicles * 3600 / (sum_s_ / static_cast<double>(under_way)) : 0;
    }
    const auto later = static_cast<std::uint64_t>(per_hour * spec_.duration_s / 3600 + 0.5);
    draw(under_way, under_way + later, false);
    write();
    return std::move(demand_);
  }

 private:
  struct Draft {
    std::uint32_t destination = 0;  // index of destinations_
    std::uint32_t origin = 0;
    std::uint64_t trip = 0;
    bool under_way = false;
  };

  /// A sample of the roads when there are many: each costs a tree.
  void settle_destinations() {
    std::erase_if(destinations_, [&](std::uint32_t r) {
      return network_[network_.roads[r].from].boundary;  // nobody ends on a road into the city
    });
    const std::size_t n = destinations_.size();
    if (n <= kMostDestinations) return;
    std::vector<std::uint32_t> sample;
    for (std::size_t i = 0; i < kMostDestinations; ++i)
      sample.push_back(destinations_[i * n / kMostDestinations]);
    destinations_ = std::move(sample);
  }

  double distance_m(std::uint32_t a, std::uint32_t b) const {
    const auto &p = network_.roads[a].shape.front(), &q = network_.roads[b].shape.back();
    return std::sqrt((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y));
  }

  /// Of some origins drawn, the one whose distance suits best: weights 1 / (1 + (d / d0)^2), short
  /// trips below a tenth of the mean left out.
  std::uint32_t origin_for(std::uint64_t trip, std::uint32_t destination) const {
    std::uint32_t chosen = origins_[random_.bits(kOrigin, trip) % origins_.size()];
    const double d0 = spec_.mean_trip_m;
    for (std::uint64_t k = 0; k < kOriginsTried; ++k) {
      const std::uint32_t o = origins_[random_.bits(kOrigin, trip, 2 * k) % origins_.size()];
      const double d = distance_m(o, destination);
      if (d < 0.1 * d0) continue;
      chosen = o;
      if (random_.uniform(kOrigin, trip, 2 * k + 1) < 1 / (1 + (d / d0) * (d / d0))) break;
    }
    return chosen;
  }

  void draw(std::uint64_t first, std::uint64_t last, bool under_way) {
    std::vector<Draft> drafts;
    drafts.reserve(last - first);
    for (std::uint64_t i = first; i < last; ++i) {
      Draft d;
      d.trip = i;
      d.under_way = under_way;
      d.destination =
          static_cast<std::uint32_t>(random_.bits(kDestination, i) % destinations_.size());
      d.origin = origin_for(i, destinations_[d.destination]);
      drafts.push_back(d);
    }
    std::stable_sort(drafts.begin(), drafts.end(),
                     [](const Draft& a, const Draft& b) { return a.destination < b.destination; });
    Router::Tree tree;
    volume_.assign(usual_s_.size(), 0);
    double route_s = 0;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      if (i == 0 || drafts[i].destination != drafts[i - 1].destination) {
        // Vehicles an hour that one trip drawn stands for.
        const double time_s =
            under_way ? route_s * kDelay / static_cast<double>(i + 1) : spec_.duration_s;
        grow_tree(drafts[i].destination,
                  i == 0 ? 0 : static_cast<double>(drafts.size()) / i * 3600 / time_s, tree);
      }
      add(drafts[i], tree);
      if (std::isfinite(tree.cost[drafts[i].origin]))
        route_s += static_cast<double>(tree.cost[drafts[i].origin]);
    }
  }

  void grow_tree(std::uint32_t destination, double each_per_h, Router::Tree& tree) {
    cost_.resize(usual_s_.size());
    for (std::uint32_t r = 0; r < cost_.size(); ++r) {
      const auto& road = network_.roads[r];
      const double lane = network_[road.to].signalised ? kSignalLane_per_h : kFreeLane_per_h;
      const double x = std::min(kMostOverload, volume_[r] * each_per_h / (lane * road.lanes));
      const double taste = 1 + kTasteSpread * (2 * random_.uniform(kTaste, r, destination) - 1);
      cost_[r] = usual_s_[r] * static_cast<float>(taste * (1 + kBpr * x * x * x * x));
    }
    router_.tree_to(RoadId{destinations_[destination]}, cost_, tree);
  }

  void add(const Draft& d, const Router::Tree& tree) {
    if (!router_.follow(tree, RoadId{d.origin}, turns_) || turns_.empty()) return;
    std::uint32_t first = d.origin;
    for (std::uint32_t r = d.origin, i = 0; i < turns_.size(); ++i) {
      r = network_[network_.roads[r].movements[turns_[i]]].to.value;
      ++volume_[r];
    }
    std::size_t skip = 0;
    double depart_s = 0;
    if (d.under_way) {
      sum_s_ += static_cast<double>(tree.cost[d.origin]);
      skip = random_.bits(kUnderWay, d.trip) % turns_.size();
      for (std::size_t i = 0; i < skip; ++i)
        first = network_[network_.roads[first].movements[turns_[i]]].to.value;
      depart_s = std::min(kFillUp_s, spec_.duration_s) * random_.uniform(kUnderWay, d.trip, 1);
    } else {
      depart_s = departure(d.trip);
      if (depart_s < 0) return;
    }
    demand_.add_packed(depart_s, kind_of(d.trip), RoadId{first}, std::span(turns_).subspan(skip));
  }

  /// Evenly, or thinned by the profile; negative: not today.
  double departure(std::uint64_t trip) const {
    const double t = spec_.duration_s * random_.uniform(kWhen, trip, 0);
    if (spec_.vehicles > 0 || !spec_.profiled) return t;
    return random_.uniform(kWhen, trip, 1) < profile_at(spec_.start_hour + t / 3600) ? t : -1;
  }

  VehicleKind kind_of(std::uint64_t trip) const {
    VehicleKind k;
    k.max_speed_mps = 16.667F;
    const double u = random_.uniform(kRole, trip);
    if (u < spec_.taxis) {
      k.role = Role::kTaxi;
    } else if (u < spec_.taxis + spec_.trucks) {
      // A rigid lorry: longer, slower to start and to stop.
      k = {Role::kTruck, 9, 2.5F, 16.667F, 1.3F, 4.0F, 1.3F, 4.0F, 2};
    }
    return k;
  }

  void write() {
    demand_.sort_by_departure();
    demand_.shrink();
  }

  const DemandSpec& spec_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  Router router_;
  std::vector<float> usual_s_, cost_;
  std::vector<std::uint32_t> volume_;  // by road: trips drawn that use it
  std::vector<std::uint32_t> origins_, destinations_;
  std::vector<std::uint8_t> turns_;
  double sum_s_ = 0;
  Demand demand_;
};

}  // namespace

double profile_at(double hour) {
  // Shares of the worst peak hour; between the peaks 200 / 290.
  static constexpr std::array<double, 25> kByHour = {
      0.14, 0.09, 0.07, 0.06, 0.08, 0.17, 0.42, 0.86, 1.00, 0.84, 0.70, 0.69, 0.66,
      0.68, 0.69, 0.70, 0.78, 0.95, 0.98, 0.76, 0.58, 0.48, 0.36, 0.23, 0.14};
  const double h = hour - 24 * std::floor(hour / 24);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(h), 23);
  const double part = h - static_cast<double>(i);
  return kByHour[i] * (1 - part) + kByHour[i + 1] * part;
}

Result<Demand> generate_trips(const DemandSpec& spec, const model::RoadNetwork& network) {
  return Trips(spec, network).run();
}

}  // namespace citybrain::city
