#include "hub/access/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "hub/access/generalise.h"
#include "hub/access/masking.h"

namespace citybrain::access {

using catalog::PlaceScale;
using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr std::uint32_t kNoRecord = UINT32_MAX;  // what waited is of no record of this Step
constexpr Meaning kNeeded[] = {Meaning::kTime, Meaning::kWhole};

}  // namespace

struct Reader::Impl {
  const model::RoadNetwork& network;
  const catalog::Catalog& catalog;
  ReaderSpec spec;
  std::vector<Masking> maskings;  ///< by grant
  std::vector<ReadRefusal> refused;
  std::vector<std::vector<std::uint32_t>> of_dataset;  ///< usable grants
  bool plain = true;
  Generaliser generaliser;
  mutable std::vector<std::uint32_t> live;  ///< by dataset: its live grant's number plus 1

  Impl(const model::RoadNetwork& n, const catalog::Catalog& c, ReaderSpec s)
      : network(n), catalog(c), spec(std::move(s)), generaliser(n) {
    of_dataset.resize(c.contracts().size());
    live.resize(c.contracts().size());
  }

  Result<void> compile(std::uint32_t number);
  void update(EventTime now, model::SourceMask allowed, ReaderState& state) const;
  const Masking* masking(model::DatasetId dataset) const {
    if (dataset.value >= live.size() || live[dataset.value] == 0) return nullptr;
    return &maskings[live[dataset.value] - 1];
  }
  std::uint64_t name(model::DatasetId dataset, std::uint64_t subject, const Masking& m) const;

  // Each masks one observation in place; false: it is withheld.
  bool mask(model::LaneCount&, const Masking& m) const {
    return !m.drops(Meaning::kPlace) && !m.drops(Meaning::kValue);
  }
  bool mask(model::SpotSpeed&, const Masking& m) const {
    return !m.drops(Meaning::kPlace) && !m.drops(Meaning::kSpeed) && !m.drops(Meaning::kValue);
  }
  bool mask(model::QueueReport& q, const Masking& m) const {
    if (m.drops(Meaning::kSpeed)) q.mean_speed_mps = 0;
    return !m.drops(Meaning::kPlace) && !m.drops(Meaning::kValue);
  }
  bool mask(model::Measurement&, const Masking& m) const {
    return !m.drops(Meaning::kPlace) && !m.drops(Meaning::kValue);
  }
  bool mask(model::ProbePoint& p, const Masking& m) const;
  bool mask(model::PlateRead& p, const Masking& m) const;
  bool mask(model::VehiclePosition& v, const Masking& m) const;
  bool mask(model::EventReport& e, const Masking& m) const;

  template <class T>
  void take(const std::vector<T>& in, EventTime now, ReaderState& state, std::vector<T>& held,
            std::vector<T>& out, std::vector<std::uint64_t>& masked) const;
  template <class T>
  bool aggregate(const T& o, const Masking& m, ReaderState& state) const;
  template <class T>
  void release(EventTime now, std::vector<T>& held, std::vector<T>& out) const;
  void release_groups(EventTime now, ReaderState& state, model::ObservationBatch& out) const;
};

namespace {

std::int64_t floor_to(std::int64_t ms, std::int64_t width) {
  const std::int64_t rest = ((ms % width) + width) % width;
  return ms - rest;
}

// By whom and, where nobody is named, by where: an order that does not tell what came first.
auto order_of(const model::ProbePoint& p) {
  return std::tuple(p.source, p.pseudonym, p.at, p.road, p.to_stop_line_m, p.speed_mps);
}
auto order_of(const model::PlateRead& p) { return std::tuple(p.source, p.pseudonym, p.at, p.lane); }
auto order_of(const model::VehiclePosition& v) {
  return std::tuple(v.source, v.vehicle, v.at, v.road, v.at_m, v.speed_mps);
}
auto order_of(const model::EventReport& e) {
  return std::tuple(e.source, e.number, e.at, e.road, e.at_m);
}
auto order_of(const model::LaneCount& c) { return std::tuple(c.source, c.lane, c.at); }
auto order_of(const model::SpotSpeed& s) { return std::tuple(s.source, s.lane, s.at); }
auto order_of(const model::QueueReport& q) { return std::tuple(q.source, q.lane, q.at); }
auto order_of(const model::Measurement& m) {
  return std::tuple(m.source, m.place, m.at, m.quantity);
}

// What an aggregate needs of the things that move; 0 and nothing for what does not.
struct Moving {
  std::int64_t kind = 0;
  std::uint64_t subject = 0;
  model::RoadId road;
  float speed_mps = 0;
};
std::optional<Moving> moving(const model::ProbePoint& p) {
  return Moving{0, p.pseudonym, p.road, p.speed_mps};
}
std::optional<Moving> moving(const model::VehiclePosition& v) {
  if (v.state != model::VehiclePosition::State::kDriving || !v.road.valid()) return std::nullopt;
  return Moving{1 + static_cast<std::int64_t>(v.role), v.vehicle, v.road, v.speed_mps};
}
template <class T>
std::optional<Moving> moving(const T&) {
  return std::nullopt;
}

}  // namespace

