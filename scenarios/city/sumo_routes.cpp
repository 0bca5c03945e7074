// SUMO's routes and demand
// (https://sumo.dlr.de/docs/Definition_of_Vehicles,_Vehicle_Types,_and_Routes.html): vType, route,
// vehicle, trip, flow.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "hub/runtime/random.h"
#include "scenarios/city/router.h"
#include "scenarios/city/routes.h"
#include "scenarios/city/sources.h"
#include "scenarios/city/sumo_entries.h"
#include "scenarios/city/xml.h"

namespace citybrain::city {

using model::Result;
using model::RoadId;

namespace {

constexpr const char* kCode = "CB-INPUT-FLOW";
constexpr double kLongest_s = 366.0 * 86'400;
constexpr std::size_t kMostTrips = 5'000'000;
constexpr auto kSpeed = runtime::purpose("city/sumo-speed-factor");
/// Desired speeds are kept as so many classes of equal probability: middles of the classes of a
/// normal distribution, in standard deviations.
constexpr std::array<double, 9> kSpeedClasses = {-1.593, -0.967, -0.589, -0.282, 0,
                                                 0.282,  0.589,  0.967,  1.593};
constexpr double kUsualSigma = 0.5;  // SUMO's driver imperfection
constexpr double kUsualSpeedDeviation = 0.1;

class Importer {
 public:
  Importer(std::string_view text, std::string_view name, const model::RoadNetwork& network,
           bool lenient, ImportReport& report)
      : xml_(text, name, kCode),
        name_(name),
        network_(network),
        lenient_(lenient),
        report_(report),
        router_(network, {kLeftTurn_s, kRightTurn_s}),
        cost_(usual_road_seconds(network)) {
    for (const auto& l : network.lanes)
      fastest_mps_ = std::max(fastest_mps_, static_cast<float>(l.speed_limit_mps));
    kinds_["DEFAULT_VEHTYPE"].kind = usual();
  }

  Result<Demand> run() {
    const auto root = xml_.root("routes");
    if (root) {
      for (const auto& n : root.children("vType")) read_type(n);
      for (const auto& n : root.children("route")) read_named_route(n);
      for (const auto& n : root.children()) read_traveller(n);
    }
    if (xml_.problem) return *xml_.problem;
    if (skipped_ > 0)
      report_.warnings.push_back(
          fmt::format("{}: {} entries skipped; the first: {}", name_, skipped_, first_skipped_));
    entries_.warn(name_, report_.warnings);
    demand_.sort_by_departure();
    begin_at_zero();
    demand_.shrink();
    return std::move(demand_);
  }

 private:
  /// SUMO's passenger car; how fast it could go on no road of the network does not matter.
  VehicleKind usual() const {
    return {Role::kCar,
            5,
            2.5F,
            55.55F,
            2.6F,
            4.5F,
            2.6F,
            4.5F,
            1,
            1,
            static_cast<float>(kUsualSigma / 2),
            0};
  }

  struct NamedRoute {
    std::vector<RoadId> roads;
    pugi::xml_node element;
  };
  struct Type {
    VehicleKind kind;
    double factor = 1, deviation = kUsualSpeedDeviation;  // of desired speeds, times the limit
  };

  void read_type(const pugi::xml_node& n) {
    Type type;
    VehicleKind& k = type.kind;
    k = usual();
    const std::string_view vclass = n.attribute("vClass").value();
    if (vclass == "bus" || vclass == "coach") k.role = Role::kBus;
    if (vclass == "truck" || vclass == "delivery" || vclass == "trailer") k.role = Role::kTruck;
    if (vclass == "taxi") k.role = Role::kTaxi;
    if (vclass == "emergency") k.role = Role::kAmbulance;
    if (k.role == Role::kBus) k.length_m = 12;
    if (k.role == Role::kTruck) k.length_m = 7.1F;
    const auto read = [&](const char* name, double least, double most, float& value) {
      value = static_cast<float>(xml_.number_or(n, name, least, most, static_cast<double>(value)));
    };
    read("length", 0.1, 100, k.length_m);
    read("minGap", 0, 50, k.min_gap_m);
    read("maxSpeed", 0.1, 200, k.max_speed_mps);
    read("accel", 0.01, 50, k.max_accel_mps2);
    read("decel", 0.01, 50, k.max_decel_mps2);
    k.usual_accel_mps2 = k.max_accel_mps2;
    k.usual_decel_mps2 = k.max_decel_mps2;
    k.headway_s = static_cast<float>(xml_.number_or(n, "tau", 0.01, 20, 1));
    k.imperfection = static_cast<float>(xml_.number_or(n, "sigma", 0, 1, kUsualSigma) / 2);
    read_speed_factor(n, type);
    kinds_[xml_.text(n, "id")] = type;
  }

