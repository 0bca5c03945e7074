#include "scenarios/city/signal_heads.h"

#include <fmt/format.h>

namespace citybrain::city {

namespace {
bool has(model::GroupSet set, std::size_t group) { return ((set >> group) & 1U) != 0; }
}  // namespace

SignalHeads::SignalHeads(const model::RoadNetwork& network, bool stops)
    : network_(network), stops_(stops) {
  for (const auto& j : network.junctions) {
    Heads h;
    h.controlled = j.signalised;
    if (j.signalised) h.greens = j.phases.front().greens;
    h.green_ended_s.assign(j.movements.size(), -1e9);
    heads_.push_back(std::move(h));
  }
}

std::string SignalHeads::fault(const model::Junction& j, const Heads& heads, model::GroupSet greens,
                               double now_s) const {
  constexpr double kTolerance = 0.5;
  for (std::size_t a = 0; a < j.movements.size(); ++a) {
    if (!has(greens, a)) continue;
    for (std::size_t b = 0; b < j.movements.size(); ++b) {
      if (!has(j.conflicts[a], b)) continue;
      if (has(greens, b))
        return fmt::format("{}: conflicting groups {} and {} green together at {:.0f} s", j.name, a,
                           b, now_s);
      const bool starts = !has(heads.greens, a);
      if (starts && has(heads.greens, b))
        return fmt::format("{}: group {} green without clearance of group {} at {:.0f} s", j.name,
                           a, b, now_s);
      if (starts && now_s - heads.green_ended_s[b] < j.intergreen_s - kTolerance)
        return fmt::format(
            "{}: group {} green {:.0f} s after group {} at {:.0f} s, intergreen {:.0f} s", j.name,
            a, now_s - heads.green_ended_s[b], b, now_s, j.intergreen_s);
    }
  }
  return {};
}

void SignalHeads::show(const city_port::SignalActuation& actuation, double now_s,
                       std::vector<std::string>& faults) {
  auto& h = heads_[actuation.junction.value];
  const auto& j = network_[actuation.junction];
  const std::string why = fault(j, h, actuation.greens, now_s);
  if (!why.empty()) {
    faults.push_back(why);
    if (stops_) h.dark_until_s = now_s + kTripSeconds;
  }
  const bool dark = now_s < h.dark_until_s;
  const model::GroupSet greens = dark ? 0 : actuation.greens;
  for (std::size_t g = 0; g < j.movements.size(); ++g)
    if (has(h.greens, g) && !has(greens, g)) h.green_ended_s[g] = now_s;
  h.greens = greens;
  h.yellows = dark ? 0 : actuation.yellows;
}

}  // namespace citybrain::city
