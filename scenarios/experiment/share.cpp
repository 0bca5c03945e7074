#include "scenarios/experiment/share.h"

#include <algorithm>
#include <map>

namespace citybrain::experiment {

std::vector<std::string> share_evenly(const ShareQuestion& q) {
  std::vector<std::string> out(q.districts.size());
  if (q.live.empty()) return out;
  std::map<std::string, std::size_t> load;
  for (const auto& hub : q.live) load[hub] = 0;
  for (std::size_t d = 0; d < out.size(); ++d) {
    const auto& first = q.known[d % q.known.size()];
    if (!load.contains(first)) continue;
    out[d] = first;
    ++load[first];
  }
  for (auto& owner : out) {
    if (!owner.empty()) continue;
    const auto least = std::min_element(
        load.begin(), load.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    owner = least->first;
    ++least->second;
  }
  return out;
}

}  // namespace citybrain::experiment