  /// speedFactor="1.1", "norm(1,0.1)" or "normc(1,0.1,0.2,2)", speedDev="0.1".
  void read_speed_factor(const pugi::xml_node& n, Type& type) {
    const std::string given = n.attribute("speedFactor").value();
    type.deviation = xml_.number_or(n, "speedDev", 0, 1, type.deviation);
    if (given.empty()) return;
    double values[2] = {1, n.attribute("speedDev") ? type.deviation : 0};
    const auto open = given.find('(');
    const bool normal = given.starts_with("norm(") || given.starts_with("normc(");
    std::size_t at = normal ? open + 1 : 0;
    bool good = open == std::string::npos || normal;
    for (int i = 0; good && i < (normal ? 2 : 1); ++i) {
      const auto [end, error] =
          std::from_chars(given.data() + at, given.data() + given.size(), values[i]);
      at = static_cast<std::size_t>(end - given.data()) + 1;
      good = error == std::errc{} && (normal || end == given.data() + given.size());
    }
    if (!good || !(values[0] > 0.1 && values[0] < 5) || !(values[1] >= 0 && values[1] < 1)) {
      xml_.fail(n, fmt::format("speedFactor: expected a number, norm(mean,dev) or "
                               "normc(mean,dev,least,most), found \"{}\"",
                               given.substr(0, 64)));
      return;
    }
    type.factor = values[0];
    type.deviation = values[1];
  }

  void read_named_route(const pugi::xml_node& n) {
    std::vector<RoadId> roads;
    if (read_edges(n, roads)) named_[xml_.text(n, "id")] = {std::move(roads), n};
  }

  bool wrong(const pugi::xml_node& n, const std::string& what) {
    if (!lenient_) {
      xml_.fail(n, what);
    } else if (skipped_++ == 0) {
      first_skipped_ = fmt::format("{}: {}", xml_.place(n), what);
    }
    return false;
  }

  /// The attribute `edges`, roads that do not follow each other joined by the shortest way.
  bool read_edges(const pugi::xml_node& n, std::vector<RoadId>& roads) {
    const std::string edges = xml_.text(n, "edges");
    for (std::size_t at = 0; at < edges.size();) {
      const auto end = std::min(edges.find(' ', at), edges.size());
      if (end > at && !append(n, edges.substr(at, end - at), roads)) return false;
      at = end + 1;
    }
    return roads.empty() ? wrong(n, "the route has no edges") : true;
  }

  bool append(const pugi::xml_node& n, const std::string& edge, std::vector<RoadId>& roads) {
    const auto road = network_.find_road(edge);
    if (!road.valid())
      return wrong(n, fmt::format("there is no edge \"{}\" for cars in the network", edge));
    if (roads.empty() || network_.find_movement(roads.back(), road).valid()) {
      roads.push_back(road);
      return true;
    }
    if (!router_.route(roads.back(), road, cost_, search_, turns_))
      return wrong(
          n, fmt::format("no way leads from \"{}\" to \"{}\"", network_[roads.back()].name, edge));
    for (const auto t : turns_) roads.push_back(network_[network_[roads.back()].movements[t]].to);
    return true;
  }

  void read_traveller(const pugi::xml_node& n) {
    const std::string_view what = n.name();
    if (xml_.problem || what == "vType" || what == "route" || what.empty()) return;
    if (what == "vTypeDistribution" || what == "person" || what == "personFlow" ||
        what == "container" || what == "interval" || what == "routeDistribution") {
      wrong(n, "is not supported: only vType, route, vehicle, trip and flow");
      return;
    }
    if (what != "vehicle" && what != "trip" && what != "flow") {
      if (what != "param") wrong(n, "is unknown");
      return;
    }
    TripSpec trip;
    if (!read_kind(n, trip.kind) || !read_route(n, trip.route)) return;
    if (what == "flow") {
      read_flow(n, trip);
    } else {
      const std::string_view depart = n.attribute("depart").value();
      if (depart == "triggered" || depart == "containerTriggered") {
        wrong(n, "depart=\"triggered\" is not supported");
        return;
      }
      trip.depart_s = xml_.number(n, "depart", 0, kLongest_s);
      add(n, trip);
    }
  }

  bool read_kind(const pugi::xml_node& n, VehicleKind& kind) {
    const auto type = n.attribute("type");
    const auto it = kinds_.find(type ? type.value() : "DEFAULT_VEHTYPE");
    if (it == kinds_.end()) return wrong(n, fmt::format("there is no vType \"{}\"", type.value()));
    type_ = &it->second;
    kind = type_->kind;
    const std::string problem = SumoEntries::read(n, kind);
    return problem.empty() ? true : wrong(n, problem);
  }

