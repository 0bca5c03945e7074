#include "hub/fusion/known.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace citybrain::fusion {

using model::EventReport;
using model::EventSituation;
using model::EventTime;
using model::Measurement;
using model::Point;

namespace {

constexpr std::int64_t kForgetVehicle_ms = 600'000;
constexpr std::int64_t kForgetEvent_ms = 3'600'000;
constexpr std::int64_t kSameEvent_ms = 900'000;
constexpr double kSameEvent_m = 150;

void take_vehicle(const model::VehiclePosition& v, EventTime now,
                  std::vector<model::VehicleSituation>& known) {
  const auto key = [](const model::VehiclePosition& p) { return std::tie(p.source, p.vehicle); };
  const auto at =
      std::lower_bound(known.begin(), known.end(), v,
                       [&](const model::VehicleSituation& a, const model::VehiclePosition& b) {
                         return key(a.last) < key(b);
                       });
  if (at == known.end() || key(at->last) != key(v)) {
    known.insert(at, {v, now});
  } else if (v.at > at->last.at) {
    *at = {v, now};
  }
}

/// Roughly where it is in the plane: on the straight line between the road's ends.
Point place(const model::RoadNetwork& network, model::RoadId id, float at_m) {
  const auto& road = network[id];
  const double share =
      road.length_m > 0 ? std::clamp(static_cast<double>(at_m) / road.length_m, 0.0, 1.0) : 0;
  const Point &a = road.shape.front(), &b = road.shape.back();
  return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

bool is_same(const model::RoadNetwork& network, const EventSituation& e, const EventReport& r) {
  if (e.kind != r.kind || r.at - e.last > kSameEvent_ms || e.first - r.at > kSameEvent_ms)
    return false;
  const Point a = place(network, e.road, e.at_m), b = place(network, r.road, r.at_m);
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)) <= kSameEvent_m;
}

void take_event(const model::RoadNetwork& network, const EventReport& r, EventTime now,
                model::Situation& s) {
  auto e = std::find_if(s.events.begin(), s.events.end(),
                        [&](const EventSituation& known) { return is_same(network, known, r); });
  if (e == s.events.end()) {
    s.events.push_back(
        {s.next_event++, r.kind, r.severity, r.at, r.at, now, r.road, r.at_m, 0, 0, {}});
    e = s.events.end() - 1;
  }
  e->severity = std::min(e->severity, r.severity);
  e->first = std::min(e->first, r.at);
  e->last = std::max(e->last, r.at);
  e->heard = now;
  e->from.add(r.source);
  ++e->reports;
  if (e->road != r.road) return;
  ++e->reports_on_road;
  e->at_m += (r.at_m - e->at_m) / static_cast<float>(e->reports_on_road);
}

void take_measurement(const Measurement& m, EventTime now,
                      std::vector<model::PlaceSituation>& known) {
  auto at = std::lower_bound(
      known.begin(), known.end(), m.place,
      [](const model::PlaceSituation& p, std::uint32_t place) { return p.place < place; });
  if (at == known.end() || at->place != m.place) {
    at = known.insert(at, model::PlaceSituation{});
    at->place = m.place;
  }
  if (m.at < at->at) return;  // an older report came later
  at->at = m.at;
  at->heard = now;
  at->from.add(m.source);
  switch (m.quantity) {
    case Measurement::Quantity::kFreePlaces:
      at->free = m.value;
      break;
    case Measurement::Quantity::kCapacity:
      at->capacity = m.value;
      break;
    case Measurement::Quantity::kEntries:
      at->entries = m.value;
      break;
    case Measurement::Quantity::kExits:
      at->exits = m.value;
      break;
  }
}

}  // namespace

void take_known(const model::RoadNetwork& network, const model::ObservationBatch& batch,
                EventTime now, model::Situation& s) {
  for (const auto& v : batch.vehicles)
    if (s.grants.has(v.source)) take_vehicle(v, now, s.vehicles);
  for (const auto& r : batch.events)
    if (s.grants.has(r.source) && r.road.valid()) take_event(network, r, now, s);
  for (const auto& m : batch.measurements)
    if (s.grants.has(m.source)) take_measurement(m, now, s.places);
}

void forget_known(EventTime now, model::Situation& s) {
  if (now.ms / 1000 % 60 != 0) return;
  std::erase_if(s.vehicles, [&](const model::VehicleSituation& v) {
    return now - v.heard > kForgetVehicle_ms;
  });
  std::erase_if(s.events, [&](const EventSituation& e) { return now - e.heard > kForgetEvent_ms; });
}

}  // namespace citybrain::fusion
