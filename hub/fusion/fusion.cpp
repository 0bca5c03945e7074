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
  Tables tables;
  mutable std::vector<int> passed;              // by lane, -1 without a report
  mutable std::vector<model::SourceMask> from;  // by lane

  Impl(const model::RoadNetwork& n, Options o)
      : network(n),
        options(o),
        tables(make_tables(n)),
        passed(n.lanes.size()),
        from(n.lanes.size()) {}

  void take_counts(const model::ObservationBatch& batch, EventTime now, State& state,
                   const model::Situation& s) const;
  void predict_lanes(EventTime now, State& state, const model::Situation& s) const;
  void take_pictures(const model::ObservationBatch& batch, EventTime now, State& state,
                     const model::Situation& s) const;
  void take_probes(const model::ObservationBatch& batch, EventTime now, State& state,
                   const model::Situation& s) const;
  void take_fleets(const model::ObservationBatch& batch, State& state,
                   const model::Situation& s) const;
  void see_speed(model::RoadId road, float speed_mps, float variance, EventTime at,
                 model::DatasetId source, State& state) const;
  void meet_client(const model::ProbePoint& p, EventTime now, State& state) const;
  float upstream_arrivals(const RoadTable& road, float& entry_s) const;
  void learn_shares(State& state) const;
  void show_all(EventTime now, State& state, model::Situation& s) const;
  bool has_loop(const LaneFilter& f, EventTime now) const {
    return now.ms - f.last_count_ms <= kSilent_ms;
  }
};

/// Counts of the loops; several seconds' reports that arrive together add up.
void Fuser::Impl::take_counts(const model::ObservationBatch& batch, EventTime now, State& state,
                              const model::Situation& s) const {
  std::fill(passed.begin(), passed.end(), -1);
  for (const auto& c : batch.counts) {
    if (!s.grants.has(c.source)) continue;
    auto& f = state.lanes[c.lane.value];
    int& p = passed[c.lane.value];
    p = std::max(p, 0) + c.passed;
    f.last_count_ms = std::max(f.last_count_ms, c.at.ms);
    if (c.occupied) f.last_occupied_ms = std::max(f.last_occupied_ms, c.at.ms);
    from[c.lane.value].add(c.source);
  }
  // A report that was lost: the loop is there, it just said nothing this time.
  for (std::size_t l = 0; l < passed.size(); ++l)
    if (passed[l] < 0 && has_loop(state.lanes[l], now)) passed[l] = 0;
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

void Fuser::Impl::predict_lanes(EventTime now, State& state, const model::Situation& s) const {
  for (const auto& road : tables.roads) {
    float entry_s = 0;
    const bool sees_upstream = options.neighbours && !road.upstream.empty();
    const float arrived = sees_upstream ? upstream_arrivals(road, entry_s) : 0;
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const std::uint32_t l = road.first.value + i;
      const auto& lane = tables.lanes[l];
      auto& f = state.lanes[l];
      Predict p;
      p.passed = has_loop(f, now) ? std::max(0, passed[l]) : -1;
      p.entry_s = entry_s;
      p.arrived = arrived * f.share;
      if (!sees_upstream) {  // nobody counts what comes in: the mean rate, less those that clients
                             // will tell of
        const float told = state.vehicles_counted > 5
                               ? std::min(0.9F, state.clients_seen / state.vehicles_counted)
                               : 0.0F;
        p.arrived = f.arrival_vps * (1 - told);
      }
      p.green = lane.signalised && (s.signals[lane.junction.value].greens &
                                    (lane.groups != 0 ? lane.groups : lane.all_groups)) != 0;
      predict(lane, p, f);
    }
  }
}

void Fuser::Impl::take_pictures(const model::ObservationBatch& batch, EventTime now, State& state,
                                const model::Situation& s) const {
  for (const auto& q : batch.queues) {
    if (!s.grants.has(q.source)) continue;
    auto& f = state.lanes[q.lane.value];
    if (q.at.ms <= f.last_camera_ms) continue;  // an older picture came later
    f.last_camera_ms = q.at.ms;
    correct(tables.lanes[q.lane.value], q, static_cast<float>(now - q.at) / 1000.0F,
            options.camera_miss, f);
    from[q.lane.value].add(q.source);
  }
}

