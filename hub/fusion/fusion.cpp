#include "hub/fusion/fusion.h"

#include <algorithm>
#include <cmath>

#include "hub/fusion/known.h"
#include "hub/fusion/lane_filter.h"
#include "hub/fusion/tables.h"

namespace citybrain::fusion {

using model::EventTime;

namespace {

constexpr float kSpeedProcess = 0.15F;  ///< variance of a road's speed, per second, (m/s)^2
constexpr float kProbeVariance = 9;     ///< of one client's speed against the road's mean
constexpr float kTaxiVariance = 12;     ///< taxis look for passengers
constexpr float kBusVariance = 25;      ///< buses are slower and brake for stops
constexpr std::int64_t kForgetClient_ms = 300'000;
constexpr float kForget = 1.0F / 600;  ///< per second, of the shares learned
constexpr std::int64_t kSilent_ms = 10'000;

}  // namespace

struct Fuser::Impl {
  const model::RoadNetwork& network;
  Options options;
  model::Districts districts;
  Tables tables;
  mutable std::vector<int> passed;              // by lane, -1 without a report; this district's
  mutable std::vector<model::SourceMask> from;  // by lane

  Impl(const model::RoadNetwork& n, Options o)
      : network(n),
        options(o),
        districts(n),
        tables(make_tables(n, districts)),
        passed(n.lanes.size()),
        from(n.lanes.size()) {}

  /// One district's share of one step of one view.
  struct Work {
    model::DistrictId district;
    EventTime now;
    State& state;
    const model::Situation& s;
    Contributions* said;
  };
  using Source = std::uint32_t;  ///< of a batch: Contribution::neighbour
  template <class Observation>
  static Contribution of(Contribution::Kind kind, const Observation& o, Source from) {
    Contribution c;
    c.kind = kind;
    c.at = o.at;
    c.source = o.source;
    c.neighbour = from;
    c.record = o.record;
    return c;
  }
  bool is_own(const Work& w, model::LaneId lane) const { return districts.of(lane) == w.district; }
  bool is_own(const Work& w, model::RoadId road) const { return districts.of(road) == w.district; }
  void begin(const Work& w) const;
  void take_counts(const model::ObservationBatch& batch, Source batch_from, const Work& w) const;
  void note_silence(const Work& w) const;
  void predict_lanes(const Work& w) const;
  void take_pictures(const model::ObservationBatch& batch, Source batch_from, const Work& w) const;
  void take_probes(const model::ObservationBatch& batch, Source batch_from, const Work& w) const;
  void forget_clients(const Work& w) const;
  void take_fleets(const model::ObservationBatch& batch, Source batch_from, const Work& w) const;
  template <class Observation>
  void see_speed(const Observation& o, float variance, Source batch_from, const Work& w) const;
  void meet_client(const model::ProbePoint& p, const Work& w) const;
  float upstream_arrivals(const RoadTable& road, float& entry_s) const;
  void sum_tallies(std::span<const Neighbour> others, DistrictState& district) const;
  void learn_shares(const Work& w) const;
  void show_all(const Work& w, model::Situation& s) const;
  bool has_loop(const LaneFilter& f, EventTime now) const {
    return now.ms - f.last_count_ms <= kSilent_ms;
  }
};

void Fuser::Impl::begin(const Work& w) const {
  for (const auto lane : districts[w.district].lanes) {
    passed[lane.value] = -1;
    from[lane.value] = w.s.lanes[lane.value].queue_veh.from;
  }
  for (const auto lane : tables.watched[w.district.value]) passed[lane.value] = -1;
}

/// Counts of the loops; several seconds' reports that arrive together add up. Of other districts'
/// lanes only what left them counts here.
void Fuser::Impl::take_counts(const model::ObservationBatch& batch, Source batch_from,
                              const Work& w) const {
  for (const auto& c : batch.counts) {
    if (!w.s.grants.has(c.source)) continue;
    int& p = passed[c.lane.value];
    p = std::max(p, 0) + c.passed;
    if (w.said != nullptr) {
      auto& did = w.said->emplace_back(of(Contribution::Kind::kCount, c, batch_from));
      did.lane = c.lane;
      did.observed = c.passed;
    }
    if (!is_own(w, c.lane)) continue;
    auto& f = w.state.lanes[c.lane.value];
    f.last_count_ms = std::max(f.last_count_ms, c.at.ms);
    if (c.occupied) f.last_occupied_ms = std::max(f.last_occupied_ms, c.at.ms);
    from[c.lane.value].add(c.source);
  }
}

/// A report that was lost: the loop is there, it just said nothing this time.
void Fuser::Impl::note_silence(const Work& w) const {
  for (const auto lane : districts[w.district].lanes)
    if (passed[lane.value] < 0 && has_loop(w.state.lanes[lane.value], w.now))
      passed[lane.value] = 0;
}

float Fuser::Impl::upstream_arrivals(const RoadTable& road, float& entry_s) const {
  float sum = 0, weighted = 0;
  for (const auto& u : road.upstream) {
    if (passed[u.lane.value] <= 0) continue;
    const float n = static_cast<float>(passed[u.lane.value]) * u.weight / (1 - kLoopMiss);
    sum += n;
    weighted += n * u.seconds;
  }
  entry_s = sum > 0 ? weighted / sum : 0;
  return sum;
}

void Fuser::Impl::predict_lanes(const Work& w) const {
  const auto& district = w.state.districts[w.district.value];
  const float told = district.vehicles_counted > 5
                         ? std::min(0.9F, district.clients_seen / district.vehicles_counted)
                         : 0.0F;
  for (const auto id : districts[w.district].roads) {
    const auto& road = tables.roads[id.value];
    float entry_s = 0;
    const bool sees_upstream = options.neighbours && !road.upstream.empty();
    const float arrived = sees_upstream ? upstream_arrivals(road, entry_s) : 0;
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const std::uint32_t l = road.first.value + i;
      const auto& lane = tables.lanes[l];
      auto& f = w.state.lanes[l];
      Predict p;
      p.passed = has_loop(f, w.now) ? std::max(0, passed[l]) : -1;
      p.entry_s = entry_s;
      // Where nobody counts what comes in: the mean rate, less those that clients will tell of.
      p.arrived = sees_upstream ? arrived * f.share : f.arrival_vps * (1 - told);
      p.green = lane.signalised && (w.s.signals[lane.junction.value].greens &
                                    (lane.groups != 0 ? lane.groups : lane.all_groups)) != 0;
      predict(lane, p, f);
    }
  }
}

