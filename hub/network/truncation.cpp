#include "hub/network/truncation.h"

#include <algorithm>
#include <map>
#include <string>

namespace citybrain::network {

using model::Result;

namespace {

constexpr std::size_t kTruncationPoll = 4096;

}  // namespace

Result<Position> keeps_producers(Log& log, std::string_view topic, Partition partition,
                                 Position wanted) {
  CITYBRAIN_ASSIGN(first, log.begin(topic, partition));
  if (wanted <= first) return first;
  CITYBRAIN_ASSIGN(cursor, log.cursor(topic, partition, first));
  std::map<std::string, Position, std::less<>> last;  // of producers that speak only before
  bool before = true;
  while (before || !last.empty()) {
    CITYBRAIN_ASSIGN(records, cursor->poll(kTruncationPoll));
    if (records.empty()) break;
    for (const auto& r : records) {
      before = r.position < wanted;
      if (r.producer.empty()) continue;
      const auto known = last.find(r.producer);
      if (before && known == last.end()) {
        last.emplace(r.producer, r.position);
      } else if (before) {
        known->second = r.position;
      } else if (known != last.end()) {
        last.erase(known);
      }
    }
  }
  for (const auto& [producer, position] : last) wanted = std::min(wanted, position);
  return wanted;
}

}  // namespace citybrain::network
