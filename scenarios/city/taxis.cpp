#include "scenarios/city/taxis.h"

#include <algorithm>

namespace citybrain::city {

using model::RoadId;

namespace {

constexpr auto kPlace = runtime::purpose("taxis/place"), kTaste = runtime::purpose("taxis/taste"),
               kWaits = runtime::purpose("taxis/waits"), kJoins = runtime::purpose("taxis/joins");
constexpr std::uint32_t kSetDown_s = 30;  // paying and getting out: an assumption
constexpr double kNear_m = 2000;          // places so far are half as likely: an assumption
constexpr std::uint32_t kPlacesDrawn = 8;

double square_m(model::Point a, model::Point b) {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

}  // namespace

Taxis::Taxis(const model::RoadNetwork& network, const TaxiSpec& spec, const runtime::Random& random,
             const Demand& demand, std::size_t planned)
    : network_(network), spec_(spec), random_(random) {
  for (std::uint32_t t = 0; t < planned; ++t) {
    const Trip& trip = demand.trips()[t];
    if (demand.kinds()[trip.kind()].role != Role::kTaxi) continue;
    fares_.push_back(t);
    if (!network[network[trip.first].from].boundary && !network[trip.first].movements.empty())
      origins_.push_back(trip.first);
  }
  taxi_of_.assign(fares_.size(), kNone);
  if (origins_.empty()) return;
  for (std::uint32_t k = 0; k < spec.vacant; ++k) {
    Taxi t;
    t.road = origins_[random_.bits(kPlace, k) % origins_.size()];
    t.until_s = static_cast<std::uint32_t>(spec.wait_s * random_.uniform(kWaits, k));
    taxis_.push_back(std::move(t));
  }
}

std::uint32_t Taxis::index_of(std::uint32_t trip) const {
  const auto it = std::lower_bound(fares_.begin(), fares_.end(), trip);
  if (it == fares_.end() || *it != trip) return kNone;
  return static_cast<std::uint32_t>(it - fares_.begin());
}

/// From the end of the road that a taxi is on to where the fare stands. One that drives over that
/// road has passed him.
std::uint32_t Taxis::nearest(RoadId origin) const {
  if (network_[network_[origin].from].boundary) return kNone;
  const auto fare = network_[origin].shape.front();
  std::uint32_t best = kNone;
  double least = spec_.reach_m * spec_.reach_m;
  for (std::uint32_t k = 0; k < taxis_.size(); ++k) {
    const Taxi& t = taxis_[k];
    if (t.state < State::kWaits || t.fare != kNone) continue;
    const bool here = t.road == origin;
    if (here && t.state == State::kCruises) continue;
    const double d = here ? 0 : square_m(network_[t.road].shape.back(), fare);
    if (d > least || (best != kNone && d == least)) continue;
    best = k;
    least = d;
  }
  return best;
}

bool Taxis::call(std::uint32_t taxi, std::uint32_t fare, RoadId origin) {
  Taxi& t = taxis_[taxi];
  if (t.state != State::kCruises && t.road == origin) {
    take_up(taxi, fare);
    return false;
  }
  t.fare = fare;
  t.to = origin;
  t.called = true;
  t.turns.clear();
  if (t.state == State::kWaits) t.state = State::kJoins;
  return true;
}

void Taxis::take_up(std::uint32_t taxi, std::uint32_t fare) {
  Taxi& t = taxis_[taxi];
  t.state = State::kOccupied;
  t.fare = fare;
  t.called = false;
  t.turns = {};
  taxi_of_[index_of(fare)] = taxi;
}

void Taxis::set_down(std::uint32_t fare, RoadId road, std::uint32_t now_s) {
  auto& taxi = taxi_of_[index_of(fare)];
  if (taxi == kNone) {
    taxi = static_cast<std::uint32_t>(taxis_.size());
    taxis_.emplace_back();
  }
  taxis_[taxi].fare = kNone;
  taxis_[taxi].since_s = now_s;
  wait(taxi, road, now_s);
  taxis_[taxi].until_s = now_s + kSetDown_s;
}

void Taxis::wait(std::uint32_t taxi, RoadId road, std::uint32_t now_s) {
  Taxi& t = taxis_[taxi];
  t.road = road;
  t.state = network_[road].movements.empty() ? State::kOffDuty : State::kWaits;
  t.called = false;
  t.turns = {};
  const double part = 0.5 + random_.uniform(kWaits, taxi, t.legs + 1);
  t.until_s = now_s + static_cast<std::uint32_t>(spec_.wait_s * part) + 1;
}

void Taxis::look_elsewhere(std::uint32_t taxi, std::uint32_t now_s) {
  Taxi& t = taxis_[taxi];
  if (static_cast<double>(now_s - t.since_s) >= spec_.patience_s) {
    t.state = State::kOffDuty;
    return;
  }
  t.to = likely_place(taxi, t.legs++, t.road);
  t.state = State::kJoins;
}

RoadId Taxis::likely_place(std::uint32_t taxi, std::uint32_t leg, RoadId from) const {
  RoadId chosen = from;
  if (origins_.empty()) return chosen;
  const auto here = network_[from].shape.back();
  for (std::uint32_t i = 0; i < kPlacesDrawn; ++i) {
    const std::uint64_t draw = std::uint64_t{leg} * kPlacesDrawn + i;
    const RoadId road = origins_[random_.bits(kPlace, taxi, draw + 1) % origins_.size()];
    if (road == from) continue;
    chosen = road;
    const double square = square_m(network_[road].shape.front(), here);
    if (random_.uniform(kTaste, taxi, draw) < 1 / (1 + square / (kNear_m * kNear_m))) break;
  }
  return chosen;
}

float Taxis::joins_at(std::uint32_t taxi, std::uint32_t now_s) const {
  const double part = 0.1 + 0.8 * random_.uniform(kJoins, taxi, now_s);
  return static_cast<float>(network_[taxis_[taxi].road].length_m * part);
}

std::size_t Taxis::bytes() const {
  std::size_t sum = (fares_.capacity() + taxi_of_.capacity()) * sizeof(fares_[0]) +
                    origins_.capacity() * sizeof(origins_[0]) + taxis_.capacity() * sizeof(Taxi);
  for (const auto& t : taxis_) sum += t.turns.capacity();
  return sum;
}

}  // namespace citybrain::city
