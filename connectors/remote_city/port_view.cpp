#include "connectors/remote_city/port_view.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "connectors/remote_city/port_records.h"

namespace citybrain::remote_city {

using city_port::Call;
using city_port::FleetVehicle;
using model::Result;

namespace {

/// Whether the columns hold as many things as the counts say.
template <class Counts>
bool adds_up(const Counts& counts, int columns) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) ==
         static_cast<std::uint64_t>(columns);
}

/// The lanes of a column of differences, ascending; none when they are not, or not in the network.
template <class Differences>
bool read_lanes(const Differences& differences, std::size_t lanes,
                std::vector<std::uint32_t>& out) {
  out.clear();
  std::uint64_t lane = 0;
  for (const auto d : differences) {
    if (d == 0 && !out.empty()) return false;
    lane += d;
    if (lane >= lanes) return false;
    out.push_back(static_cast<std::uint32_t>(lane));
  }
  return true;
}

constexpr auto kRoles = static_cast<std::uint32_t>(city_port::Role::kPolice) + 1;
constexpr auto kStates = static_cast<std::uint32_t>(FleetVehicle::State::kAtHospital) + 1;
constexpr auto kCallKinds = static_cast<std::uint32_t>(Call::Kind::kParking) + 1;

}  // namespace

PortView::PortView(const model::RoadNetwork& network)
    : network_(network),
      on_lane_(network.lanes.size()),
      known_(network.lanes.size()),
      crossings_(network.lanes.size()),
      greens_(network.junctions.size()) {}

void PortView::clear() {
  for (const auto l : touched_) {
    on_lane_[l] = known_[l] = {};
    crossings_[l] = 0;
  }
  touched_.clear();
  vehicles_.clear();
  crossed_.clear();
  greens_.clear();
  broken_.clear();
  fleet_.clear();
  parking_.clear();
  calls_.clear();
}

bool PortView::works(city_port::Device device, model::JunctionId junction) const {
  return broken_.empty() ||
         !std::binary_search(broken_.begin(), broken_.end(),
                             junction.value * 3 + static_cast<std::uint32_t>(device));
}

const char* PortView::take_vehicles(const v1::PortState& r) {
  std::vector<std::uint32_t> lanes;
  if (!read_lanes(r.lane(), network_.lanes.size(), lanes)) return "its lanes are out of order";
  const int n = r.vehicle_size();
  if (r.lane_vehicles_size() != r.lane_size() || !adds_up(r.lane_vehicles(), n) ||
      r.to_stop_line_m_size() != n || r.speed_mps_size() != n || r.next_road_size() != n ||
      r.role().size() != static_cast<std::size_t>(n))
    return "its columns of vehicles have different lengths";
  int i = 0;
  for (std::size_t k = 0; k < lanes.size(); ++k) {
    const auto count = r.lane_vehicles(static_cast<int>(k));
    on_lane_[lanes[k]] = {static_cast<std::uint32_t>(vehicles_.size()), count};
    touched_.push_back(lanes[k]);
    for (std::uint32_t v = 0; v < count; ++v, ++i) {
      const auto byte = static_cast<unsigned char>(r.role()[static_cast<std::size_t>(i)]);
      const unsigned role = byte & ~kVacant;
      if (r.next_road(i) > network_.roads.size()) return "a vehicle goes to no road that there is";
      if (role >= kRoles) return "a vehicle is of no kind that there is";
      vehicles_.push_back({model::VehicleId{r.vehicle(i)}, r.to_stop_line_m(i), r.speed_mps(i),
                           model::RoadId{unshifted(r.next_road(i))},
                           static_cast<city_port::Role>(role), (byte & kVacant) != 0});
    }
  }
  return nullptr;
}