void Fuser::Impl::take_pictures(const model::ObservationBatch& batch, Source batch_from,
                                const Work& w) const {
  for (const auto& q : batch.queues) {
    if (!w.s.grants.has(q.source) || !is_own(w, q.lane)) continue;
    auto& f = w.state.lanes[q.lane.value];
    if (q.at.ms <= f.last_camera_ms) continue;  // an older picture came later
    f.last_camera_ms = q.at.ms;
    const auto did = correct(tables.lanes[q.lane.value], q,
                             static_cast<float>(w.now - q.at) / 1000.0F, options.camera_miss, f);
    if (w.said != nullptr) {
      auto& c = w.said->emplace_back(of(Contribution::Kind::kPicture, q, batch_from));
      c.lane = q.lane;
      c.observed = did.seen;
      c.gain = did.gain;
      c.innovation = did.innovation;
      c.noise_variance = did.noise_variance;
      c.prior_variance = did.prior_variance;
    }
    from[q.lane.value].add(q.source);
  }
}

/// A client seen for the first time on a road whose inflow nobody counts is a vehicle in its place.
void Fuser::Impl::meet_client(const model::ProbePoint& p, const Work& w) const {
  auto& [district, now, state, s, said] = w;
  const auto& road = tables.roads[p.road.value];
  auto& client = state.districts[district.value].clients[p.pseudonym];
  const bool is_new = client.road != p.road;
  client = {p.road, now.ms};
  if (!is_new) return;
  if (!road.upstream.empty()) return;
  ++state.districts[district.value].tally.clients_met;
  const float age_s = static_cast<float>(now - p.at) / 1000.0F;
  std::uint32_t able = 0;
  float shares = 0;
  const auto leads = [&](std::uint32_t l) {
    if (!p.next_road.valid()) return true;
    const auto& movements = network.lanes[l].movements;
    return std::any_of(movements.begin(), movements.end(),
                       [&](model::MovementId m) { return network[m].to == p.next_road; });
  };
  for (std::uint32_t l = road.first.value; l < road.first.value + road.lanes; ++l) {
    if (!leads(l)) continue;
    ++able;
    shares += state.lanes[l].share;
  }
  for (std::uint32_t l = road.first.value; l < road.first.value + road.lanes && able > 0; ++l) {
    if (!leads(l)) continue;
    auto& f = state.lanes[l];
    const float share = shares > 0 ? f.share / shares : 1.0F / static_cast<float>(able);
    const float ahead = std::max(0.0F, p.to_stop_line_m - age_s * p.speed_mps);
    // Within a camera's view it is already counted.
    if (now.ms - f.last_camera_ms > kSilent_ms || ahead > 150)
      insert(tables.lanes[l], ahead, share, f);
  }
}

