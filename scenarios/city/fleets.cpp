// Calls and missions.
#include "scenarios/city/fleets.h"

#include <algorithm>
#include <cmath>

#include "scenarios/city/routes.h"

namespace citybrain::city {

using city_port::Call;
using What = TruthStep::Emergency::What;

namespace {

constexpr auto kCalls = runtime::purpose("emergency/call"),
               kWhere = runtime::purpose("emergency/where"),
               kHowBad = runtime::purpose("emergency/severity"),
               kTransport = runtime::purpose("emergency/transport"),
               kPatrol = runtime::purpose("emergency/patrol");

/// Shares of severities 1 to 4, and of patients who are taken to hospital: assumptions, of the
/// order that services report.
constexpr double kSeverity[] = {0.10, 0.25, 0.40, 0.25};
constexpr double kTaken[] = {0.95, 0.90, 0.75, 0.50};
/// Spread of durations: the logarithm's standard deviation.
constexpr double kTurnoutSigma = 0.22, kSceneSigma = 0.37, kHandoverSigma = 0.3;
constexpr std::uint8_t kHurriesTo = 3, kHurriesWith = 2;
constexpr std::uint32_t kPause_s = 60;  // of a police car between two patrols

VehicleKind ambulance() {
  VehicleKind k;
  k.role = Role::kAmbulance;
  k.length_m = Sirens::kLength_m;
  k.max_speed_mps = 16.667F;
  return k;
}

VehicleKind police_car() {
  VehicleKind k;
  k.role = Role::kPolice;
  k.max_speed_mps = 16.667F;
  return k;
}

std::size_t number_of_units(const Streets& streets, const EmergencyPlan& plan) {
  if (!plan.present()) return 0;
  std::size_t n = plan.spec.police_cars;
  for (const auto& p : streets.network().places)
    if (p.kind == model::PlaceKind::kAmbulanceStation) n += p.capacity;
  return n;
}

}  // namespace

Fleets::Fleets(const Streets& streets, Traffic& traffic, SignalHeads& heads,
               const EmergencyPlan& plan, std::uint64_t seed, model::EventTime start)
    : streets_(streets),
      traffic_(traffic),
      plan_(plan),
      random_(seed),
      start_ms_(start.ms),
      router_(streets.network(), {kLeftTurn_s, kRightTurn_s}),
      road_cost_(usual_road_seconds(streets.network())),
      sirens_(streets, traffic, heads, number_of_units(streets, plan),
              {static_cast<float>(plan.spec.siren_excess), plan.spec.siren_passes}),
      preemption_(streets.network(), heads,
                  {static_cast<float>(plan.present() ? plan.spec.preemption_lead_s : 0),
                   static_cast<float>(plan.spec.preemption_most_s)}) {
  if (plan.present()) add_units();
}

void Fleets::add_units() {
  kinds_[0] = traffic_.add_kind(ambulance());
  kinds_[1] = traffic_.add_kind(police_car());
  for (const auto& p : streets_.network().places) {
    if (p.kind != model::PlaceKind::kAmbulanceStation) continue;
    for (std::uint32_t i = 0; i < p.capacity; ++i) {
      Unit u;
      u.number = static_cast<std::uint32_t>(units_.size());
      u.home = u.here = {p.road, static_cast<float>(p.at_m)};
      units_.push_back(u);
    }
  }
  for (std::uint32_t i = 0; i < plan_.spec.police_cars; ++i) {
    Unit u;
    u.role = Role::kPolice;
    u.number = i;
    u.home = u.here = drawn_spot(kPatrol, i, 0);
    units_.push_back(u);
  }
  traffic_.reserve(static_cast<std::uint32_t>(units_.size()));
}

void Fleets::second(std::uint32_t now_s, TruthStep& truth, std::vector<std::string>& faults,
                    std::vector<model::JunctionId>& changed) {
  truth_ = &truth;
  look_for_units(now_s);
  calls_.clear();
  draw_calls(truth);
  if (plan_.spec.own_dispatch) send_own();
  for (std::uint32_t u = 0; u < units_.size(); ++u) step(u);
  sirens_.second(now_s);
  std::vector<model::JunctionId> begun;
  preemption_.second(
      now_s,
      preemption_.on() ? sirens_.approaches(preemption_.lead_s()) : std::vector<Sirens::Approach>{},
      faults, changed, begun);
  for (const auto j : begun)
    truth.emergencies.push_back({What::kPreempted, j.value, 0, Role::kAmbulance, 0});
}

std::uint32_t Fleets::add_call(Call call, Role needs) {
  call.id = static_cast<std::uint32_t>(states_.size());
  calls_.push_back(call);
  CallState s;
  s.call = call;
  s.at_s = now_s_;
  s.needs = needs;
  states_.push_back(s);
  open_.push_back(call.id);
  return call.id;
}

/// At most one by chance a second, so that a second's luck is its own.
void Fleets::draw_calls(TruthStep& truth) {
  const auto from = states_.size();
  for (const auto id : new_incidents_) calls_.push_back(states_[id].call);
  for (; next_fixed_ < plan_.calls.size() && plan_.calls[next_fixed_].at_s <= now_s_;
       ++next_fixed_) {
    const auto& c = plan_.calls[next_fixed_];
    add_call({0, Call::Kind::kMedical, c.road, c.at_m, c.severity}, Role::kAmbulance);
  }
  constexpr std::int64_t kHour_ms = 3'600'000, kBeijing_h = 8;
  const auto hour = static_cast<std::uint32_t>(
      ((start_ms_ + std::int64_t{now_s_} * 1000) / kHour_ms + kBeijing_h) % 24);
  const double rate = plan_.present() ? plan_.spec.rate_per_hour * call_profile(hour) / 3600 : 0;
  if (rate > 0 && random_.chance(rate, kCalls, now_s_)) {
    double u = random_.uniform(kHowBad, now_s_);
    std::uint8_t severity = 1;
    while (severity < 4 && u >= kSeverity[severity - 1]) u -= kSeverity[severity++ - 1];
    const Spot at = drawn_spot(kWhere, now_s_, 0);
    add_call({0, Call::Kind::kMedical, at.road, at.at_m, severity}, Role::kAmbulance);
  }
  const auto tell = [&](const CallState& s) {
    if (plan_.present())
      truth.emergencies.push_back({What::kCalled, s.call.id, 0, s.needs, s.call.severity});
  };
  for (const auto id : new_incidents_) tell(states_[id]);
  for (auto i = from; i < states_.size(); ++i) tell(states_[i]);
  new_incidents_.clear();
}

void Fleets::incident(const Disturbance& d, std::uint32_t now_s) {
  now_s_ = now_s;
  const Call call{0, Call::Kind::kIncident, streets_[d.lanes.front().value].road, d.at_m, 3};
  const auto id = add_call(call, Role::kPolice);
  states_[id].incident = {d.lanes, d.at_m, d.until_s};
  new_incidents_.push_back(id);
}

bool Fleets::is_free(const Unit& u) const {
  return u.call == kNone && (u.phase == Phase::kHome || u.phase == Phase::kBack);
}

std::uint32_t Fleets::nearest_free(const CallState& s) const {
  const auto scene = point({s.call.road, s.call.at_m});
  std::uint32_t best = kNone;
  double least = 0;
  for (std::uint32_t i = 0; i < units_.size(); ++i) {
    const Unit& u = units_[i];
    if (u.role != s.needs || !is_free(u)) continue;
    const auto p = point(whereabouts(u));
    const double d = (p.x - scene.x) * (p.x - scene.x) + (p.y - scene.y) * (p.y - scene.y);
    if (best != kNone && d >= least) continue;
    best = i;
    least = d;
  }
  return best;
}

std::uint32_t Fleets::nearest_hospital(const Spot& from) const {
  const auto here = point(from);
  const auto& places = streets_.network().places;
  std::uint32_t best = kNone;
  double least = 0;
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    if (places[i].kind != model::PlaceKind::kHospital) continue;
    const auto p = point({places[i].road, static_cast<float>(places[i].at_m)});
    const double d = (p.x - here.x) * (p.x - here.x) + (p.y - here.y) * (p.y - here.y);
    if (best != kNone && d >= least) continue;
    best = i;
    least = d;
  }
  return best;
}

