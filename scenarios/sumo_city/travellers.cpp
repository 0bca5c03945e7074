#include "scenarios/sumo_city/travellers.h"

#include <algorithm>

namespace citybrain::sumo_city {

using city_port::FleetVehicle;
using city_port::Role;
using model::LaneId;
using model::RoadId;

namespace {

constexpr std::size_t kRoles = 6;
/// One that ends its trip so near to a stop line has crossed it (arrivalPos may lie anywhere).
constexpr double kNearLine_m = 5;

bool is_fleet(Role r) { return r == Role::kBus || r == Role::kAmbulance || r == Role::kPolice; }

}  // namespace

/// Classes of https://sumo.dlr.de/docs/Simulation/VehiclePermissions.html.
Role role_of(std::string_view c) {
  if (c == "taxi") return Role::kTaxi;
  if (c == "bus" || c == "coach" || c == "trolleybus") return Role::kBus;
  if (c == "truck" || c == "trailer" || c == "delivery") return Role::kTruck;
  if (c == "emergency") return Role::kAmbulance;
  if (c == "authority" || c == "army") return Role::kPolice;
  return Role::kCar;
}

Travellers::Travellers(const model::RoadNetwork& network, const city::SumoNames& names)
    : network_(network),
      names_(names),
      fleets_(kRoles),
      lanes_(network.lanes.size()),
      crossed_(network.lanes.size(), 0) {
  for (std::uint32_t l = 0; l < names.lanes.size(); ++l) lane_by_name_.emplace(names.lanes[l], l);
}

std::uint32_t Travellers::number_of(std::string_view id) {
  const auto known = number_by_id_.find(id);
  if (known != number_by_id_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(all_.size());
  number_by_id_.emplace(id, number);
  all_.emplace_back();
  return number;
}

std::vector<std::string> Travellers::unknown(const connectors::sumo::Second& second) {
  std::vector<std::string> out;
  const auto ask = [&](std::string_view id) {
    auto& t = all_[number_of(id)];
    if (!t.known) out.emplace_back(id);
    t.known = true;  // once is enough
  };
  for (const auto id : second.loaded) ask(id);
  for (const auto& v : second.vehicles) {
    auto& t = all_[number_of(v.id)];
    if (t.known && t.route != v.route) {
      t.known = t.route.empty();  // asked for just now: its first route may have changed, too
      t.route_changed = true;
    }
    ask(v.id);
  }
  return out;
}

void Travellers::learn(std::span<const std::string> ids,
                       std::span<const connectors::sumo::About> about) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto& t = all_[number_of(ids[i])];
    t.role = role_of(about[i].vehicle_class);
    t.route = about[i].route;
    t.roads.clear();
    for (const auto& e : about[i].edges) t.roads.push_back(network_.find_road(e));
    if (!is_fleet(t.role) || t.unit != kNobody) continue;
    auto& units = fleets_[static_cast<std::size_t>(t.role)];
    t.unit = static_cast<std::uint32_t>(units.size());
    units.push_back(number_of(ids[i]));
    if (t.role == Role::kBus && !about[i].line.empty())
      t.line =
          line_by_name_.emplace(about[i].line, static_cast<std::uint32_t>(line_by_name_.size()))
              .first->second;
  }
}

RoadId Travellers::road(const Traveller& t, std::int32_t edge) const {
  return edge >= 0 && static_cast<std::size_t>(edge) < t.roads.size()
             ? t.roads[static_cast<std::size_t>(edge)]
             : RoadId{};
}

/// Where a vehicle came onto a road that it left within the same second.
LaneId Travellers::next_lane(LaneId from, RoadId to) const {
  if (from.valid()) {
    const auto m = network_.find_movement(network_[from].road, to);
    if (m.valid()) {
      const auto& links = network_[m].links;
      for (const auto& l : links)
        if (l.from == from) return l.to;
      return links.front().to;
    }
  }
  return network_[to].first_lane;
}

void Travellers::count_crossing(LaneId lane) {
  if (crossed_[lane.value]++ == 0) crossed_lanes_.push_back(lane.value);
}

