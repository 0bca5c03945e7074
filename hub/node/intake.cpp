#include "hub/node/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "citybrain/v1/records.pb.h"
#include "hub/catalog/unified.h"
#include "hub/network/framing.h"
#include "hub/node/feed.h"
#include "schemas/protection.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

/// A record copied out of a cursor's buffer; offsets into the arena, because it grows.
struct Item {
  access::Incoming incoming;
  std::uint64_t sequence = 0;
  std::size_t source_at = 0, id_at = 0, payload_at = 0, sealed_at = 0, signature_at = 0;
  std::size_t source_size = 0, id_size = 0, payload_size = 0, sealed_size = 0, signature_size = 0;
};

}  // namespace

struct Intake::Impl {
  network::Log* log = nullptr;
  const model::RoadNetwork* network = nullptr;
  network::Horizon horizon;
  std::vector<Feed> data;
  std::vector<Feed> acks;
  std::string arena;
  std::vector<Item> items;
  v1::CommandAck ack;

  Result<void> read_acks(EventTime until, Gathered& out);
  void take(const Feed& feed, const network::RecordView& record, bool is_out_of_order);
  void merge(Gathered& out);
};

namespace {

std::size_t keep(std::string& arena, std::string_view bytes) {
  const std::size_t at = arena.size();
  arena.append(bytes);
  return at;
}

}  // namespace

Result<Intake> Intake::of_district(network::Log& log, const catalog::Catalog& catalog,
                                   const model::RoadNetwork& network, model::DistrictId district) {
  auto impl = std::make_unique<Impl>();
  impl->log = &log;
  impl->network = &network;
  for (const auto& contract : catalog.contracts()) {
    if (catalog::is_id_table(contract.message)) continue;
    CITYBRAIN_ASSIGN(data, Feed::open(log, contract.dataset, district.value, contract.id));
    impl->data.push_back(std::move(data));
  }
  CITYBRAIN_ASSIGN(acks, Feed::open(log, schemas::topic::kAcks, district.value, {}));
  impl->acks.push_back(std::move(acks));
  return Intake(std::move(impl));
}

Result<Intake> Intake::of_tables(network::Log& log, const catalog::Catalog& catalog,
                                 const model::RoadNetwork& network) {
  auto impl = std::make_unique<Impl>();
  impl->log = &log;
  impl->network = &network;
  for (const auto& contract : catalog.contracts()) {
    if (!catalog::is_id_table(contract.message)) continue;
    for (network::Partition p = 0; p < network.districts.size(); ++p) {
      CITYBRAIN_ASSIGN(data, Feed::open(log, contract.dataset, p, contract.id));
      impl->data.push_back(std::move(data));
    }
  }
  return Intake(std::move(impl));
}