const char* PortView::take_crossings(const v1::PortState& r) {
  std::vector<std::uint32_t> lanes;
  if (!read_lanes(r.crossed_lane(), network_.lanes.size(), lanes))
    return "its lanes with crossings are out of order";
  if (r.crossings_size() != r.crossed_lane_size() ||
      r.crossed_known_size() != r.crossed_lane_size() ||
      !adds_up(r.crossed_known(), r.crossed_size()))
    return "its columns of crossings have different lengths";
  int i = 0;
  for (std::size_t k = 0; k < lanes.size(); ++k) {
    const auto known = r.crossed_known(static_cast<int>(k));
    crossings_[lanes[k]] = r.crossings(static_cast<int>(k));
    known_[lanes[k]] = {static_cast<std::uint32_t>(crossed_.size()), known};
    touched_.push_back(lanes[k]);
    for (std::uint32_t v = 0; v < known; ++v) crossed_.push_back(model::VehicleId{r.crossed(i++)});
  }
  return nullptr;
}

const char* PortView::take_junctions(const v1::PortState& r) {
  const auto junctions = static_cast<std::uint32_t>(network_.junctions.size());
  greens_.insert(greens_.end(), r.greens().begin(), r.greens().end());
  broken_.insert(broken_.end(), r.broken().begin(), r.broken().end());
  if (greens_.size() > junctions || (!r.more() && greens_.size() != junctions))
    return "it has not one set of greens a junction";
  if (!std::is_sorted(broken_.begin(), broken_.end()) ||
      (!broken_.empty() && broken_.back() / 3 >= junctions))
    return "its broken devices are out of order";
  return nullptr;
}

const char* PortView::take_fleet(const v1::PortState& r) {
  for (const auto& f : r.fleet()) {
    if (f.role() >= kRoles || f.state() >= kStates) return "a unit is of no kind that there is";
    if (f.road() > network_.roads.size() || f.lane() > network_.lanes.size() ||
        f.next_stop() > network_.places.size())
      return "a unit is where there is nothing";
    FleetVehicle v;
    v.vehicle = model::VehicleId{unshifted(f.vehicle())};
    v.unit = f.unit();
    v.role = static_cast<city_port::Role>(f.role());
    v.state = static_cast<FleetVehicle::State>(f.state());
    v.siren = f.siren();
    v.road = model::RoadId{unshifted(f.road())};
    v.lane = model::LaneId{unshifted(f.lane())};
    v.at_m = f.at_m();
    v.speed_mps = f.speed_mps();
    v.call = unshifted(f.call());
    v.line = unshifted(f.line());
    v.delay_s = f.delay_s();
    v.next_stop = unshifted(f.next_stop());
    fleet_.push_back(v);
  }
  return nullptr;
}

const char* PortView::take_places_and_calls(const v1::PortState& r) {
  for (const auto& p : r.parking()) {
    if (p.place() >= network_.places.size()) return "a car park is none of the network's places";
    parking_.push_back({p.place(), p.capacity(), p.occupied(), p.came(), p.left()});
  }
  for (const auto& c : r.calls()) {
    if (c.kind() >= kCallKinds || c.severity() > 255) return "a call is of no kind that there is";
    if (c.road() == 0 || c.road() > network_.roads.size()) return "a call is from no road";
    calls_.push_back({c.id(), static_cast<Call::Kind>(c.kind()), model::RoadId{unshifted(c.road())},
                      c.at_m(), static_cast<std::uint8_t>(c.severity())});
  }
  return nullptr;
}

Result<bool> PortView::take(const v1::PortState& record) {
  const auto wrong = [](const char* what) {
    return model::Error{"CB-PORT-RECORD", what, schemas::topic::kPortState, ""};
  };
  if (record.step() < 0 || record.step() > std::numeric_limits<model::Step>::max())
    return wrong("its step is none");
  const auto step = static_cast<model::Step>(record.step());
  if (unfinished_ && step != step_) return wrong("the step before it is not complete");
  if (!unfinished_) clear();
  step_ = step;
  unfinished_ = record.more();
  for (auto part : {&PortView::take_vehicles, &PortView::take_crossings, &PortView::take_junctions,
                    &PortView::take_fleet, &PortView::take_places_and_calls})
    if (const char* what = (this->*part)(record)) return wrong(what);
  return !unfinished_;
}

}  // namespace citybrain::remote_city