/// One vehicle's speed as a measurement of its road's mean.
template <class Observation>
void Fuser::Impl::see_speed(const Observation& o, float variance, Source batch_from,
                            const Work& w) const {
  auto& speed = w.state.road_speed[o.road.value];
  auto& of_speed = w.state.road_speed_variance[o.road.value];
  const float gain = of_speed / (of_speed + variance);
  if (w.said != nullptr) {
    auto& c = w.said->emplace_back(of(Contribution::Kind::kSpeed, o, batch_from));
    c.road = o.road;
    c.observed = o.speed_mps;
    c.gain = gain;
    c.innovation = o.speed_mps - speed;
    c.noise_variance = variance;
    c.prior_variance = of_speed;
  }
  speed += gain * (o.speed_mps - speed);
  of_speed *= 1 - gain;
  w.state.road_probe_ms[o.road.value] = o.at.ms;
  const auto& road = tables.roads[o.road.value];
  for (std::uint32_t i = 0; i < road.lanes; ++i) from[road.first.value + i].add(o.source);
}

/// Buses and taxis on the move are probes, with a variance of their own.
void Fuser::Impl::take_fleets(const model::ObservationBatch& batch, Source batch_from,
                              const Work& w) const {
  for (const auto& v : batch.vehicles) {
    if (!w.s.grants.has(v.source) || !v.road.valid() || !is_own(w, v.road)) continue;
    if (v.state != model::VehiclePosition::State::kDriving) continue;
    if (v.role == model::FleetRole::kBus) see_speed(v, kBusVariance, batch_from, w);
    if (v.role == model::FleetRole::kTaxi) see_speed(v, kTaxiVariance, batch_from, w);
  }
}

void Fuser::Impl::take_probes(const model::ObservationBatch& batch, Source batch_from,
                              const Work& w) const {
  for (const auto& p : batch.probes) {
    if (!w.s.grants.has(p.source) || !is_own(w, p.road)) continue;
    see_speed(p, kProbeVariance, batch_from, w);
    // One that nobody names cannot be told from the next.
    if (options.neighbours && p.pseudonym != 0) meet_client(p, w);
  }
}

/// A client that drives on into another district is forgotten here as if it had parked.
void Fuser::Impl::forget_clients(const Work& w) const {
  if (w.now.ms / 1000 % 60 != 0) return;
  std::erase_if(w.state.districts[w.district.value].clients, [&](const auto& client) {
    return w.now.ms - client.second.last_ms > kForgetClient_ms;
  });
}

