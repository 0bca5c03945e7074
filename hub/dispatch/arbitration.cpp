#include "hub/dispatch/arbitration.h"

#include <tuple>

namespace citybrain::dispatch {

namespace {

bool beats(const model::Proposal& a, const model::Proposal& b) {
  if (a.priority != b.priority) return a.priority > b.priority;
  if (a.benefit != b.benefit) return a.benefit > b.benefit;
  return a.desk < b.desk;
}

}  // namespace

std::vector<std::int32_t> arbitrate(std::span<const model::Proposal> proposals,
                                    std::size_t junctions) {
  std::vector<std::int32_t> winner(junctions, -1);
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    const auto j = proposals[i].junction.value;
    if (j >= junctions) continue;
    if (winner[j] < 0 || beats(proposals[i], proposals[static_cast<std::size_t>(winner[j])]))
      winner[j] = static_cast<std::int32_t>(i);
  }
  return winner;
}

}  // namespace citybrain::dispatch
