#include "scenarios/city/parking.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city {

using model::RoadId;

namespace {

constexpr auto kParks = runtime::purpose("parking/parks"),
               kStays = runtime::purpose("parking/stays"),
               kTaste = runtime::purpose("parking/taste"),
               kReached = runtime::purpose("parking/reached"),
               kFirst = runtime::purpose("parking/first"), kTo = runtime::purpose("parking/to");

// How long cars stay, as a share of the mean: quantiles in steps of 5% (the last one: 99.5%) of the
// gamma distribution with shape 1.6 that Cao and Menendez (2015, System dynamics of urban traffic
// based on its parking-related-states, Transportation Research B 81) use for Zurich (scale 142 min,
// mean 227 min); and of the time left of a stay that somebody finds going on (density (1 - F) /
// mean).
constexpr std::array<float, 21> kStay = {0.000F, 0.130F, 0.210F, 0.283F, 0.353F, 0.422F, 0.492F,
                                         0.564F, 0.639F, 0.717F, 0.801F, 0.891F, 0.990F, 1.099F,
                                         1.222F, 1.365F, 1.536F, 1.753F, 2.051F, 2.550F, 4.143F};
constexpr std::array<float, 21> kStayLeft = {
    0.000F, 0.050F, 0.101F, 0.154F, 0.208F, 0.265F, 0.324F, 0.387F, 0.454F, 0.525F, 0.602F,
    0.686F, 0.778F, 0.881F, 0.999F, 1.136F, 1.302F, 1.513F, 1.805F, 2.296F, 3.875F};
constexpr float kTasteSpread = 0.3F;  // places seem nearer or farther by so much
constexpr double kWayBack_m = 4000;   // typical, of those who stood there at the start
constexpr std::uint64_t kRoadsDrawn = 12;

double quantile(const std::array<float, 21>& table, double u) {
  const double x = u * 20;
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(x), 19);
  const double part = x - static_cast<double>(i);
  return static_cast<double>(table[i]) * (1 - part) + static_cast<double>(table[i + 1]) * part;
}