  /// Every driver has his own idea of the limit.
  void choose_speed(VehicleKind& kind) const {
    const auto chosen = kSpeedClasses[random_.bits(kSpeed, demand_.size()) % kSpeedClasses.size()];
    kind.limit_factor =
        static_cast<float>(std::clamp(type_->factor + type_->deviation * chosen, 0.2, 2.0));
    kind.max_speed_mps = std::min(kind.max_speed_mps, fastest_mps_ * kind.limit_factor);
  }

  bool read_route(const pugi::xml_node& n, std::vector<RoadId>& roads) {
    if (const auto own = n.child("route")) return read_edges(own, roads);
    if (const auto name = n.attribute("route")) {
      const auto it = named_.find(name.value());
      if (it == named_.end())
        return wrong(n, fmt::format("there is no route \"{}\"", name.value()));
      roads = it->second.roads;
      return true;
    }
    if (!n.attribute("from") || !n.attribute("to"))
      return wrong(n, "expected a route, or the edges from and to");
    std::string stations = n.attribute("from").value();
    if (const auto via = n.attribute("via")) stations += std::string(" ") + via.value();
    stations += std::string(" ") + n.attribute("to").value();
    for (std::size_t at = 0; at < stations.size();) {
      const auto end = std::min(stations.find(' ', at), stations.size());
      if (end > at && !append(n, stations.substr(at, end - at), roads)) return false;
      at = end + 1;
    }
    return true;
  }

  void add(const pugi::xml_node& n, const TripSpec& given) {
    if (xml_.problem) return;
    TripSpec trip = given;
    choose_speed(trip.kind);
    if (const auto added = demand_.add(network_, trip)) {
      const auto named = named_.find(n.attribute("route").value());
      entries_.count(n, named == named_.end() ? pugi::xml_node{} : named->second.element, xml_);
    } else {
      wrong(n, added.error().what);
    }
    if (demand_.size() > kMostTrips) xml_.fail(n, fmt::format("more than {} vehicles", kMostTrips));
  }

  /// Evenly spaced departures; a probability is taken as its mean.
  void read_flow(const pugi::xml_node& n, TripSpec& trip) {
    const double begin = xml_.number_or(n, "begin", 0, kLongest_s, 0);
    const double end = xml_.number_or(n, "end", 0, kLongest_s, begin + 86'400);
    double period = 0;
    if (n.attribute("period")) {
      period = xml_.number(n, "period", 0.001, kLongest_s);
    } else if (n.attribute("vehsPerHour")) {
      period = 3600 / xml_.number(n, "vehsPerHour", 1e-6, 1e6);
    } else if (n.attribute("probability")) {
      period = 1 / xml_.number(n, "probability", 1e-9, 1);
    } else if (n.attribute("number")) {
      period = (end - begin) / std::max(1.0, xml_.number(n, "number", 0, 1e7));
    } else {
      wrong(n, "expected period, vehsPerHour, probability or number");
      return;
    }
    if (end < begin) {
      wrong(n, "ends before it begins");
      return;
    }
    double most = xml_.number_or(n, "number", 0, 1e7, 1e7);
    for (double t = begin; t < end && most >= 1 && !xml_.problem; t += period, --most) {
      trip.depart_s = t;
      add(n, trip);
    }
  }

  /// SUMO's files often begin in the middle of a day: whole minutes before the first departure go.
  void begin_at_zero() {
    if (demand_.size() == 0) return;
    const double first = std::floor(demand_.trips().front().depart_s() / 60) * 60;
    for (std::size_t i = 0; i < demand_.size(); ++i)
      demand_.set_departure(i, demand_.trips()[i].depart_s() - first);
  }

  Xml xml_;
  std::string name_;
  const model::RoadNetwork& network_;
  bool lenient_;
  ImportReport& report_;
  Router router_;
  Router::Search search_;
  std::vector<float> cost_;
  float fastest_mps_ = 1;
  std::vector<std::uint8_t> turns_;
  std::map<std::string, Type> kinds_;
  const Type* type_ = nullptr;  // of the traveller that is read
  runtime::Random random_{0};   // the same file is the same demand
  std::map<std::string, NamedRoute> named_;
  Demand demand_;
  SumoEntries entries_;
  std::size_t skipped_ = 0;
  std::string first_skipped_;
};

}  // namespace

Result<Demand> import_sumo_routes(std::string_view text, std::string_view name,
                                  const model::RoadNetwork& network, bool lenient,
                                  ImportReport& report) {
  return Importer(text, name, network, lenient, report).run();
}

}  // namespace citybrain::city
