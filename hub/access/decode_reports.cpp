// Plates, car parks, and calls by citizens.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

#include "hub/access/decode_parts.h"

namespace citybrain::access {

using model::EventReport;
using model::Measurement;

namespace {

std::uint64_t hash(const std::string& text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace

Decoded Decoder::plates(const catalog::Contract& contract, const Incoming& record,
                        const Tables& tables, model::ObservationBatch& out) {
  auto& m = plates_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a PlateReport");
  if (m.lane_no_size() != m.plate_size())
    return rejected(Fault::kDecode,
                    fmt::format("columns of {} and {} entries", m.lane_no_size(), m.plate_size()));
  const auto event = clock_number(contract, "local_ms", m.local_ms());
  if (!event) return rejected(Fault::kTime, fmt::format("local_ms {}", m.local_ms()));
  const auto* targets = device(tables, contract.scheme_of("camera"), m.camera());
  if (targets == nullptr)
    return rejected(Fault::kUnknownId, fmt::format("camera \"{}\"", m.camera().substr(0, 40)));
  for (const auto n : m.lane_no())
    if (n >= targets->size() || !(*targets)[n].lane.valid())
      return rejected(Fault::kUnknownId, fmt::format("lane_no {}", n));
  for (int i = 0; i < m.lane_no_size(); ++i)
    out.plates.push_back({(*targets)[m.lane_no(i)].lane, *event, contract.id, m.plate(i)});
  return {{}, *event, static_cast<std::uint64_t>(m.plate_size())};
}

Decoded Decoder::lot(const catalog::Contract& contract, const Incoming& record,
                     const Tables& tables, model::ObservationBatch& out) {
  auto& m = lot_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a LotReport");
  const auto event = clock_text(contract, "report_time", m.report_time());
  if (!event)
    return rejected(Fault::kTime, fmt::format("report_time \"{}\"", m.report_time().substr(0, 40)));
  const auto* target = device(tables, contract.scheme_of("lot_code"), m.lot_code());
  if (target == nullptr || target->empty() || target->front().place >= network_.places.size())
    return rejected(Fault::kUnknownId, fmt::format("lot_code \"{}\"", m.lot_code().substr(0, 40)));
  if (m.free_berths() > m.total_berths())
    return rejected(Fault::kRange, fmt::format("free_berths {} of total_berths {}", m.free_berths(),
                                               m.total_berths()));
  const std::pair<Range, std::uint32_t> values[] = {{{contract, "free_berths"}, m.free_berths()},
                                                    {{contract, "total_berths"}, m.total_berths()},
                                                    {{contract, "entries"}, m.entries()},
                                                    {{contract, "exits"}, m.exits()}};
  for (const auto& [range, value] : values)
    if (!range.holds(value))
      return rejected(Fault::kRange, fmt::format("{} {}", range.name, value));
  constexpr Measurement::Quantity kQuantities[] = {
      Measurement::Quantity::kFreePlaces, Measurement::Quantity::kCapacity,
      Measurement::Quantity::kEntries, Measurement::Quantity::kExits};
  for (std::size_t i = 0; i < std::size(values); ++i)
    out.measurements.push_back({target->front().place, kQuantities[i], *event, contract.id,
                                static_cast<float>(values[i].second)});
  return {{}, *event, std::size(values)};
}

/// By coordinates, else by the caller's words ("road_1_2_0, 120 m"). False when neither leads to a
/// road.
bool Decoder::find_place(const catalog::Contract& contract, const std::string& words,
                         const model::GeoPoint& at, EventReport& out) const {
  if (out.located) {
    if (const auto found = places_.nearest(at, contract.crs)) {
      out.road = found->road;
      out.at_m = static_cast<float>(found->from_start_m);
      return true;
    }
  }
  const auto comma = words.find(", ");
  out.road = network_.find_road(std::string_view(words).substr(0, comma));
  if (!out.road.valid()) return false;
  out.located = false;
  const double length_m = network_[out.road].length_m;
  std::uint32_t metres = 0;
  const char* end = words.data() + words.size();
  if (comma != words.npos &&
      std::from_chars(words.data() + comma + 2, end, metres).ec == std::errc())
    out.at_m = static_cast<float>(std::min<double>(metres, length_m));
  else
    out.at_m = static_cast<float>(length_m / 2);
  return true;
}

Decoded Decoder::emergency_call(const catalog::Contract& contract, const Incoming& record,
                                model::ObservationBatch& out) {
  auto& m = call_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not an EmergencyCall");
  const auto event = clock_number(contract, "local_ms", m.local_ms());
  if (!event) return rejected(Fault::kTime, fmt::format("local_ms {}", m.local_ms()));
  if (!Range(contract, "triage").holds(m.triage()))
    return rejected(Fault::kRange, fmt::format("triage {}", m.triage()));
  const Range lon(contract, "lon_e5"), lat(contract, "lat_e5");
  if (!lon.holds(m.lon_e5()) || !lat.holds(m.lat_e5()))
    return rejected(Fault::kRange, fmt::format("place {} {}", m.lon_e5(), m.lat_e5()));
  EventReport e{hash(m.call_no()),
                EventReport::Kind::kMedical,
                static_cast<std::uint8_t>(m.triage()),
                m.located(),
                *event,
                contract.id,
                {},
                0};
  if (!find_place(contract, m.address(), {lon.unified(m.lon_e5()), lat.unified(m.lat_e5())}, e))
    return rejected(Fault::kUnknownId, fmt::format("address \"{}\"", m.address().substr(0, 60)));
  out.events.push_back(e);
  return {{}, *event, 1};
}

Decoded Decoder::citizen_report(const catalog::Contract& contract, const Incoming& record,
                                model::ObservationBatch& out) {
  auto& m = sheet_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a CitizenReport");
  const auto event = clock_number(contract, "local_ms", m.local_ms());
  if (!event) return rejected(Fault::kTime, fmt::format("local_ms {}", m.local_ms()));
  EventReport e{hash(m.sheet_no()),
                EventReport::Kind::kIncident,
                static_cast<std::uint8_t>(m.urgency() & 0xFFU),
                m.located(),
                *event,
                contract.id,
                {},
                0};
  if (m.category() == 203) {
    e.kind = EventReport::Kind::kFlood;
  } else if (m.category() == 305) {
    e.kind = EventReport::Kind::kParking;
  } else if (m.category() != 101) {
    return rejected(Fault::kRange, fmt::format("category {}", m.category()));
  }
  if (!Range(contract, "urgency").holds(m.urgency()))
    return rejected(Fault::kRange, fmt::format("urgency {}", m.urgency()));
  const Range lon(contract, "lon_e6"), lat(contract, "lat_e6");
  if (!lon.holds(m.lon_e6()) || !lat.holds(m.lat_e6()))
    return rejected(Fault::kRange, fmt::format("place {} {}", m.lon_e6(), m.lat_e6()));
  if (!find_place(contract, m.place(), {lon.unified(m.lon_e6()), lat.unified(m.lat_e6())}, e))
    return rejected(Fault::kUnknownId, fmt::format("place \"{}\"", m.place().substr(0, 60)));
  out.events.push_back(e);
  return {{}, *event, 1};
}

}  // namespace citybrain::access