void Fleets::send_own() {
  const auto processing = static_cast<std::uint32_t>(plan_.spec.processing_s);
  std::vector<std::uint32_t> due;
  for (const auto id : open_)
    if (states_[id].unit == kNone && now_s_ >= states_[id].at_s + processing) due.push_back(id);
  std::stable_sort(due.begin(), due.end(), [&](std::uint32_t a, std::uint32_t b) {
    return states_[a].call.severity < states_[b].call.severity;
  });
  for (const auto id : due) {
    const auto unit = nearest_free(states_[id]);
    if (unit != kNone) send(unit, states_[id]);
  }
}

void Fleets::send(std::uint32_t unit, CallState& s) {
  Unit& u = units_[unit];
  s.unit = unit;
  u.call = s.call.id;
  note(What::kSent, s.call.id, u);
  if (u.phase == Phase::kHome && u.role == Role::kAmbulance) {
    u.phase = Phase::kTurnout;
    u.until_s = now_s_ + lasts("turnout", s.call.id, plan_.spec.turnout_s, kTurnoutSigma);
    return;
  }
  u.phase = Phase::kToScene;
  depart(u, {s.call.road, s.call.at_m}, s.call.severity <= kHurriesTo, std::move(u.ordered));
  u.ordered.clear();
}

/// The call goes to somebody else.
void Fleets::recall(Unit& u) {
  u.call = u.hospital = kNone;
  u.ordered.clear();
  u.to_hospital.clear();
  if (u.phase == Phase::kTurnout) {
    u.phase = Phase::kHome;
  } else {
    go_back(u);
  }
}