model::Point along(const model::Road& road, double at_m) {
  const double part = road.length_m > 0 ? std::clamp(at_m / road.length_m, 0.0, 1.0) : 0;
  const auto &a = road.shape.front(), &b = road.shape.back();
  return {a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

double distance_m(model::Point a, model::Point b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

}  // namespace

Parking::Parking(const model::RoadNetwork& network, const ParkingSpec& spec,
                 const runtime::Random& random, Demand& demand)
    : network_(network), spec_(spec), random_(random), planned_(demand.size()) {
  for (std::uint32_t p = 0; p < network.places.size(); ++p) {
    const auto& place = network.places[p];
    if (!model::is_parking(place.kind)) continue;
    on_road_.emplace_back(place.road.value, static_cast<std::uint32_t>(states_.size()));
    at_.push_back(along(network[place.road], place.at_m));
    states_.push_back({p, place.capacity, 0, 0, 0});
  }
  std::sort(on_road_.begin(), on_road_.end());
  reserved_.resize(states_.size());
  if (states_.empty()) return;
  park_first_cars(demand);
  reserve_ways_back(demand);
}

void Parking::begin_stay(const Stay& stay) {
  stays_.push_back(stay);
  std::push_heap(stays_.begin(), stays_.end(), std::greater<>{});
}

void Parking::park_first_cars(Demand& demand) {
  VehicleKind car;
  car.max_speed_mps = 16.667F;
  for (std::uint32_t p = 0; p < states_.size(); ++p) {
    auto& s = states_[p];
    for (std::uint32_t i = 0; i < s.capacity; ++i) {
      if (!random_.chance(spec_.occupied, kFirst, s.place, i)) continue;
      const std::uint32_t trip = demand.add_later(car);
      ++s.occupied;
      begin_stay({static_cast<std::uint32_t>(stay_s(trip, true)), trip, p, {}});
    }
  }
}

/// Each car that parks has a number for its trip back, whenever that will be.
void Parking::reserve_ways_back(Demand& demand) {
  std::vector<VehicleKind> kinds = demand.kinds();
  first_way_back_ = static_cast<std::uint32_t>(demand.size());
  for (std::uint32_t t = 0; t < planned_; ++t) {
    const auto& kind = kinds[demand.trips()[t].kind()];
    if (kind.role != Role::kCar || !random_.chance(spec_.share, kParks, t)) continue;
    parkers_.push_back(t);
    demand.add_later(kind);
  }
}

bool Parking::parks(std::uint32_t trip) const {
  return std::binary_search(parkers_.begin(), parkers_.end(), trip);
}

std::uint32_t Parking::way_back(std::uint32_t trip) const {
  const auto it = std::lower_bound(parkers_.begin(), parkers_.end(), trip);
  return first_way_back_ + static_cast<std::uint32_t>(it - parkers_.begin());
}

double Parking::stay_s(std::uint32_t trip, bool begun) const {
  return spec_.mean_stay_s * quantile(begun ? kStayLeft : kStay, random_.uniform(kStays, trip));
}

void Parking::depart(Slot v, std::uint32_t trip, RoadId from) {
  if (v >= drivers_.size()) drivers_.resize(v + 1);
  drivers_[v] = {};
  if (!parks(trip)) return;
  drivers_[v].state = State::kUnderWay;
  drivers_[v].from = from;
}

/// Takes a free place on the road; notes that the places there are full.
bool Parking::take(Driver& d, RoadId here, std::uint32_t now_s) {
  auto it = std::lower_bound(on_road_.begin(), on_road_.end(), std::pair(here.value, 0U));
  for (; it != on_road_.end() && it->first == here.value; ++it) {
    const std::uint32_t p = it->second;
    if (states_[p].occupied + reserved_[p] < states_[p].capacity) {
      ++reserved_[p];
      d.place = p;
      return true;
    }
    note_full(d, p);
    if (d.since_s == kNever) {
      d.since_s = now_s;
      ++searching_;
    }
  }
  return false;
}

void Parking::note_full(Driver& d, std::uint32_t place) {
  if (std::find(d.tried.begin(), d.tried.end(), place + 1) == d.tried.end())
    d.tried[d.tries++ % kRemembered] = place + 1;
}

RoadId Parking::look(Slot v, std::uint32_t trip, RoadId here, std::uint32_t now_s) {
  Driver& d = drivers_[v];
  if (d.state != State::kUnderWay && d.state != State::kLooks) return {};
  if (d.state == State::kUnderWay) d.destination = here;
  d.state = State::kLooks;
  if (take(d, here, now_s)) {
    d.state = State::kHasPlace;
    return {};
  }
  if (network_[here].movements.empty()) {  // it leaves the city
    d.state = State::kDoesNotPark;
    return {};
  }
  const std::uint32_t next = choose(d, trip, now_s);
  if (next == kNowhere || (d.since_s != kNever && now_s - d.since_s >= spec_.patience_s)) {
    d.state = State::kGaveUp;
    return {};
  }
  note_full(d, next);  // to him it is, unless it turns out otherwise when he comes
  return network_.places[states_[next].place].road;
}

/// The place that seems nearest to the destination, of those that he has not just found full; the
/// nearest of all where none is within his radius.
std::uint32_t Parking::choose(const Driver& d, std::uint32_t trip, std::uint32_t now_s) const {
  const auto& road = network_[d.destination];
  const auto target = road.shape.back();
  std::uint32_t best = kNowhere, nearest = kNowhere;
  double best_m = spec_.radius_m, nearest_m = 1e12;
  for (std::uint32_t p = 0; p < states_.size(); ++p) {
    const double m = distance_m(at_[p], target);
    if (m >= nearest_m && m >= best_m * 2) continue;
    if (std::find(d.tried.begin(), d.tried.end(), p + 1) != d.tried.end()) continue;
    if (told_full(states_[p].place, trip, now_s)) continue;
    const double taste =
        1 + static_cast<double>(kTasteSpread) * (2 * random_.uniform(kTaste, trip, p) - 1);
    if (m * taste < best_m) {
      best_m = m * taste;
      best = p;
    }
    if (m < nearest_m) {
      nearest_m = m;
      nearest = p;
    }
  }
  return best != kNowhere ? best : nearest;
}

bool Parking::told_full(std::uint32_t place, std::uint32_t trip, std::uint32_t now_s) const {
  return std::any_of(advice_.begin(), advice_.end(), [&](const Advice& a) {
    return a.place == place && a.from_s <= now_s && now_s < a.until_s &&
           random_.uniform(kReached, trip) < static_cast<double>(a.share);
  });
}

void Parking::arrived(Slot v, std::uint32_t trip, std::uint32_t now_s) {
  if (v >= drivers_.size()) return;
  Driver& d = drivers_[v];
  const bool searched = d.since_s != kNever;
  if (searched) --searching_;
  if (d.state == State::kGaveUp) ++gave_up_;
  if (d.state == State::kHasPlace) {
    auto& s = states_[d.place];
    --reserved_[d.place];
    ++s.occupied;
    ++s.came;
    parked_.push_back({trip, searched ? static_cast<float>(now_s - d.since_s) : 0.0F});
    begin_stay({now_s + static_cast<std::uint32_t>(stay_s(trip, false)), way_back(trip), d.place,
                home_of(d.from)});
  }
  d = {};
}

std::span<const Parking::Leaving> Parking::leaving(std::uint32_t now_s) {
  leaving_.clear();
  for (auto& s : states_) s.came = s.left = 0;
  std::erase_if(advice_, [&](const Advice& a) { return a.until_s <= now_s; });
  while (!stays_.empty() && stays_.front().until_s <= now_s) {
    std::pop_heap(stays_.begin(), stays_.end(), std::greater<>{});
    const Stay stay = stays_.back();
    stays_.pop_back();
    auto& s = states_[stay.place];
    --s.occupied;
    ++s.left;
    const RoadId from = network_.places[s.place].road;
    leaving_.push_back({stay.trip, from, stay.to.valid() ? stay.to : anywhere(stay.trip, from)});
  }
  return leaving_;
}

/// Back to where a trip began; out of the city where it came in.
RoadId Parking::home_of(RoadId from) const {
  const auto gate = network_[from].from;
  if (!network_[gate].boundary) return from;
  const auto out = std::find_if(network_.roads.begin(), network_.roads.end(),
                                [&](const model::Road& r) { return r.to == gate; });
  return out == network_.roads.end()
             ? from
             : RoadId{static_cast<std::uint32_t>(out - network_.roads.begin())};
}

/// Of some roads drawn, one at a likely distance.
RoadId Parking::anywhere(std::uint32_t trip, RoadId from) const {
  RoadId chosen = from;
  const auto here = network_[from].shape.front();
  for (std::uint64_t k = 0; k < kRoadsDrawn; ++k) {
    const auto r =
        static_cast<std::uint32_t>(random_.bits(kTo, trip, 2 * k) % network_.roads.size());
    const auto& road = network_.roads[r];
    if (network_[road.from].boundary) continue;  // nobody ends on a road into the city
    chosen = RoadId{r};
    const double d = distance_m(road.shape.back(), here) / kWayBack_m;
    if (random_.uniform(kTo, trip, 2 * k + 1) < 1 / (1 + d * d)) break;
  }
  return chosen;
}

void Parking::tell(TruthStep& truth) {
  truth.parked.swap(parked_);
  parked_.clear();
  truth.searching = searching_;
  truth.gave_up = gave_up_;
  gave_up_ = 0;
}

std::size_t Parking::bytes() const {
  return drivers_.capacity() * sizeof(Driver) + stays_.capacity() * sizeof(Stay) +
         parkers_.capacity() * sizeof(std::uint32_t);
}

}  // namespace citybrain::city
