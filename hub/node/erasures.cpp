#include "hub/node/erasures.h"

#include <algorithm>

#include "hub/network/framing.h"
#include "schemas/protection.h"

namespace citybrain::node {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kErasurePoll = 256;
constexpr std::array kTopics = {schemas::topic::kErasures, schemas::topic::kErasureReceipts};
constexpr std::array kSchemas = {schemas::kErasure, schemas::kErasureReceipt};

}  // namespace

Result<ErasureReader> ErasureReader::open(network::Log& log) {
  Cursors cursors;
  for (std::size_t t = 0; t < kTopics.size(); ++t) {
    CITYBRAIN_TRY(log.create({kTopics[t], 1}));
    CITYBRAIN_ASSIGN(first, log.begin(kTopics[t], 0));
    CITYBRAIN_ASSIGN(cursor, log.cursor(kTopics[t], 0, first));
    cursors[t] = std::move(cursor);
  }
  return ErasureReader(std::move(cursors));
}

/// Takes out of what was read what is published by now.
std::vector<std::string> ErasureReader::due(std::size_t topic, EventTime now) {
  auto& coming = coming_[topic];
  const auto later = std::stable_partition(coming.begin(), coming.end(),
                                           [&](const Said& s) { return s.published <= now; });
  std::vector<std::string> out;
  for (auto s = coming.begin(); s != later; ++s) out.push_back(std::move(s->payload));
  coming.erase(coming.begin(), later);
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> ErasureReader::step(EventTime now, network::Horizon horizon) {
  for (std::size_t t = 0; t < kTopics.size(); ++t) {
    for (;;) {
      CITYBRAIN_ASSIGN(records, cursors_[t]->poll(kErasurePoll, horizon));
      if (records.empty()) break;
      for (const auto& r : records)
        if (const auto framed = network::unframe(r.value); framed && framed->schema == kSchemas[t])
          coming_[t].push_back({r.publish_time, std::string(framed->payload)});
    }
  }
  begun_.clear();
  destroyed_.clear();
  for (const auto& payload : due(0, now))
    if (auto e = protection::parse_erasure(payload); e && known_.insert(e->subject).second)
      begun_.push_back(std::move(*e));
  for (const auto& payload : due(1, now))
    if (auto r = protection::parse_receipt(payload);
        r && done_.emplace(r->subject, r->vault).second)
      destroyed_.push_back(std::move(*r));
  return {};
}

}  // namespace citybrain::node
