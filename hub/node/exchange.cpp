#include "hub/node/exchange.h"

#include "citybrain/v1/hub.pb.h"
#include "hub/network/framing.h"
#include "hub/network/patience.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::Result;
using model::Step;

std::string encode(const Exchange& e) {
  v1::HubExchange m;
  m.set_district(e.district.value);
  m.set_step(e.step);
  for (const auto& range : e.because) {
    auto* r = m.add_read();
    r->set_dataset(range.topic);
    r->set_partition(range.partition);
    r->set_from(range.from);
    r->set_to(range.to);
  }
  for (const auto& view : e.views) {
    auto* v = m.add_views();
    v->set_clients_met(view.tally.clients_met);
    v->set_vehicles_counted(view.tally.vehicles_counted);
    v->mutable_entry_queues()->Add(view.entries.begin(), view.entries.end());
  }
  model::Writer w;
  w(e.observations);
  m.set_observations(w.take());
  return m.SerializeAsString();
}

std::optional<Exchange> decode_exchange(std::string_view bytes, const model::Districts& districts,
                                        std::size_t views) {
  v1::HubExchange m;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      m.district() >= districts.size() || m.step() < 0 || m.views_size() != static_cast<int>(views))
    return {};
  Exchange e;
  e.district = model::DistrictId{m.district()};
  e.step = static_cast<Step>(m.step());
  for (const auto& r : m.read())
    e.because.push_back({r.dataset(), r.partition(), r.from(), r.to()});
  for (const auto& v : m.views()) {
    if (static_cast<std::size_t>(v.entry_queues_size()) != districts[e.district].entries.size())
      return {};
    e.views.push_back({{v.clients_met(), v.vehicles_counted()},
                       {v.entry_queues().begin(), v.entry_queues().end()}});
  }
  model::Reader r(m.observations());
  r(e.observations);
  if (!r.complete() || !fits(e.observations, districts)) return {};
  return e;
}

bool fits(const model::ObservationBatch& b, const model::Districts& districts) {
  const auto lane = [&](const auto& o) { return o.lane.value < districts.of_lane.size(); };
  const auto road = [&](model::RoadId id) { return id.value < districts.of_road.size(); };
  for (const auto& c : b.counts)
    if (!lane(c)) return false;
  for (const auto& q : b.queues)
    if (!lane(q)) return false;
  for (const auto& p : b.probes)
    if (!road(p.road) || (p.next_road.valid() && !road(p.next_road))) return false;
  for (const auto& v : b.vehicles)
    if (v.road.valid() && !road(v.road)) return false;
  for (const auto& e : b.events)
    if (e.road.valid() && !road(e.road)) return false;
  return true;
}

Result<ExchangeReader> ExchangeReader::open(network::Log& log, const model::Districts& districts,
                                            std::size_t views, model::DistrictId district,
                                            model::EventTime from) {
  CITYBRAIN_ASSIGN(first, log.position_at(schemas::topic::kExchange, district.value, from));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kExchange, district.value, first));
  return ExchangeReader(std::move(cursor), districts, views, district);
}

Result<const Exchange*> ExchangeReader::find(Step step) {
  while (!last_ || last_->step < step) {
    if (step == 0) {  // before the first step nothing was passed on
      last_.emplace();
      last_->district = district_;
      last_->views.resize(views_);
      for (auto& v : last_->views) v.entries.resize((*districts_)[district_].entries.size());
      break;
    }
    CITYBRAIN_ASSIGN(records, cursor_->poll(1, network::kComing));
    if (records.empty()) return static_cast<const Exchange*>(nullptr);
    const auto framed = network::unframe(records.front().value);
    if (!framed || framed->schema != schemas::kHubExchange) continue;
    auto e = decode_exchange(framed->payload, *districts_, views_);
    if (!e || e->district != district_)
      return model::Error{"CB-NODE-EXCHANGE", "what a district passed on is damaged",
                          std::string(records.front().producer),
                          "start all hubs with the same version of the program"};
    last_ = std::move(*e);
  }
  if (last_->step != step)
    return model::Error{"CB-NODE-EXCHANGE", "what a district passed on in a step is not there",
                        std::to_string(step), "start the run anew"};
  return &*last_;
}

}  // namespace citybrain::node
