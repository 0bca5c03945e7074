#include "connectors/remote_city/port_records.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::remote_city {

using city_port::DispatchActuation;
using city_port::GuidanceActuation;
using city_port::SignalActuation;
using model::Error;
using model::Result;
using model::RoadId;

namespace {

Error unknown(const char* what) {
  return {"CB-PORT-RECORD", fmt::format("an actuation names {}", what),
          schemas::topic::kPortActuations, ""};
}

Result<city_port::Actuation> read_guidance(const v1::PortActuations::Guidance& g,
                                           const model::RoadNetwork& network) {
  if (g.kind() > static_cast<std::uint32_t>(GuidanceActuation::Kind::kLotFull))
    return unknown("no kind of guidance that there is");
  if (g.road() > network.roads.size()) return unknown("a road that is not in the network");
  GuidanceActuation out;
  out.kind = static_cast<GuidanceActuation::Kind>(g.kind());
  out.road = RoadId{unshifted(g.road())};
  out.place = g.place();
  out.delay_s = g.delay_s();
  out.from = {g.from_ms()};
  out.until = {g.until_ms()};
  out.share = g.share();
  return city_port::Actuation(out);
}

Result<city_port::Actuation> read_order(const v1::PortActuations::Dispatch& d,
                                        const model::RoadNetwork& network) {
  if (d.role() > static_cast<std::uint32_t>(city_port::Role::kPolice))
    return unknown("no kind of vehicle that there is");
  DispatchActuation out;
  out.role = static_cast<city_port::Role>(d.role());
  out.unit = d.unit();
  out.call = d.call();
  out.hospital = unshifted(d.hospital());
  for (const auto road : d.route()) {
    if (road >= network.roads.size()) return unknown("a road that is not in the network");
    out.route.push_back(RoadId{road});
  }
  return city_port::Actuation(std::move(out));
}

}  // namespace

Error damaged(std::string_view topic, network::Position position, std::string_view what) {
  return {"CB-PORT-RECORD",
          fmt::format("a record between a city and its departments is damaged: {}", what),
          fmt::format("{}/0 at {}", topic, position), ""};
}

void write(const city_port::Actuation& actuation, v1::PortActuations::Actuation& out) {
  if (const auto* s = std::get_if<SignalActuation>(&actuation)) {
    out.mutable_signal()->set_junction(s->junction.value);
    out.mutable_signal()->set_greens(s->greens);
    out.mutable_signal()->set_yellows(s->yellows);
  } else if (const auto* g = std::get_if<GuidanceActuation>(&actuation)) {
    auto* to = out.mutable_guidance();
    to->set_kind(static_cast<std::uint32_t>(g->kind));
    to->set_road(shifted(g->road.value));
    to->set_place(g->place);
    to->set_delay_s(g->delay_s);
    to->set_from_ms(g->from.ms);
    to->set_until_ms(g->until.ms);
    to->set_share(g->share);
  } else {
    const auto& d = std::get<DispatchActuation>(actuation);
    auto* to = out.mutable_dispatch();
    to->set_role(static_cast<std::uint32_t>(d.role));
    to->set_unit(d.unit);
    to->set_call(d.call);
    to->set_hospital(shifted(d.hospital));
    for (const auto road : d.route) to->add_route(road.value);
  }
}

Result<city_port::Actuation> read(const v1::PortActuations::Actuation& actuation,
                                  const model::RoadNetwork& network) {
  if (actuation.has_guidance()) return read_guidance(actuation.guidance(), network);
  if (actuation.has_dispatch()) return read_order(actuation.dispatch(), network);
  if (!actuation.has_signal()) return unknown("nothing that could be moved");
  const auto& s = actuation.signal();
  return city_port::Actuation(
      SignalActuation{model::JunctionId{s.junction()}, s.greens(), s.yellows()});
}

void write(const Result<void>& outcome, v1::PortReplies::Outcome& out) {
  if (outcome) return;
  out.set_code(outcome.error().code);
  out.set_what(outcome.error().what);
  out.set_where(outcome.error().where);
  out.set_mend(outcome.error().mend);
}

Result<void> read(const v1::PortReplies::Outcome& outcome) {
  if (outcome.code().empty()) return {};
  return Error{outcome.code(), outcome.what(), outcome.where(), outcome.mend()};
}

}  // namespace citybrain::remote_city
