// Generated cities by name. Figures of Hangzhou and Xiaoshan as published (docs/cities.md).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

constexpr model::GeoPoint kHangzhou{120.155, 30.274};

struct Recipe {
  CitySpec city;
  DemandSpec demand;
  BusSpec buses;
};

/// One crossing whose signal and camera share a pole, and the roads to it.
Recipe one_pole() {
  Recipe r;
  r.city.name = "one-pole";
  r.city.rows = r.city.columns = 1;
  r.city.block_m = 400;
  r.city.arterial_lanes = 3;
  r.demand.trips_per_hour = 1500;
  r.demand.mean_trip_m = 300;
  return r;
}

/// The district that first gave ambulances green waves: 26 ambulances, 17 stations, 7 hospitals.
Recipe xiaoshan() {
  Recipe r;
  r.city.name = "xiaoshan";
  r.city.rows = 10;
  r.city.columns = 14;
  r.city.block_m = 520;
  r.city.local_share = 0.3;
  r.city.districts = 4;
  r.city.stations = 17;
  r.city.ambulances = 26;
  r.city.hospitals = 7;
  r.city.parking_lots = 40;
  r.city.bus_stops = r.city.street_parking = true;
  r.buses.lines = 24;
  r.buses.length_m = 4000;
  r.demand.trips_per_hour = 24'000;
  r.demand.mean_trip_m = 3000;
  return r;
}

/// 1,300 signals; 200 thousand vehicles on the road off-peak, 290 thousand at the worst peak.
Recipe hangzhou() {
  Recipe r;
  r.city.name = "hangzhou";
  r.city.rows = 26;
  r.city.columns = 50;
  r.city.block_m = 1100;
  r.city.arterial_lanes = 5;
  r.city.collector_lanes = 4;
  r.city.districts = 10;
  r.city.stations = 90;
  r.city.ambulances = 140;
  r.city.hospitals = 40;
  r.city.parking_lots = 400;
  r.city.bus_stops = true;
  r.buses.lines = 300;
  r.buses.length_m = 12'000;
  r.demand.vehicles = 200'000;
  r.demand.mean_trip_m = 8000;
  return r;
}

/// "grid-8x8" or "ring-5x12".
bool sized(std::string_view name, Recipe& r) {
  unsigned a = 0, b = 0;
  int read = 0;
  const std::string text(name);
  const bool grid = std::sscanf(text.c_str(), "grid-%3ux%3u%n", &a, &b, &read) == 2;
  const bool ring = !grid && std::sscanf(text.c_str(), "ring-%3ux%3u%n", &a, &b, &read) == 2;
  if (!(grid || ring) || static_cast<std::size_t>(read) != text.size() || a == 0 || b == 0)
    return false;
  r.city.name = text;
  r.city.rows = a;
  r.city.columns = b;
  r.city.layout = ring ? CitySpec::Layout::kRingRadial : CitySpec::Layout::kGrid;
  r.city.block_m = 400;
  r.demand.trips_per_hour = 350.0 * a * b;
  r.demand.mean_trip_m = 2500;
  return true;
}

GridSpec quickstart(double vehicles, double duration_s, std::uint64_t seed) {
  GridSpec s;
  s.rows = 3;
  s.columns = 4;
  s.block_m = 350;
  s.districts = 2;
  s.trips_per_hour = 6200;
  s.through_share = 0.6;
  s.vehicles = vehicles;
  s.duration_s = duration_s;
  s.seed = seed;
  s.anchor = kHangzhou;
  return s;
}

bool find(std::string_view name, Recipe& r) {
  if (name == "one-pole") {
    r = one_pole();
  } else if (name == "xiaoshan") {
    r = xiaoshan();
  } else if (name == "hangzhou") {
    r = hangzhou();
  } else if (!sized(name, r)) {
    return false;
  }
  r.city.anchor = kHangzhou;
  return true;
}

Error no_such(std::string_view name) {
  return {"CB-USAGE-PRESET", fmt::format("there is no preset \"{}\"", name), "--preset",
          fmt::format("presets: {}", fmt::join(preset_names(), ", "))};
}

}  // namespace

std::vector<std::string> preset_names() {
  return {"quickstart", "one-pole",          "xiaoshan",
          "hangzhou",   "grid-ROWSxCOLUMNS", "ring-RINGSxRADIALS"};
}

bool is_preset(std::string_view name) {
  Recipe r;
  return name == "quickstart" || find(name, r);
}

Result<Demand> preset_demand(std::string_view name, const model::RoadNetwork& network,
                             double vehicles, double duration_s, std::uint64_t seed,
                             double start_hour) {
  if (name == "quickstart") return generate_demand(quickstart(vehicles, duration_s, seed), network);
  Recipe r;
  if (!find(name, r)) return no_such(name);
  r.demand.duration_s = duration_s;
  r.demand.seed = seed;
  if (vehicles > 0) r.demand.vehicles = vehicles;
  r.demand.start_hour = r.buses.start_hour = start_hour;
  r.buses.duration_s = duration_s;
  r.buses.seed = seed;
  CITYBRAIN_ASSIGN(demand, generate_trips(r.demand, network));
  CITYBRAIN_TRY(add_bus_lines(r.buses, network, demand));
  return std::move(demand);
}

Result<model::RoadNetwork> preset_network(std::string_view name) {
  if (name == "quickstart") return generate_grid(quickstart(0, 0, 0));
  Recipe r;
  if (!find(name, r)) return no_such(name);
  return generate_city(r.city);
}

Result<Preset> make_preset(std::string_view name, double vehicles, double duration_s,
                           std::uint64_t seed) {
  CITYBRAIN_ASSIGN(network, preset_network(name));
  CITYBRAIN_ASSIGN(demand, preset_demand(name, network, vehicles, duration_s, seed));
  return Preset{std::move(network), std::move(demand)};
}

}  // namespace citybrain::city