/// The city's counts of the step before, with this district's own.
void Fuser::Impl::sum_tallies(std::span<const Neighbour> others, DistrictState& district) const {
  Tally sum = district.tally;
  for (const auto& o : others) {
    sum.clients_met += o.tally.clients_met;
    sum.vehicles_counted += o.tally.vehicles_counted;
  }
  district.clients_seen =
      (district.clients_seen + static_cast<float>(sum.clients_met)) * (1 - kForget);
  district.vehicles_counted =
      district.vehicles_counted * (1 - kForget) + static_cast<float>(sum.vehicles_counted);
  district.tally = {};
}

/// How a road's vehicles divide over its lanes, from what left them.
void Fuser::Impl::learn_shares(const Work& w) const {
  auto& tally = w.state.districts[w.district.value].tally;
  for (const auto id : districts[w.district].roads) {
    const auto& road = tables.roads[id.value];
    float sum = 0;
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const auto l = road.first.value + i;
      sum += w.state.lanes[l].arrival_vps;
      if (road.upstream.empty() && passed[l] > 0)
        tally.vehicles_counted += static_cast<std::uint32_t>(passed[l]);
    }
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      auto& f = w.state.lanes[road.first.value + i];
      const float even = 1.0F / static_cast<float>(road.lanes);
      const float trust =
          std::min(1.0F, sum * 60);  // a handful of vehicles in five minutes says little
      f.share = sum > 0 ? trust * f.arrival_vps / sum + (1 - trust) * even : even;
    }
  }
}

