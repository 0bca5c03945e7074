#include "hub/access/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/access/decode_parts.h"
#include "hub/catalog/time_format.h"
#include "schemas/schemas.h"

namespace citybrain::access {

using model::EventTime;

namespace {

constexpr double kOffRoad_m =
    60;  ///< a position farther from its link than this is of another place
constexpr std::size_t kMostNumber = 4096;

/// "CAB-0007/3" -> {"CAB-0007", 3}; a name without a number has number 0.
std::pair<std::string, std::uint32_t> split_own(const std::string& own) {
  const auto slash = own.rfind('/');
  if (slash == std::string::npos || slash + 1 == own.size() || own.size() - slash > 6)
    return {own, 0};
  std::uint32_t n = 0;
  for (std::size_t i = slash + 1; i < own.size(); ++i) {
    if (own[i] < '0' || own[i] > '9') return {own, 0};
    n = n * 10 + static_cast<std::uint32_t>(own[i] - '0');
  }
  return {own.substr(0, slash), n};
}

}  // namespace

const std::vector<Target>* device(const Tables& tables, const std::string& scheme,
                                  const std::string& own) {
  const auto s = tables.crosswalk.find(scheme);
  if (s == tables.crosswalk.end()) return nullptr;
  const auto d = s->second.find(own);
  return d == s->second.end() ? nullptr : &d->second;
}

std::optional<std::uint32_t> fleet_number(const Tables& tables, const std::string& scheme,
                                          const std::string& own) {
  const auto s = tables.fleets.find(scheme);
  if (s == tables.fleets.end()) return std::nullopt;
  const auto v = s->second.find(own);
  return v == s->second.end() ? std::nullopt : std::optional(v->second);
}

namespace {

constexpr std::int64_t kEndOf9999_ms = 253'402'300'799'999;

}  // namespace

std::optional<EventTime> clock_text(const catalog::Contract& contract, std::string_view field,
                                    std::string_view text) {
  const auto* rule = contract.field(field);
  if (rule == nullptr) return std::nullopt;
  const auto local = catalog::local_ms(text, rule->format);
  return local ? std::optional(EventTime{contract.time_zone.utc_ms(*local)}) : std::nullopt;
}

std::optional<EventTime> clock_number(const catalog::Contract& contract, std::string_view field,
                                      std::int64_t value) {
  const auto ms = instant_ms(contract, field, value);
  return ms ? std::optional(EventTime{contract.time_zone.utc_ms(*ms)}) : std::nullopt;
}

std::optional<std::int64_t> instant_ms(const catalog::Contract& contract, std::string_view field,
                                       std::int64_t value) {
  const auto* rule = contract.field(field);
  if (rule == nullptr || value < 0) return std::nullopt;
  const double ms = std::floor(static_cast<double>(value) * rule->to_unified * 1000 + 0.5);
  if (!(ms <= static_cast<double>(kEndOf9999_ms))) return std::nullopt;
  return static_cast<std::int64_t>(ms);
}

Decoded Decoder::detectors(const catalog::Contract& contract, const Incoming& record,
                           const Tables& tables, model::ObservationBatch& out) {
  auto& m = detectors_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a DetectorReport");
  if (m.detector_size() != m.pulses_size() || m.detector_size() != m.presence_size())
    return rejected(Fault::kDecode,
                    fmt::format("columns of {}, {} and {} entries", m.detector_size(),
                                m.pulses_size(), m.presence_size()));
  const auto event = clock_text(contract, "local_time", m.local_time());
  if (!event)
    return rejected(Fault::kTime, fmt::format("local_time \"{}\"", m.local_time().substr(0, 40)));
  const auto* targets = device(tables, contract.scheme_of("cabinet"), m.cabinet());
  if (targets == nullptr)
    return rejected(Fault::kUnknownId, fmt::format("cabinet \"{}\"", m.cabinet().substr(0, 40)));
  const Range pulses(contract, "pulses");
  const std::size_t before = out.counts.size();
  for (int i = 0; i < m.detector_size(); ++i) {
    const auto n = m.detector(i);
    const bool known = n < targets->size() && (*targets)[n].lane.valid();
    if (!known || !pulses.holds(m.pulses(i))) {
      out.counts.resize(before);
      return known ? rejected(Fault::kRange, fmt::format("pulses {}", m.pulses(i)))
                   : rejected(Fault::kUnknownId, fmt::format("detector {}", n));
    }
    out.counts.push_back({(*targets)[n].lane, *event, contract.id,
                          static_cast<std::uint16_t>(m.pulses(i)), m.presence(i)});
  }
  return {{}, *event, static_cast<std::uint64_t>(m.detector_size())};
}

Decoded Decoder::video(const catalog::Contract& contract, const Incoming& record,
                       const Tables& tables, model::ObservationBatch& out) {
  auto& m = video_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a VideoReport");
  const auto local = clock_number(contract, "local_ms", m.local_ms());
  if (!local) return rejected(Fault::kTime, fmt::format("local_ms {}", m.local_ms()));
  const EventTime event = *local;
  const auto* targets = device(tables, contract.scheme_of("camera"), m.camera());
  if (targets == nullptr)
    return rejected(Fault::kUnknownId, fmt::format("camera \"{}\"", m.camera().substr(0, 40)));
  const Range count(contract, "queue_count"), length(contract, "queue_length_dm"),
      speed(contract, "speed_kmh_x10"), moving(contract, "moving");
  const std::size_t before = out.queues.size();
  const auto undo = [&](Fault fault, std::string detail) {
    out.queues.resize(before);
    return rejected(fault, std::move(detail));
  };
  for (const auto& lane : m.lanes()) {
    if (lane.lane_no() >= targets->size() || !(*targets)[lane.lane_no()].lane.valid())
      return undo(Fault::kUnknownId, fmt::format("lane_no {}", lane.lane_no()));
    if (!count.holds(lane.queue_count()))
      return undo(Fault::kRange, fmt::format("queue_count {}", lane.queue_count()));
    if (!length.holds(lane.queue_length_dm()))
      return undo(Fault::kRange, fmt::format("queue_length_dm {}", lane.queue_length_dm()));
    if (!speed.holds(lane.speed_kmh_x10()))
      return undo(Fault::kRange, fmt::format("speed_kmh_x10 {}", lane.speed_kmh_x10()));
    const auto& target = (*targets)[lane.lane_no()];
    model::QueueReport q;
    q.lane = target.lane;
    q.at = event;
    q.source = contract.id;
    q.reach_m = target.reach_m;
    q.queued = static_cast<std::uint16_t>(lane.queue_count());
    q.queue_end_m = static_cast<float>(length.unified(lane.queue_length_dm()));
    q.mean_speed_mps = static_cast<float>(speed.unified(lane.speed_kmh_x10()));
    for (int z = 0; z < std::min<int>(lane.moving_size(), model::QueueReport::kZones); ++z) {
      if (!moving.holds(lane.moving(z)))
        return undo(Fault::kRange, fmt::format("moving {}", lane.moving(z)));
      q.moving[static_cast<std::size_t>(z)] =
          static_cast<std::uint8_t>(std::min<std::uint32_t>(255, lane.moving(z)));
    }
    out.queues.push_back(q);
  }
  return {{}, event, static_cast<std::uint64_t>(m.lanes_size())};
}

Decoded Decoder::probes(const catalog::Contract& contract, const Incoming& record,
                        const Tables& tables, model::ObservationBatch& out) {
  auto& m = probes_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a ProbeBatch");
  const int n = m.device_size();
  if (m.link_size() != n || m.lon_e6_size() != n || m.lat_e6_size() != n ||
      m.speed_kmh_x10_size() != n || m.next_link_size() != n)
    return rejected(Fault::kDecode, "columns of different length");
  const auto at = instant_ms(contract, "unix_s", m.unix_s());
  if (!at) return rejected(Fault::kTime, fmt::format("unix_s {}", m.unix_s()));
  const EventTime event{*at};
  const Range speed(contract, "speed_kmh_x10"), lon(contract, "lon_e6"), lat(contract, "lat_e6");
  const std::size_t before = out.probes.size();
  const auto known = tables.links.find(contract.scheme_of("link"));
  const auto road_of = [&](std::uint32_t link) {
    if (known == tables.links.end()) return model::RoadId{};
    const auto it = known->second.find(link);
    return it == known->second.end() ? model::RoadId{} : it->second;
  };
  for (int i = 0; i < n; ++i) {
    if (!speed.holds(m.speed_kmh_x10(i)) || !lon.holds(m.lon_e6(i)) || !lat.holds(m.lat_e6(i))) {
      out.probes.resize(before);
      return rejected(Fault::kRange, fmt::format("row {}", i));
    }
    const auto road = road_of(m.link(i));
    if (!road.valid())
      continue;  // a link that no table and no geometry explains: this position only
    const auto on =
        places_.project(road, {lon.unified(m.lon_e6(i)), lat.unified(m.lat_e6(i))}, contract.crs);
    if (on.aside_m > kOffRoad_m) continue;
    model::ProbePoint p;
    p.pseudonym = m.device(i);
    p.road = road;
    if (m.next_link(i) != 0) p.next_road = road_of(m.next_link(i));
    p.at = event;
    p.source = contract.id;
    p.to_stop_line_m = static_cast<float>(std::max(0.0, network_[road].length_m - on.from_start_m));
    p.speed_mps = static_cast<float>(speed.unified(m.speed_kmh_x10(i)));
    out.probes.push_back(p);
  }
  return {{}, event, static_cast<std::uint64_t>(n)};
}

Decoded Decoder::crosswalk(const catalog::Contract& contract, const Incoming& record,
                           Tables& tables) {
  auto& m = crosswalk_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not an IdCrosswalk");
  if (m.scheme() != contract.id_scheme)
    return rejected(Fault::kUnknownId, fmt::format("scheme \"{}\", the contract says {}",
                                                   m.scheme().substr(0, 60), contract.id_scheme));
  for (const auto& e : m.entries()) {
    const auto road = network_.find_road(e.road());
    if (!road.valid() || e.lane() >= network_[road].lanes)
      return rejected(Fault::kUnknownId,
                      fmt::format("lane {} of road \"{}\"", e.lane(), e.road().substr(0, 60)));
    if (!e.place().empty() && !place_by_name_.contains(e.place()))
      return rejected(Fault::kUnknownId, fmt::format("place \"{}\"", e.place().substr(0, 60)));
  }
  const Range reach(contract, "entries.reach_m");
  auto& devices = tables.crosswalk[m.scheme()];
  for (const auto& e : m.entries()) {
    const auto [own, number] = split_own(e.own());
    if (number >= kMostNumber) continue;
    const auto road = network_.find_road(e.road());
    auto& targets = devices[own];
    if (targets.size() <= number) targets.resize(number + 1);
    targets[number] = {network_.find_junction(e.junction()), network_.lane(road, e.lane()), road,
                       static_cast<float>(reach.unified(e.reach_m()))};
    if (const auto at = place_by_name_.find(e.place()); at != place_by_name_.end())
      targets[number].place = at->second;
  }
  return {{}, record.publish_time, static_cast<std::uint64_t>(m.entries_size())};
}

Decoded Decoder::links(const catalog::Contract& contract, const Incoming& record, Tables& tables) {
  auto& m = links_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a LinkTable");
  const int n = m.link_size();
  if (m.from_lon_e6_size() != n || m.from_lat_e6_size() != n || m.to_lon_e6_size() != n ||
      m.to_lat_e6_size() != n || m.unified_road_size() != n)
    return rejected(Fault::kDecode, "columns of different length");
  const Range from_lon(contract, "from_lon_e6"), from_lat(contract, "from_lat_e6"),
      to_lon(contract, "to_lon_e6"), to_lat(contract, "to_lat_e6");
  auto& links = tables.links[contract.id_scheme];
  for (int i = 0; i < n; ++i) {
    auto road = network_.find_road(m.unified_road(i));
    if (!road.valid()) {  // never registered: by its place
      const auto found = places_.match(
          {from_lon.unified(m.from_lon_e6(i)), from_lat.unified(m.from_lat_e6(i))},
          {to_lon.unified(m.to_lon_e6(i)), to_lat.unified(m.to_lat_e6(i))}, contract.crs);
      if (found) road = *found;
    }
    if (road.valid()) links[m.link(i)] = road;
  }
  return {{}, record.publish_time, static_cast<std::uint64_t>(n)};
}

Decoded Decoder::decode(const catalog::Contract& contract, const Incoming& record, Tables& tables,
                        model::ObservationBatch& out) {
  using namespace schemas;
  const SchemaRef schema{record.schema_id, record.schema_index};
  const auto is = [&](SchemaRef ref, const char* message) {
    return schema == ref && contract.message == message;
  };
  if (is(kDetectorReport, "traffic_police.v1.DetectorReport"))
    return detectors(contract, record, tables, out);
  if (is(kVideoReport, "traffic_police.v1.VideoReport"))
    return video(contract, record, tables, out);
  if (is(kPlateReport, "traffic_police.v1.PlateReport"))
    return plates(contract, record, tables, out);
  if (is(kProbeBatch, "navigation.v1.ProbeBatch")) return probes(contract, record, tables, out);
  if (is(kBusReport, "transport.v1.BusReport")) return bus(contract, record, tables, out);
  if (is(kPositionReport, "transport.v1.PositionReport")) return taxi(contract, record, out);
  if (is(kAmbulanceReport, "emergency_medical.v1.AmbulanceReport"))
    return ambulance(contract, record, tables, out);
  if (is(kEmergencyCall, "emergency_medical.v1.EmergencyCall"))
    return emergency_call(contract, record, out);
  if (is(kCitizenReport, "citizen_hotline.v1.CitizenReport"))
    return citizen_report(contract, record, out);
  if (is(kLotReport, "parking.v1.LotReport")) return lot(contract, record, tables, out);
  if (is(kIdCrosswalk, "citybrain.v1.IdCrosswalk")) return crosswalk(contract, record, tables);
  if (is(kFleetTable, "citybrain.v1.FleetTable")) return fleet_table(contract, record, tables);
  if (is(kLinkTable, "navigation.v1.LinkTable")) return links(contract, record, tables);
  return rejected(Fault::kSchema, fmt::format("schema {}/{}, the contract says {}", schema.id,
                                              schema.index, contract.message));
}

}  // namespace citybrain::access