void Travellers::cross(const Traveller& t, std::int32_t last) {
  LaneId lane = t.lane;
  for (std::int32_t e = t.inside ? t.edge + 1 : t.edge; e <= last; ++e) {
    const RoadId r = road(t, e);
    if (e != t.edge || !lane.valid()) lane = r.valid() ? next_lane(lane, r) : LaneId{};
    if (lane.valid()) count_crossing(lane);
  }
}

void Travellers::create(std::span<const std::string_view> ids, std::uint32_t second_s,
                        city::TruthStep& truth) {
  for (const auto id : ids) {
    auto& t = all_[number_of(id)];
    if (t.created) continue;
    t.created = true;
    t.created_s = second_s;
    truth.created_s.push_back(second_s);
  }
}

/// Ends the stay on an entering lane of a signal.
void Travellers::leave_road(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth) {
  const auto& t = all_[who];
  if (!t.lane.valid()) return;
  const auto junction = network_[network_[t.lane].road].to;
  if (network_[junction].signalised)
    truth.passages.push_back(
        {who, junction.value, static_cast<double>(t.entered_s), static_cast<double>(second_s)});
}

void Travellers::arrive(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth) {
  auto& t = all_[who];
  if (t.arrived) return;
  t.arrived = true;
  truth.finished.push_back(
      {who, static_cast<double>(t.created_s), static_cast<double>(second_s), city::kNotKnown_m});
  if (t.edge >= 0 && (t.inside || t.to_stop_line_m <= t.speed_mps + kNearLine_m))
    cross(t, static_cast<std::int32_t>(t.roads.size()) - 1);
  leave_road(who, second_s, truth);
  t.lane = {};
  t.edge = -1;
}

/// Off the lanes for a while: a teleport, a car park.
void Travellers::lose(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth) {
  auto& t = all_[who];
  leave_road(who, second_s, truth);
  t.lane = {};
  t.edge = -1;
  t.inside = false;
  t.speed_mps = 0;
}

void Travellers::move(std::uint32_t who, const connectors::sumo::Vehicle& v, std::uint32_t second_s,
                      city::TruthStep& truth) {
  auto& t = all_[who];
  t.seen_s = second_s;
  if (v.lane.empty()) return lose(who, second_s, truth);
  const bool inside = v.lane.front() == ':';
  const auto found = inside ? lane_by_name_.end() : lane_by_name_.find(v.lane);
  const LaneId lane = found == lane_by_name_.end() ? LaneId{} : LaneId{found->second};
  const std::int32_t before = t.edge;
  if (t.route_changed) {  // what its old edges were is gone
    if (t.lane.valid() && (inside || !lane.valid() || network_[lane].road != network_[t.lane].road))
      count_crossing(t.lane);
  } else if (before >= 0) {
    cross(t, inside ? v.edge : v.edge - 1);
  }
  const bool same_road = t.lane.valid() && lane.valid() && !t.route_changed && v.edge == before &&
                         network_[lane].road == network_[t.lane].road;
  if (!same_road) {
    leave_road(who, second_s, truth);
    t.entered_s = second_s;
  }
  t.route_changed = false;
  t.lane = lane;
  t.edge = v.edge;
  t.inside = inside;
  t.speed_mps = std::max(0.0, v.speed_mps);
  t.stopped = v.stopped;
  t.to_stop_line_m = lane.valid() ? std::max(0.0, names_.lane_length_m[lane.value] - v.at_m) : 0;
}

void Travellers::take(const connectors::sumo::Second& second, std::uint32_t second_s,
                      city::TruthStep& truth) {
  for (const auto l : crossed_lanes_) crossed_[l] = 0;
  crossed_lanes_.clear();
  create(second.departed, second_s, truth);
  create(second.pending, second_s, truth);
  teleports_ += second.teleported.size();
  collisions_ += second.collisions;
  for (const auto id : second.departed) {
    auto& t = all_[number_of(id)];
    if (!t.departed) {
      under_way_.push_back(number_of(id));
      truth.entered.push_back(number_of(id));
    }
    t.departed = true;
  }
  for (const auto id : second.arrived) arrive(number_of(id), second_s, truth);
  for (const auto& v : second.vehicles) move(number_of(v.id), v, second_s, truth);
  std::erase_if(under_way_, [&](auto who) { return all_[who].arrived; });
  for (const auto who : under_way_)
    if (all_[who].seen_s != second_s && all_[who].edge >= 0) lose(who, second_s, truth);
  truth.running = static_cast<std::uint32_t>(under_way_.size());
  truth.waiting_outside = static_cast<std::uint32_t>(second.pending.size());
  show_lanes();
  show_fleet();
}