Intake::Intake(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Intake::Intake(Intake&&) noexcept = default;
Intake& Intake::operator=(Intake&&) noexcept = default;
Intake::~Intake() = default;

std::vector<ReadPosition> Intake::positions() const {
  std::vector<ReadPosition> out;
  const auto add = [&](const Feed& f) { out.push_back({f.topic(), f.partition(), f.next()}); };
  for (const auto& f : impl_->data) add(f);
  for (const auto& f : impl_->acks) add(f);
  return out;
}

Result<void> Intake::seek(const std::vector<ReadPosition>& positions) {
  const auto find = [&](const ReadPosition& p) -> Feed* {
    for (auto* feeds : {&impl_->data, &impl_->acks})
      for (auto& f : *feeds)
        if (f.topic() == p.topic && f.partition() == p.partition) return &f;
    return nullptr;
  };
  for (const auto& p : positions) {
    Feed* f = find(p);
    if (f == nullptr)
      return Error{
          "CB-NODE-POSITIONS", "a snapshot names a partition that this scenario does not read",
          fmt::format("{}/{}", p.topic, p.partition), "start the run anew without --resume"};
    CITYBRAIN_ASSIGN(first, impl_->log->begin(p.topic, p.partition));
    if (p.next < first)
      return Error{"CB-NODE-POSITIONS", "the log no longer reaches back to this snapshot",
                   fmt::format("{}/{}: at {}, kept from {}", p.topic, p.partition, p.next, first),
                   "start the run anew without --resume"};
    CITYBRAIN_ASSIGN(end, impl_->log->end(p.topic, p.partition));
    if (p.next > end)
      return Error{"CB-NODE-AHEAD", "the log has lost its end: this snapshot has read further",
                   fmt::format("{}/{}: at {}, ends at {}", p.topic, p.partition, p.next, end),
                   "bring back the log that belongs to the snapshot, or start the run anew"};
    f->seek(p.next);
  }
  return {};
}

Result<void> Intake::check_whole() const {
  for (const auto* feeds : {&impl_->data, &impl_->acks})
    for (const auto& f : *feeds)
      if (f.next() > 0)
        return Error{"CB-NODE-POSITIONS",
                     "there is no snapshot, and the log no longer reaches back to its beginning",
                     fmt::format("{}/{}: at 0, kept from {}", f.topic(), f.partition(), f.next()),
                     "bring back the snapshots (--snapshots), or start the run anew"};
  return {};
}

Result<void> Intake::Impl::read_acks(EventTime until, Gathered& out) {
  for (auto& f : acks) {
    CITYBRAIN_TRY(f.read(until, horizon, [&](const network::RecordView& r, bool is_out_of_order) {
      if (is_out_of_order) return;  // none of a connector's
      const auto framed = network::unframe(r.value);
      if (!framed ||
          !ack.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
        return;
      out.acks.push_back({ack.command(), network->find_junction(ack.junction()),
                          EventTime{ack.at_ms()}, static_cast<model::AckStatus>(ack.status()),
                          ack.why()});
    }));
  }
  return {};
}

void Intake::Impl::take(const Feed& f, const network::RecordView& r, bool is_out_of_order) {
  Item item;
  item.incoming.dataset = f.dataset();
  item.incoming.is_out_of_order = is_out_of_order;
  item.incoming.publish_time = r.publish_time;
  item.incoming.topic = f.dataset().value;
  item.incoming.partition = f.partition();
  item.incoming.position = r.position;
  item.sequence = r.sequence;
  std::string_view payload = r.value;
  if (const auto framed = network::unframe(r.value)) {
    item.incoming.schema_id = framed->schema.id;
    item.incoming.schema_index = framed->schema.index;
    payload = framed->payload;
  }  // else: schema 0, which no contract names; access quarantines it
  const std::string_view source = r.header("ce_source");
  const std::string_view id = r.header("ce_id");
  if (const auto trace = model::parse_traceparent(r.header("ce_traceparent")))
    item.incoming.trace = *trace;
  item.source_at = keep(arena, source);
  item.source_size = source.size();
  item.id_at = keep(arena, id);
  item.id_size = id.size();
  item.payload_at = keep(arena, payload);
  item.payload_size = payload.size();
  const std::string_view sealed = r.header(schemas::header::kSealed);
  const std::string_view signature = r.header(schemas::header::kSignature);
  item.sealed_at = keep(arena, sealed);
  item.sealed_size = sealed.size();
  item.signature_at = keep(arena, signature);
  item.signature_size = signature.size();
  items.push_back(item);
}

void Intake::Impl::merge(Gathered& out) {
  for (auto& item : items) {
    const std::string_view bytes = arena;
    item.incoming.source = bytes.substr(item.source_at, item.source_size);
    item.incoming.id = bytes.substr(item.id_at, item.id_size);
    item.incoming.payload = bytes.substr(item.payload_at, item.payload_size);
    item.incoming.sealed = bytes.substr(item.sealed_at, item.sealed_size);
    item.incoming.signature = bytes.substr(item.signature_at, item.signature_size);
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tie(a.incoming.publish_time, a.incoming.source, a.incoming.dataset,
                    a.incoming.partition,
                    a.sequence) < std::tie(b.incoming.publish_time, b.incoming.source,
                                           b.incoming.dataset, b.incoming.partition, b.sequence);
  });
  for (const auto& item : items) out.records.push_back(item.incoming);
}

Result<void> Intake::gather(EventTime until, network::Horizon horizon, Gathered& out) {
  auto& m = *impl_;
  m.horizon = horizon;
  out.records.clear();
  out.acks.clear();
  out.because.clear();
  m.arena.clear();
  m.items.clear();
  for (auto& f : m.data) {
    const network::Position from = f.next();
    CITYBRAIN_TRY(f.read(until, horizon, [&](const network::RecordView& r, bool is_out_of_order) {
      m.take(f, r, is_out_of_order);
    }));
    if (f.next() > from) out.because.push_back({f.dataset().value, f.partition(), from, f.next()});
  }
  CITYBRAIN_TRY(m.read_acks(until, out));
  m.merge(out);
  return {};
}

}  // namespace citybrain::node
