#include "scenarios/evaluator/gridlock.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::evaluator {

std::size_t Gridlock::dissolved() const {
  return static_cast<std::size_t>(
      std::count_if(jams.begin(), jams.end(), [](const Jam& j) { return j.dissolved; }));
}

void GridlockHistory::look(model::Step step, std::uint32_t standing_at_green,
                           const std::vector<TruthJam>& jams) {
  result_.standing_at_green_most = std::max(result_.standing_at_green_most, standing_at_green);
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    result_.jams[i].dissolved = std::none_of(
        jams.begin(), jams.end(), [&](const TruthJam& j) { return j.number == numbers_[i]; });
  result_.vehicles_at_end = 0;
  for (const auto& j : jams) {
    result_.vehicles_at_end += j.vehicles + j.behind;
    const auto known = std::find(numbers_.begin(), numbers_.end(), j.number);
    const auto at = static_cast<std::size_t>(known - numbers_.begin());
    if (known == numbers_.end()) {
      numbers_.push_back(j.number);
      result_.jams.emplace_back().began_s = j.began_ms / 1000.0;
    }
    Jam& jam = result_.jams[at];
    jam.seen_until_s = step;
    if (j.vehicles + j.behind <= jam.vehicles + jam.behind) continue;
    jam.vehicles = j.vehicles;
    jam.behind = j.behind;
    name(j, jam);
  }
}

void GridlockHistory::name(const TruthJam& from, Jam& jam) const {
  jam.roads.clear();
  jam.junctions.clear();
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto l : from.lanes)
    if (l < network_.lanes.size()) add(jam.roads, network_[network_.lanes[l].road].name);
  for (const auto j : from.junctions)
    if (j < network_.junctions.size()) add(jam.junctions, network_.junctions[j].name);
}

namespace {
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 6;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    out += (i > 0 ? ", " : "") + names[i];
  return names.size() > kMost ? out + ", ..." : out;
}
}  // namespace

std::string sentence(const Jam& j, bool chinese) {
  const std::string end =
      j.dissolved ? fmt::format(fmt::runtime(chinese ? "{} 秒后消散" : "dissolved after {} s"),
                                j.seen_until_s)
      : chinese   ? "未消散"
                  : "not dissolved";
  const std::string where = j.roads.empty()
                                ? listed(j.junctions)
                                : fmt::format("{} ({})", listed(j.junctions), listed(j.roads));
  return fmt::format(fmt::runtime(chinese ? "自 {} 秒起,环内 {} 辆、其后 {} 辆,{}:{}"
                                          : "from {} s, {} vehicles in it and {} behind, {}: {}"),
                     j.began_s, j.vehicles, j.behind, end, where);
}

std::vector<std::string> sentences(const Gridlock& g, bool chinese) {
  constexpr std::size_t kMost = 5;
  if (g.jams.empty()) return {};
  std::vector<std::string> out = {fmt::format(
      fmt::runtime(chinese ? "{} 处,其中 {} 处消散;结束时 {} 辆车陷于其中或其后"
                           : "jams {}, dissolved {}; vehicles in or behind them at the end {}"),
      g.jams.size(), g.dissolved(), g.vehicles_at_end)};
  std::vector<Jam> largest = g.jams;
  std::stable_sort(largest.begin(), largest.end(), [](const Jam& a, const Jam& b) {
    return a.vehicles + a.behind > b.vehicles + b.behind;
  });
  largest.resize(std::min(largest.size(), kMost));
  for (const auto& jam : largest) out.push_back(sentence(jam, chinese));
  return out;
}

}  // namespace citybrain::evaluator