void Travellers::show_lanes() {
  for (const auto l : touched_) lanes_[l].clear();
  touched_.clear();
  for (const auto who : under_way_) {
    const auto& t = all_[who];
    if (!t.lane.valid()) continue;
    if (lanes_[t.lane.value].empty()) touched_.push_back(t.lane.value);
    lanes_[t.lane.value].push_back({model::VehicleId{who}, static_cast<float>(t.to_stop_line_m),
                                    static_cast<float>(t.speed_mps), road(t, t.edge + 1), t.role});
  }
  for (const auto l : touched_)
    std::sort(lanes_[l].begin(), lanes_[l].end(), [](const auto& a, const auto& b) {
      return a.to_stop_line_m != b.to_stop_line_m ? a.to_stop_line_m < b.to_stop_line_m
                                                  : a.vehicle < b.vehicle;
    });
}

void Travellers::show_fleet() {
  fleet_.clear();
  for (const auto& units : fleets_)
    for (const auto who : units) {
      const auto& t = all_[who];
      if (!t.departed || t.arrived) continue;
      FleetVehicle f;
      f.vehicle = t.lane.valid() ? model::VehicleId{who} : model::VehicleId{};
      f.unit = t.unit;
      f.role = t.role;
      f.state = t.edge < 0 || (t.stopped && t.role != Role::kBus) ? FleetVehicle::State::kParked
                : t.stopped                                       ? FleetVehicle::State::kAtStop
                                                                  : FleetVehicle::State::kDriving;
      f.siren = t.role == Role::kAmbulance && f.state == FleetVehicle::State::kDriving;
      f.lane = t.lane;
      f.road = t.lane.valid() ? network_[t.lane].road : RoadId{};
      if (t.lane.valid())
        f.at_m = static_cast<float>(names_.lane_length_m[t.lane.value] - t.to_stop_line_m);
      f.speed_mps = static_cast<float>(t.speed_mps);
      f.line = t.line;
      fleet_.push_back(f);
    }
}

std::vector<city::TruthStep::Passage> Travellers::open_passages(std::uint32_t now_s) const {
  std::vector<city::TruthStep::Passage> out;
  for (const auto who : under_way_) {
    const auto& t = all_[who];
    if (!t.lane.valid()) continue;
    const auto junction = network_[network_[t.lane].road].to;
    if (network_[junction].signalised)
      out.push_back(
          {who, junction.value, static_cast<double>(t.entered_s), static_cast<double>(now_s)});
  }
  return out;
}

city::TripFacts Travellers::facts(std::uint32_t who) const {
  if (who >= all_.size()) return {};
  const auto& t = all_[who];
  city::TripFacts f{t.role, {}, {}, static_cast<double>(t.created_s)};
  if (!t.roads.empty()) {
    f.from = t.roads.front();
    f.to = t.roads.back();
  }
  return f;
}

std::vector<city::OnTheRoad> Travellers::on_the_road() const {
  std::vector<city::OnTheRoad> out;
  for (std::uint32_t who = 0; who < all_.size(); ++who)
    if (all_[who].departed && !all_[who].arrived) out.push_back({who, city::kNotKnown_m});
  return out;
}

std::vector<std::uint32_t> Travellers::outside() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t who = 0; who < all_.size(); ++who)
    if (all_[who].created && !all_[who].departed && !all_[who].arrived) out.push_back(who);
  return out;
}

void Travellers::sample(std::vector<city::TruthStep::LaneTruth>& out) const {
  out.resize(lanes_.size());
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    double sum = 0;
    for (const auto& v : lanes_[l]) {
      ++out[l].vehicles;
      if (v.speed_mps < city_port::kStandingSpeed_mps) ++out[l].queued;
      sum += static_cast<double>(v.speed_mps);
    }
    if (out[l].vehicles > 0) out[l].mean_speed_mps = static_cast<float>(sum / out[l].vehicles);
  }
}

}  // namespace citybrain::sumo_city