Result<void> Reader::Impl::compile(std::uint32_t number) {
  const auto& grant = spec.grants[number];
  const auto& contract = catalog[grant.dataset];
  CITYBRAIN_ASSIGN(out, masking_of(grant, contract, spec.clearance));
  maskings.push_back(out);
  if (!grant.purpose.empty() && grant.purpose != spec.purpose) {
    refused.push_back(
        {grant.dataset, fmt::format("{} was granted {} for \"{}\", not for \"{}\"", spec.recipient,
                                    contract.dataset, grant.purpose, spec.purpose)});
    plain = false;
    return {};
  }
  for (const auto other : of_dataset[grant.dataset.value]) {
    const auto& o = spec.grants[other];
    if (o.until <= grant.from || grant.until <= o.from) continue;
    return Error{"CB-INPUT-MASK",
                 fmt::format("{} has two grants of {} at a time", spec.recipient, contract.dataset),
                 grant.masks.empty() ? contract.file : grant.masks.front().where,
                 "let one end before the other begins"};
  }
  of_dataset[grant.dataset.value].push_back(number);
  plain = plain && out.is_plain() && grant.from.ms == INT64_MIN && grant.until.ms == INT64_MAX;
  return {};
}

/// Which grant of each dataset is live now. What waited under another one is not seen any more: it
/// was masked for that one.
void Reader::Impl::update(EventTime now, model::SourceMask allowed, ReaderState& state) const {
  state.live.resize(of_dataset.size());
  for (std::uint32_t d = 0; d < of_dataset.size(); ++d) {
    live[d] = 0;
    if (allowed.has(model::DatasetId{d}))
      for (const auto g : of_dataset[d])
        if (spec.grants[g].from <= now && now < spec.grants[g].until) live[d] = g + 1;
    const std::uint64_t key = live[d] == 0 ? 0 : maskings[live[d] - 1].key;
    if (key == state.live[d]) continue;
    state.live[d] = key;
    state.held.each({}, [&](auto& kind, std::size_t) {
      std::erase_if(kind, [&](const auto& o) { return o.source.value == d; });
    });
    std::erase_if(state.groups, [&](const auto& g) { return g.first[1] == d; });
  }
}

std::uint64_t Reader::Impl::name(model::DatasetId dataset, std::uint64_t subject,
                                 const Masking& m) const {
  if (m.drops(Meaning::kSubject)) return 0;
  if (!m.pseudonym) return subject;
  const auto h = protection::hmac_sha256(
      spec.pseudonym_key, fmt::format("{}:{:016x}", catalog[dataset].dataset, subject));
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | h[static_cast<std::size_t>(i)];
  return out;
}

bool Reader::Impl::mask(model::ProbePoint& p, const Masking& m) const {
  if (m.drops(Meaning::kPlace) || m.drops(Meaning::kSpeed)) return false;
  p.pseudonym = name(p.source, p.pseudonym, m);
  if (m.scale != PlaceScale::kExact) {
    const auto length = network[p.road].length_m;
    p.road =
        generaliser.road(p.road, length - static_cast<double>(p.to_stop_line_m), m.scale, m.cell_m);
    p.to_stop_line_m = static_cast<float>(network[p.road].length_m / 2);
  }
  if (m.drops(Meaning::kRoute) || m.scale > PlaceScale::kRoad) p.next_road = {};
  return true;
}

bool Reader::Impl::mask(model::PlateRead& p, const Masking& m) const {
  if (m.drops(Meaning::kPlace)) return false;
  p.pseudonym = name(p.source, p.pseudonym, m);
  if (m.scale != PlaceScale::kExact) {
    const auto from = network[p.lane].road;
    const auto to = generaliser.road(from, network[from].length_m, m.scale, m.cell_m);
    p.lane = network[to].first_lane;
  }
  return true;
}

