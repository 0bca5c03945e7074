#include "scenarios/sumo_city/lights.h"

#include <algorithm>

namespace citybrain::sumo_city {

using model::GroupSet;
using model::has;

namespace {
bool is_green(char c) { return c == 'G' || c == 'g'; }
bool was_open(char c) { return is_green(c) || c == 'y'; }
}  // namespace

Lights::Lights(const model::RoadNetwork& network, const city::SumoNames& names) {
  shown_.resize(network.junctions.size());
  for (const auto& from : names.lights) {
    Light light;
    light.names = &from;
    light.state.assign(from.links.size(), 'r');
    for (const auto& link : from.links) {
      const auto known = [&](const Part& p) { return p.junction == link.junction; };
      if (link.junction.valid() && network[link.junction].signalised &&
          std::none_of(light.parts.begin(), light.parts.end(), known))
        light.parts.push_back({link.junction, {}});
    }
    if (light.parts.empty()) continue;  // SUMO runs it alone
    for (auto& part : light.parts) {
      shown_[part.junction.value].lights.push_back(lights_.size());
      for (std::size_t s = 0; s < from.states.size(); ++s) {
        FileState state{s, 0, from.states[s].find('y') != std::string::npos};
        for (std::size_t i = 0; i < from.states[s].size(); ++i)
          if (from.links[i].junction == part.junction && is_green(from.states[s][i]))
            state.greens |= GroupSet{1} << from.links[i].group;
        part.states.push_back(state);
      }
    }
    lights_.push_back(std::move(light));
  }
}

std::vector<std::string> Lights::names() const {
  std::vector<std::string> out;
  for (const auto& light : lights_) out.push_back(light.names->name);
  return out;
}

bool Lights::show(model::JunctionId junction, GroupSet greens, GroupSet yellows) {
  auto& shown = shown_[junction.value];
  if (shown.lights.empty()) return false;
  shown.greens = greens;
  shown.yellows = yellows;
  for (const auto light : shown.lights) lights_[light].dirty = true;
  return true;
}

std::vector<std::size_t> Lights::changed() {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < lights_.size(); ++i) {
    if (!lights_[i].dirty) continue;
    lights_[i].dirty = false;
    compose(lights_[i]);
    out.push_back(i);
  }
  return out;
}

/// The state of the file whose letters say who has priority: the one that shows just these greens
/// or, during a change, the one that is being left.
Lights::Pattern Lights::pattern(const Light& light, const Part& part, const Shown& shown) {
  const GroupSet open = shown.greens | shown.yellows;
  const auto find = [&](auto fits) -> const std::string* {
    const auto it = std::find_if(part.states.begin(), part.states.end(), fits);
    return it == part.states.end() ? nullptr : &light.names->states[it->index];
  };
  const bool change = shown.yellows != 0;
  if (const auto* exact =
          find([&](const FileState& s) { return s.greens == shown.greens && s.bridges == change; }))
    return {exact, !change};
  if (!change)
    if (const auto* exact = find([&](const FileState& s) { return s.greens == shown.greens; }))
      return {exact, false};
  return {find([&](const FileState& s) { return (open & ~s.greens) == 0; }), false};
}

char Lights::letter(const Light& light, std::size_t i, const std::vector<Pattern>& patterns) const {
  const auto& link = light.names->links[i];
  const char before = light.state[i];
  std::size_t at = 0;
  while (at < light.parts.size() && light.parts[at].junction != link.junction) ++at;
  if (at == light.parts.size()) {
    // Nobody commands rails, footpaths and cycles: they follow the light's first junction.
    const auto& first = patterns.front();
    if (first.whole && i < first.letters->size()) return (*first.letters)[i];
    const bool change = shown_[light.parts.front().junction.value].yellows != 0;
    return change && was_open(before) ? 'y' : 'r';
  }
  const auto& shown = shown_[link.junction.value];
  if (has(shown.greens, link.group)) {
    const auto* letters = patterns[at].letters;
    if (letters == nullptr || i >= letters->size()) return 'g';
    return is_green((*letters)[i]) ? (*letters)[i] : 'r';
  }
  return has(shown.yellows, link.group) && was_open(before) ? 'y' : 'r';
}

void Lights::compose(Light& light) const {
  std::vector<Pattern> patterns;
  for (const auto& part : light.parts)
    patterns.push_back(pattern(light, part, shown_[part.junction.value]));
  std::string next = light.state;
  for (std::size_t i = 0; i < next.size(); ++i) next[i] = letter(light, i, patterns);
  light.state = std::move(next);
}

void Lights::saw(std::size_t index, std::string_view state) {
  auto& light = lights_[index];
  if (light.state == state || state.size() != light.state.size()) return;
  // SUMO shows something else than it was told (a program of its own took over).
  light.state = state;
  for (const auto& part : light.parts) {
    auto& shown = shown_[part.junction.value];
    GroupSet mine = 0, greens = 0, yellows = 0;
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (light.names->links[i].junction != part.junction) continue;
      const GroupSet bit = GroupSet{1} << light.names->links[i].group;
      mine |= bit;
      if (is_green(state[i])) greens |= bit;
      if (state[i] == 'y') yellows |= bit;
    }
    shown.greens = (shown.greens & ~mine) | greens;
    shown.yellows = (shown.yellows & ~mine) | (yellows & ~greens);
  }
}

}  // namespace citybrain::sumo_city
