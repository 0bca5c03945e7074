#include "hub/access/access.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "hub/access/decode.h"
#include "hub/catalog/unified.h"

namespace citybrain::access {

const char* name(Fault fault) {
  switch (fault) {
    case Fault::kSchema:
      return "schema";
    case Fault::kDecode:
      return "decode";
    case Fault::kUnknownId:
      return "unknown-id";
    case Fault::kRange:
      return "range";
    case Fault::kTime:
      return "time";
    case Fault::kAttributes:
      return "attributes";
    case Fault::kSignature:
      return "signature";
  }
  return "";
}

struct Rules::Impl {
  const catalog::Catalog& catalog;
  std::int64_t window_ms;
  mutable Decoder decoder;
  bool signatures_required;
  mutable std::optional<protection::Verifier> verifier;

  Impl(const model::RoadNetwork& network, const catalog::Catalog& c, std::int64_t window,
       Signatures signatures)
      : catalog(c), window_ms(window), decoder(network), signatures_required(signatures.required) {
    if (signatures.keys) verifier.emplace(std::move(signatures.keys));
  }

  /// Why the record is not the department's own, if it is not.
  std::optional<std::string> doubt(const catalog::Contract& contract,
                                   const Incoming& record) const {
    if (!verifier || (record.signature.empty() && !signatures_required)) return std::nullopt;
    return verifier->doubt(contract.department, contract.dataset, record.partition,
                           {record.publish_time,
                            record.source,
                            record.id,
                            {record.schema_id, record.schema_index},
                            record.payload,
                            record.sealed},
                           record.signature);
  }

  /// True when this id of this source was seen within the window.
  bool is_repeat(const Incoming& record, State& state) const {
    auto it = state.seen.find(std::string(record.source));
    if (it == state.seen.end()) it = state.seen.emplace(std::string(record.source), Seen{}).first;
    Seen& seen = it->second;
    while (!seen.order.empty() && seen.order.front().first < record.publish_time.ms - window_ms) {
      const auto [ms, hash] = seen.order.front();
      seen.order.pop_front();
      if (const auto old = seen.last.find(hash); old != seen.last.end() && old->second == ms)
        seen.last.erase(old);
    }
    // Two datasets of one source may number their records alike.
    const std::uint64_t hash =
        XXH3_64bits_withSeed(record.id.data(), record.id.size(), record.dataset.value);
    const auto [at, fresh] = seen.last.emplace(hash, record.publish_time.ms);
    if (!fresh) return true;
    seen.order.emplace_back(record.publish_time.ms, hash);
    return false;
  }

  void admit(const Incoming& record, std::uint32_t index, State& state, Tables& tables,
             Admitted& out) const {
    auto& counters = state.counters[record.dataset.value];
    const auto& contract = catalog[record.dataset];
    ++counters.records;
    const auto quarantine = [&](Fault fault, std::string detail) {
      ++counters.quarantined;
      out.quarantined.push_back({record.dataset, record.topic, record.partition, record.position,
                                 fault, std::move(detail)});
    };
    if (record.is_out_of_order)
      return quarantine(
          Fault::kTime,
          fmt::format("it claims to be published at {} ms, and records behind it were "
                      "published before",
                      record.publish_time.ms));
    if (record.source.empty() || record.id.empty())
      return quarantine(Fault::kAttributes, "ce_source or ce_id is missing");
    if (auto why = doubt(contract, record)) return quarantine(Fault::kSignature, std::move(*why));
    if (is_repeat(record, state)) {
      ++counters.duplicates;
      return;
    }
    const auto before = out.batch.sizes();
    const std::size_t observations = out.batch.size();
    auto decoded = decoder.decode(contract, record, tables, out.batch);
    counters.observations += decoded.observations;
    if (decoded.rejection)
      return quarantine(decoded.rejection->fault, std::move(decoded.rejection->detail));
    const std::int64_t delay = record.publish_time - decoded.event;
    if (static_cast<double>(-delay) > contract.clock_tolerance_s * 1000) {
      out.batch.shrink(before);
      return quarantine(Fault::kTime,
                        fmt::format("published {} ms before it was observed", -delay));
    }
    if (static_cast<double>(delay) > contract.maximum_delay_s * 1000) {
      ++counters.late;
      out.batch.shrink(before);
      return;
    }
    if (delay < 0) {  // its clock is ahead
      out.batch.each(before, [&](auto& kind, std::size_t from) {
        for (std::size_t i = from; i < kind.size(); ++i)
          kind[i].at = std::min(kind[i].at, record.publish_time);
      });
    }
    const auto mark = [&](auto& kind, std::size_t from) {
      for (std::size_t i = from; i < kind.size(); ++i) kind[i].record = index;
    };
    mark(out.batch.counts, before[0]);
    mark(out.batch.queues, before[2]);
    mark(out.batch.probes, before[3]);
    mark(out.batch.vehicles, before[5]);
    counters.admitted += catalog::is_id_table(contract.message) ? decoded.observations
                                                                : out.batch.size() - observations;
  }
};

Rules::Rules(const model::RoadNetwork& network, const catalog::Catalog& catalog,
             std::int64_t dedupe_window_ms, Signatures signatures)
    : impl_(std::make_unique<Impl>(network, catalog, dedupe_window_ms, std::move(signatures))) {}
Rules::~Rules() = default;
Rules::Rules(Rules&&) noexcept = default;

void Rules::admit(std::span<const Incoming> records, State& state, Tables& tables,
                  Admitted& out) const {
  out.batch.clear();
  out.quarantined.clear();
  state.counters.resize(impl_->catalog.contracts().size());
  for (std::uint32_t i = 0; i < records.size(); ++i)
    if (records[i].dataset.value < state.counters.size())
      impl_->admit(records[i], i, state, tables, out);
}

}  // namespace citybrain::access