void Fuser::Impl::show_all(const Work& w, model::Situation& s) const {
  const auto& state = w.state;
  const auto since_s = [&](std::int64_t ms) {
    return static_cast<float>(std::min<std::int64_t>(1'000'000'000, w.now.ms - ms)) / 1000.0F;
  };
  for (const auto id : districts[w.district].lanes) {
    const auto l = id.value;
    const auto& lane = tables.lanes[l];
    const auto& f = state.lanes[l];
    auto& out = s.lanes[l];
    show(lane, f, state.road_probe_ms[lane.road.value] > 0 ? state.road_speed[lane.road.value] : 0,
         w.now, from[l], out);
    out.since_occupied_s = since_s(f.last_occupied_ms);
    out.loop_silent_s = since_s(f.last_count_ms);
    out.occupied = f.last_occupied_ms == f.last_count_ms && out.loop_silent_s < 2;
  }
  for (const auto id : districts[w.district].roads) {
    const auto r = id.value;
    const auto& road = tables.roads[r];
    float vehicles = 0, variance = 0, km = 0;
    model::SourceMask mask;
    for (std::uint32_t l = road.first.value; l < road.first.value + road.lanes; ++l) {
      vehicles += s.lanes[l].vehicles.value;
      variance += s.lanes[l].vehicles.variance;
      km += tables.lanes[l].length_m / 1000;
      mask = mask | from[l];
    }
    s.roads[r].vehicles = {vehicles, variance, w.now, mask};
    s.roads[r].density_vpkm = {vehicles / km, variance / (km * km), w.now, mask};
    s.roads[r].speed_mps = {state.road_speed[r], state.road_speed_variance[r],
                            EventTime{state.road_probe_ms[r]}, mask};
  }
}

Fuser::Fuser(const model::RoadNetwork& network, Options options)
    : impl_(std::make_unique<Impl>(network, options)) {}
Fuser::~Fuser() = default;
Fuser::Fuser(Fuser&&) noexcept = default;

State Fuser::initial_state() const {
  State state;
  state.lanes.resize(impl_->tables.lanes.size());
  for (std::size_t l = 0; l < state.lanes.size(); ++l) {
    const auto& lane = impl_->tables.lanes[l];
    state.lanes[l].moving.assign(lane.bins, 0);
    state.lanes[l].share = 1.0F / static_cast<float>(impl_->tables.roads[lane.road.value].lanes);
  }
  for (const auto& road : impl_->network.roads) {
    state.road_speed.push_back(static_cast<float>(impl_->network[road.first_lane].speed_limit_mps));
    state.road_speed_variance.push_back(16);
  }
  state.road_probe_ms.assign(impl_->network.roads.size(), 0);
  state.districts.resize(impl_->districts.size());
  return state;
}

model::Situation Fuser::initial_situation(model::ViewId view, model::SourceMask grants) const {
  model::Situation s;
  s.view = view;
  s.grants = grants;
  s.lanes.resize(impl_->network.lanes.size());
  s.roads.resize(impl_->network.roads.size());
  s.signals.resize(impl_->network.junctions.size());
  return s;
}

void Fuser::fuse(model::DistrictId district, const model::ObservationBatch& batch,
                 std::span<const Neighbour> others, EventTime now, EventTime watermark,
                 State& state, model::Situation& s, Contributions* said) const {
  const auto& m = *impl_;
  s.now = now;
  s.watermark = watermark;
  const Impl::Work w{district, now, state, s, said};
  const auto all = [&](const auto& take) {
    take(batch, Contribution::kOwn);
    for (std::uint32_t i = 0; i < others.size(); ++i) take(*others[i].observations, i);
  };
  m.sum_tallies(others, state.districts[district.value]);
  m.begin(w);
  all([&](const auto& b, auto from) { m.take_counts(b, from, w); });
  m.note_silence(w);
  m.predict_lanes(w);
  all([&](const auto& b, auto from) { m.take_pictures(b, from, w); });
  for (const auto road : m.districts[district].roads)
    state.road_speed_variance[road.value] += kSpeedProcess;
  all([&](const auto& b, auto from) { m.take_probes(b, from, w); });
  m.forget_clients(w);
  all([&](const auto& b, auto from) { m.take_fleets(b, from, w); });
  if (district == model::kCityDistrict) {
    all([&](const auto& b, auto) { take_known(m.network, b, now, s); });
    forget_known(now, s);
  }
  m.learn_shares(w);
  m.show_all(w, s);
}

void Fuser::pass_on(model::DistrictId district, const model::ObservationBatch& batch,
                    model::ObservationBatch& out) const {
  const auto& m = *impl_;
  const auto elsewhere = [&](auto id) { return m.districts.of(id) != district; };
  const bool is_city = district == model::kCityDistrict;
  out.clear();
  if (m.districts.size() == 1) return;
  for (const auto& c : batch.counts)
    if (elsewhere(c.lane) || m.tables.leads_out[c.lane.value] != 0) out.counts.push_back(c);
  for (const auto& q : batch.queues)
    if (elsewhere(q.lane)) out.queues.push_back(q);
  for (const auto& p : batch.probes)
    if (elsewhere(p.road)) out.probes.push_back(p);
  for (const auto& v : batch.vehicles)
    if (!is_city || (v.road.valid() && elsewhere(v.road))) out.vehicles.push_back(v);
  if (is_city) return;
  out.events = batch.events;
  out.measurements = batch.measurements;
}

void Fuser::save(model::DistrictId district, const State& state, const model::Situation& s,
                 model::Writer& out) const {
  for (const auto lane : impl_->districts[district].lanes)
    out(state.lanes[lane.value], s.lanes[lane.value]);
  for (const auto road : impl_->districts[district].roads)
    out(state.road_speed[road.value], state.road_speed_variance[road.value],
        state.road_probe_ms[road.value], s.roads[road.value]);
  out(state.districts[district.value]);
  if (district == model::kCityDistrict) out(s.vehicles, s.events, s.places, s.next_event);
}

void Fuser::load(model::DistrictId district, model::Reader& in, State& state,
                 model::Situation& s) const {
  for (const auto lane : impl_->districts[district].lanes) {
    auto& f = state.lanes[lane.value];
    in(f, s.lanes[lane.value]);
    f.moving.resize(impl_->tables.lanes[lane.value].bins);  // whatever the bytes say
  }
  for (const auto road : impl_->districts[district].roads)
    in(state.road_speed[road.value], state.road_speed_variance[road.value],
       state.road_probe_ms[road.value], s.roads[road.value]);
  in(state.districts[district.value]);
  if (district == model::kCityDistrict) in(s.vehicles, s.events, s.places, s.next_event);
}

}  // namespace citybrain::fusion