bool Reader::Impl::mask(model::VehiclePosition& v, const Masking& m) const {
  using Vehicle = model::VehiclePosition;
  v.vehicle = name(v.source, v.vehicle, m);
  if (m.drops(Meaning::kPlace)) {
    v.road = {};
    v.at_m = 0;
  } else if (m.scale != PlaceScale::kExact && v.road.valid()) {
    v.road = generaliser.road(v.road, static_cast<double>(v.at_m), m.scale, m.cell_m);
    v.at_m = static_cast<float>(network[v.road].length_m / 2);
  }
  if (m.drops(Meaning::kRoute) || m.drops(Meaning::kPlace) || m.scale != PlaceScale::kExact)
    v.next_place = Vehicle::kNone;
  if (m.drops(Meaning::kRoute)) v.task = Vehicle::kNone;
  if (m.drops(Meaning::kLine)) v.line = Vehicle::kNone;
  if (m.drops(Meaning::kDelay)) v.delay_s = 0;
  if (m.drops(Meaning::kSpeed)) {  // a speed of nothing is no standstill
    v.speed_mps = 0;
    if (v.state == Vehicle::State::kDriving) v.state = Vehicle::State::kUnknown;
  }
  if (m.drops(Meaning::kState)) {
    v.state = Vehicle::State::kUnknown;
    v.siren = false;
  }
  return true;
}

bool Reader::Impl::mask(model::EventReport& e, const Masking& m) const {
  if (m.drops(Meaning::kKind)) return false;
  e.number = name(e.source, e.number, m);
  if (m.drops(Meaning::kPlace)) {
    e.road = {};
    e.at_m = 0;
    e.located = false;
  } else if (m.scale != PlaceScale::kExact && e.road.valid()) {
    e.road = generaliser.road(e.road, static_cast<double>(e.at_m), m.scale, m.cell_m);
    e.at_m = static_cast<float>(network[e.road].length_m / 2);
    e.located = false;
  }
  if (m.drops(Meaning::kSeverity)) e.severity = 4;
  return true;
}

/// True when the observation is one of a group's now, or of none: nobody sees it by itself.
template <class T>
bool Reader::Impl::aggregate(const T& o, const Masking& m, ReaderState& state) const {
  if (m.group == 0) return false;
  const auto it = moving(o);
  if (!it || m.drops(Meaning::kPlace) || m.drops(Meaning::kSpeed)) return true;
  auto where = it->road;
  if constexpr (std::is_same_v<T, model::ProbePoint>)
    where = generaliser.road(it->road,
                             network[it->road].length_m - static_cast<double>(o.to_stop_line_m),
                             std::max(m.scale, PlaceScale::kRoad), m.cell_m);
  if constexpr (std::is_same_v<T, model::VehiclePosition>)
    where = generaliser.road(it->road, static_cast<double>(o.at_m),
                             std::max(m.scale, PlaceScale::kRoad), m.cell_m);
  const std::int64_t width = std::max(m.window_ms, m.time_ms);
  const std::int64_t end = floor_to(o.at.ms, width) + width;
  auto& group = state.groups[{end, o.source.value, it->kind, where.value}];
  const auto at = std::lower_bound(group.subjects.begin(), group.subjects.end(), it->subject);
  if (at == group.subjects.end() || *at != it->subject) group.subjects.insert(at, it->subject);
  group.speed_sum += static_cast<double>(it->speed_mps);
  ++group.observations;
  return true;
}

template <class T>
void Reader::Impl::take(const std::vector<T>& in, EventTime now, ReaderState& state,
                        std::vector<T>& held, std::vector<T>& out,
                        std::vector<std::uint64_t>& masked) const {
  for (const auto& o : in) {
    const auto* m = masking(o.source);
    if (m == nullptr) continue;
    if (!m->is_plain()) ++masked[live[o.source.value] - 1];
    if (std::any_of(std::begin(kNeeded), std::end(kNeeded),
                    [&](Meaning needed) { return m->drops(needed); }))
      continue;
    if (aggregate(o, *m, state)) continue;
    T seen = o;
    if (!mask(seen, *m)) continue;
    if (m->time_ms > 0) seen.at.ms = floor_to(o.at.ms, m->time_ms);
    (m->time_ms > 0 && seen.at.ms + m->time_ms > now.ms ? held : out).push_back(seen);
  }
}