void Fleets::step(std::uint32_t unit) {
  Unit& u = units_[unit];
  switch (u.phase) {
    case Phase::kHome:
      if (u.role == Role::kPolice && now_s_ >= u.until_s) patrol(u);
      return;
    case Phase::kTurnout: {
      if (now_s_ < u.until_s) return;
      const Call& c = states_[u.call].call;
      u.phase = Phase::kToScene;
      depart(u, {c.road, c.at_m}, c.severity <= kHurriesTo, std::move(u.ordered));
      u.ordered.clear();
      return;
    }
    case Phase::kAtScene:
      if (now_s_ >= u.until_s) leave_scene(u);
      return;
    case Phase::kAtHospital:
      if (now_s_ < u.until_s) return;
      note(What::kFree, u.call, u);
      u.call = u.hospital = kNone;
      go_back(u);
      return;
    case Phase::kToScene:
    case Phase::kToHospital:
    case Phase::kBack:
      if (drive(u)) arrive(u);
      return;
  }
}

void Fleets::arrive(Unit& u) {
  if (u.phase == Phase::kBack) {
    u.phase = Phase::kHome;
    u.until_s = now_s_ + kPause_s;
    return;
  }
  CallState& s = states_[u.call];
  if (u.phase == Phase::kToHospital) {
    u.phase = Phase::kAtHospital;
    u.until_s = now_s_ + lasts("handover", u.call, plan_.spec.handover_s, kHandoverSigma);
    note(What::kAtHospital, u.call, u);
    return;
  }
  u.phase = Phase::kAtScene;
  s.over = true;
  std::erase(open_, u.call);
  note(What::kAtScene, u.call, u);
  if (s.call.kind == Call::Kind::kIncident) {
    clear_incident(s);
    u.until_s = std::max(now_s_ + 1, s.incident.until_s);
    s.incident.until_s = u.until_s;
  } else {
    u.until_s = now_s_ + lasts("scene", u.call, plan_.spec.scene_s, kSceneSigma);
  }
}

void Fleets::clear_incident(const CallState& s) {
  auto& incident = states_[s.call.id].incident;
  if (incident.until_s <= now_s_) return;
  const double left = (incident.until_s - now_s_) * plan_.spec.police_clears;
  incident.until_s = now_s_ + static_cast<std::uint32_t>(std::ceil(left));
  for (const auto lane : incident.lanes)
    traffic_.clear_up(lane.value, incident.at_m, incident.until_s);
}

void Fleets::leave_scene(Unit& u) {
  const Call& c = states_[u.call].call;
  const bool taken =
      c.kind == Call::Kind::kMedical && random_.chance(kTaken[c.severity - 1], kTransport, u.call);
  if (!taken) {
    note(What::kFree, u.call, u);
    u.call = u.hospital = kNone;
    u.to_hospital.clear();
    go_back(u);
    return;
  }
  if (u.hospital == kNone) u.hospital = nearest_hospital(u.here);
  const auto& place = streets_.network().places[u.hospital];
  u.phase = Phase::kToHospital;
  depart(u, {place.road, static_cast<float>(place.at_m)}, c.severity <= kHurriesWith,
         std::move(u.to_hospital));
  u.to_hospital.clear();
}

void Fleets::go_back(Unit& u) {
  if (u.role == Role::kPolice) return patrol(u);
  u.phase = Phase::kBack;
  depart(u, u.home, false, {});
}

void Fleets::patrol(Unit& u) {
  u.phase = Phase::kBack;
  depart(u, drawn_spot(kPatrol, u.number, ++u.patrols), false, {});
}

std::uint32_t Fleets::lasts(const char* what, std::uint32_t call, double median_s,
                            double sigma) const {
  const double z = random_.normal(runtime::purpose(what), call);
  return static_cast<std::uint32_t>(std::max(1.0, std::round(median_s * std::exp(sigma * z))));
}

void Fleets::note(What what, std::uint32_t call, const Unit& u) {
  if (truth_ != nullptr)
    truth_->emergencies.push_back({what, call, u.number, u.role, states_[call].call.severity});
}

}  // namespace citybrain::city