/// A client seen for the first time on a road whose inflow nobody counts is a vehicle in its place.
void Fuser::Impl::meet_client(const model::ProbePoint& p, EventTime now, State& state) const {
  const auto& road = tables.roads[p.road.value];
  auto& client = state.clients[p.pseudonym];
  const bool is_new = client.road != p.road;
  client = {p.road, now.ms};
  if (!is_new) return;
  if (!road.upstream.empty()) return;
  state.clients_seen += 1;
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
void Fuser::Impl::see_speed(model::RoadId id, float speed_mps, float variance, EventTime at,
                            model::DatasetId source, State& state) const {
  auto& speed = state.road_speed[id.value];
  auto& of_speed = state.road_speed_variance[id.value];
  const float gain = of_speed / (of_speed + variance);
  speed += gain * (speed_mps - speed);
  of_speed *= 1 - gain;
  state.road_probe_ms[id.value] = at.ms;
  const auto& road = tables.roads[id.value];
  for (std::uint32_t i = 0; i < road.lanes; ++i) from[road.first.value + i].add(source);
}

/// Buses and taxis on the move are probes, with a variance of their own.
void Fuser::Impl::take_fleets(const model::ObservationBatch& batch, State& state,
                              const model::Situation& s) const {
  for (const auto& v : batch.vehicles) {
    if (!s.grants.has(v.source) || !v.road.valid()) continue;
    if (v.state != model::VehiclePosition::State::kDriving) continue;
    if (v.role == model::FleetRole::kBus)
      see_speed(v.road, v.speed_mps, kBusVariance, v.at, v.source, state);
    if (v.role == model::FleetRole::kTaxi)
      see_speed(v.road, v.speed_mps, kTaxiVariance, v.at, v.source, state);
  }
}

void Fuser::Impl::take_probes(const model::ObservationBatch& batch, EventTime now, State& state,
                              const model::Situation& s) const {
  for (float& v : state.road_speed_variance) v += kSpeedProcess;
  for (const auto& p : batch.probes) {
    if (!s.grants.has(p.source)) continue;
    see_speed(p.road, p.speed_mps, kProbeVariance, p.at, p.source, state);
    if (options.neighbours) meet_client(p, now, state);
  }
  if (now.ms / 1000 % 60 != 0) return;
  for (auto it = state.clients.begin(); it != state.clients.end();)
    it = now.ms - it->second.last_ms > kForgetClient_ms ? state.clients.erase(it) : std::next(it);
}

/// How a road's vehicles divide over its lanes, from what left them.
void Fuser::Impl::learn_shares(State& state) const {
  state.clients_seen *= 1 - kForget;
  state.vehicles_counted *= 1 - kForget;
  for (const auto& road : tables.roads) {
    float sum = 0;
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const auto l = road.first.value + i;
      sum += state.lanes[l].arrival_vps;
      if (road.upstream.empty() && passed[l] > 0)
        state.vehicles_counted += static_cast<float>(passed[l]);
    }
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      auto& f = state.lanes[road.first.value + i];
      const float even = 1.0F / static_cast<float>(road.lanes);
      const float trust =
          std::min(1.0F, sum * 60);  // a handful of vehicles in five minutes says little
      f.share = sum > 0 ? trust * f.arrival_vps / sum + (1 - trust) * even : even;
    }
  }
}

void Fuser::Impl::show_all(EventTime now, State& state, model::Situation& s) const {
  const auto since_s = [&](std::int64_t ms) {
    return static_cast<float>(std::min<std::int64_t>(1'000'000'000, now.ms - ms)) / 1000.0F;
  };
  for (std::size_t l = 0; l < tables.lanes.size(); ++l) {
    const auto& lane = tables.lanes[l];
    const auto& f = state.lanes[l];
    auto& out = s.lanes[l];
    const auto& road = tables.roads[lane.road.value];
    if (options.neighbours)
      for (const auto& u : road.upstream)
        from[l] = from[l] | model::SourceMask{from[u.lane.value].bits & out.queue_veh.from.bits};
    show(lane, f, state.road_probe_ms[lane.road.value] > 0 ? state.road_speed[lane.road.value] : 0,
         now, from[l], out);
    out.since_occupied_s = since_s(f.last_occupied_ms);
    out.loop_silent_s = since_s(f.last_count_ms);
    out.occupied = f.last_occupied_ms == f.last_count_ms && out.loop_silent_s < 2;
  }
  for (std::size_t r = 0; r < tables.roads.size(); ++r) {
    const auto& road = tables.roads[r];
    float vehicles = 0, variance = 0, km = 0;
    model::SourceMask mask;
    for (std::uint32_t l = road.first.value; l < road.first.value + road.lanes; ++l) {
      vehicles += s.lanes[l].vehicles.value;
      variance += s.lanes[l].vehicles.variance;
      km += tables.lanes[l].length_m / 1000;
      mask = mask | from[l];
    }
    s.roads[r].vehicles = {vehicles, variance, now, mask};
    s.roads[r].density_vpkm = {vehicles / km, variance / (km * km), now, mask};
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

void Fuser::fuse(const model::ObservationBatch& batch, EventTime now, EventTime watermark,
                 State& state, model::Situation& s) const {
  s.now = now;
  s.watermark = watermark;
  for (std::size_t l = 0; l < impl_->from.size(); ++l) impl_->from[l] = s.lanes[l].queue_veh.from;
  impl_->take_counts(batch, now, state, s);
  impl_->predict_lanes(now, state, s);
  impl_->take_pictures(batch, now, state, s);
  impl_->take_probes(batch, now, state, s);
  impl_->take_fleets(batch, state, s);
  take_known(impl_->network, batch, now, s);
  impl_->learn_shares(state);
  impl_->show_all(now, state, s);
}

}  // namespace citybrain::fusion
