// CityFlow's flows: each entry is a vehicle type, a route (or the roads that it must pass) and a
// period of departures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "scenarios/city/json.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

constexpr const char* kCode = "CB-INPUT-FLOW";
constexpr double kLongest_s = 7 * 86'400;
constexpr std::size_t kMostTrips = 5'000'000;

class Importer {
 public:
  Importer(const boost::json::value& document, std::string_view name,
           const model::RoadNetwork& network, bool lenient, ImportReport& report)
      : problem_{std::string(name), kCode, {}},
        root_(&document, "", problem_),
        network_(network),
        lenient_(lenient),
        report_(report) {}

  Result<Demand> run() {
    const std::size_t entries = root_.size();
    for (std::size_t i = 0; i < entries && !problem_.first; ++i) read(root_.at(i));
    if (problem_.first) return *problem_.first;
    if (skipped_ > 0)
      report_.warnings.push_back(fmt::format("{}: {} of {} entries skipped; the first: {}",
                                             problem_.file, skipped_, entries, first_skipped_));
    demand_.sort_by_departure();
    demand_.shrink();
    return std::move(demand_);
  }

 private:
  void read(const Json& j) {
    TripSpec trip;
    read_vehicle(j["vehicle"], trip.kind);
    const double interval = j["interval"].number(0, kLongest_s);
    const double start = j.number_or("startTime", 0, kLongest_s, 0);
    const double end = j.number_or("endTime", -1, kLongest_s, -1);
    if (problem_.first || !read_route(j["route"], trip)) return;
    const double last = end < 0 ? 86'400 : end;
    if (interval <= 0 && last > start) {
      j["interval"].fail(
          "is 0, but the entry lasts for some time; expected the seconds between two vehicles");
      return;
    }
    trip.depart_s = start;
    if (const auto added = demand_.add(network_, trip); !added) {
      wrong(j, added.error().what);
      return;
    }
    const std::size_t first = demand_.size() - 1;
    for (double t = start + interval; interval > 0 && t <= last; t += interval) {
      demand_.repeat(first, t);
      if (demand_.size() > kMostTrips) {
        j.fail(fmt::format("more than {} vehicles", kMostTrips));
        return;
      }
    }
  }

  static void read_vehicle(const Json& j, VehicleKind& t) {
    t.length_m = static_cast<float>(j["length"].number(0.1, 50));
    t.min_gap_m = static_cast<float>(j["minGap"].number(0, 50));
    t.max_speed_mps = static_cast<float>(j["maxSpeed"].number(0.1, 200));
    t.max_accel_mps2 = static_cast<float>(j["maxPosAcc"].number(0.01, 50));
    t.max_decel_mps2 = static_cast<float>(j["maxNegAcc"].number(0.01, 50));
    t.usual_accel_mps2 = static_cast<float>(
        j.number_or("usualPosAcc", 0.01, 50, static_cast<double>(t.max_accel_mps2)));
    t.usual_decel_mps2 = static_cast<float>(
        j.number_or("usualNegAcc", 0.01, 50, static_cast<double>(t.max_decel_mps2)));
    t.headway_s = static_cast<float>(j["headwayTime"].number(0, 60));
  }

  bool wrong(const Json& j, const std::string& what) {
    if (!lenient_) {
      j.fail(what);
    } else if (skipped_++ == 0) {
      first_skipped_ = j.path() + ": " + what;
    }
    return false;
  }

  /// Roads that do not follow each other are joined by the shortest way, as CityFlow does.
  bool read_route(const Json& j, TripSpec& t) {
    const std::size_t n = j.size();
    if (n == 0) return wrong(j, "the route is empty");
    for (std::size_t i = 0; i < n; ++i) {
      const std::string name = j.at(i).text();
      if (problem_.first) return false;
      const auto road = network_.find_road(name);
      if (!road.valid())
        return wrong(j.at(i), fmt::format("there is no road \"{}\" in the network", name));
      if (t.route.empty() || network_.find_movement(t.route.back(), road).valid()) {
        t.route.push_back(road);
        continue;
      }
      if (road == t.route.back()) continue;
      if (ways_ == nullptr) ways_ = std::make_unique<ShortWays>(network_, 0.0F);
      const auto between = ways_->route(t.route.back(), road);
      if (between.empty())
        return wrong(j.at(i), fmt::format("no way leads from \"{}\" to \"{}\"",
                                          network_[t.route.back()].name, name));
      t.route.insert(t.route.end(), between.begin() + 1, between.end());
    }
    return true;
  }

  Json::Problem problem_;
  Json root_;
  const model::RoadNetwork& network_;
  std::unique_ptr<ShortWays> ways_;
  bool lenient_;
  ImportReport& report_;
  Demand demand_;
  std::size_t skipped_ = 0;
  std::string first_skipped_;
};

}  // namespace

Result<Demand> import_cityflow_flow(std::string_view text, std::string_view name,
                                    const model::RoadNetwork& network, bool lenient,
                                    ImportReport& report) {
  CITYBRAIN_ASSIGN(document, parse_json(text, name, kCode));
  return Importer(document, name, network, lenient, report).run();
}

}  // namespace citybrain::city