template <class T>
void Reader::Impl::release(EventTime now, std::vector<T>& held, std::vector<T>& out) const {
  const auto waits = [&](const T& o) {
    const auto* m = masking(o.source);
    return m != nullptr && o.at.ms + m->time_ms > now.ms;
  };
  const auto due = std::stable_partition(held.begin(), held.end(), waits);
  std::stable_sort(due, held.end(),
                   [](const T& a, const T& b) { return order_of(a) < order_of(b); });
  if constexpr (requires(T o) { o.record; })
    std::for_each(due, held.end(), [](T& o) { o.record = kNoRecord; });
  out.insert(out.end(), due, held.end());
  held.erase(due, held.end());
}

/// Means of the windows that are over, and over for late records too.
void Reader::Impl::release_groups(EventTime now, ReaderState& state,
                                  model::ObservationBatch& out) const {
  for (auto it = state.groups.begin(); it != state.groups.end();) {
    const auto& [end, dataset, kind, road] = it->first;
    const model::DatasetId source{static_cast<std::uint32_t>(dataset)};
    const auto* m = masking(source);
    const auto width = m == nullptr ? 0 : std::max(m->window_ms, m->time_ms);
    const auto late =
        std::min(width, static_cast<std::int64_t>(catalog[source].maximum_delay_s * 1000));
    if (end + late > now.ms) {
      ++it;
      continue;
    }
    const auto& group = it->second;
    if (m != nullptr && group.subjects.size() >= m->group) {
      const auto mean =
          static_cast<float>(group.speed_sum / static_cast<double>(group.observations));
      const model::RoadId where{static_cast<std::uint32_t>(road)};
      const auto middle = static_cast<float>(network[where].length_m / 2);
      if (kind == 0) {
        out.probes.push_back({0, where, {}, EventTime{end}, source, middle, mean, kNoRecord});
      } else {
        model::VehiclePosition v;
        v.role = static_cast<model::FleetRole>(kind - 1);
        v.state = model::VehiclePosition::State::kDriving;
        v.at = EventTime{end};
        v.source = source;
        v.road = where;
        v.at_m = middle;
        v.speed_mps = mean;
        v.record = kNoRecord;
        out.vehicles.push_back(v);
      }
    }
    it = state.groups.erase(it);
  }
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
std::span<const ReadRefusal> Reader::refused() const { return impl_->refused; }
const ReaderSpec& Reader::spec() const { return impl_->spec; }
bool Reader::is_plain() const { return impl_->plain; }

Result<Reader> Reader::make(const model::RoadNetwork& network, const catalog::Catalog& catalog,
                            ReaderSpec spec) {
  auto impl = std::make_unique<Impl>(network, catalog, std::move(spec));
  for (std::uint32_t g = 0; g < impl->spec.grants.size(); ++g) {
    CITYBRAIN_CHECK(impl->spec.grants[g].dataset.value < catalog.contracts().size());
    CITYBRAIN_TRY(impl->compile(g));
  }
  return Reader(std::move(impl));
}

void Reader::see(std::span<const model::ObservationBatch* const> batches, EventTime now,
                 model::SourceMask allowed, ReaderState& state, Sight& out) const {
  CITYBRAIN_CHECK(!batches.empty());
  const auto& m = *impl_;
  out.batches.resize(batches.size());
  for (auto& batch : out.batches) batch.clear();
  out.masked.assign(m.spec.grants.size(), 0);
  m.update(now, allowed, state);
  auto& held = state.held;
  auto& first = out.batches.front();
  const auto all = [&](const auto& use) {
    use(&model::ObservationBatch::counts);
    use(&model::ObservationBatch::speeds);
    use(&model::ObservationBatch::queues);
    use(&model::ObservationBatch::probes);
    use(&model::ObservationBatch::plates);
    use(&model::ObservationBatch::vehicles);
    use(&model::ObservationBatch::events);
    use(&model::ObservationBatch::measurements);
  };
  all([&](auto kind) { m.release(now, held.*kind, first.*kind); });
  for (std::size_t b = 0; b < batches.size(); ++b)
    all([&](auto kind) {
      m.take(batches[b]->*kind, now, state, held.*kind, out.batches[b].*kind, out.masked);
    });
  m.release_groups(now, state, first);
}

}  // namespace citybrain::access
