#include "scenarios/city/streets.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "scenarios/city/geometry.h"

namespace citybrain::city {

namespace {

constexpr std::uint8_t kTop = 60;

std::uint8_t rank(model::Turn turn) {
  switch (turn) {
    case model::Turn::kStraight:
      return 3;
    case model::Turn::kLeft:
      return 2;
    case model::Turn::kRight:
      return 1;
    case model::Turn::kUTurn:
      return 0;
  }
  return 0;
}

/// Appends one group to lists that are kept end to end.
template <class T>
void close(const std::vector<T>& group, std::vector<T>& all, std::vector<std::uint32_t>& first) {
  if (first.empty()) first.push_back(0);
  all.insert(all.end(), group.begin(), group.end());
  first.push_back(static_cast<std::uint32_t>(all.size()));
}

}  // namespace

Streets::Streets(const model::RoadNetwork& network) : network_(network) {
  for (const auto& lane : network.lanes) {
    Way w;
    const auto& road = network[lane.road];
    w.length_m = static_cast<float>(road.length_m);
    w.speed_limit_mps = static_cast<float>(lane.speed_limit_mps);
    w.road = lane.road;
    w.index = lane.index;
    w.junction = road.to;
    w.signalised = network[road.to].signalised;
    ways_.push_back(w);
  }
  for (const auto& road : network.roads) {
    std::vector<model::RoadId> to;
    for (const auto m : road.movements) to.push_back(network[m].to);
    close(to, turn_to_, first_turn_);
  }
  add_paths();
  group_by_junction();
  find_crossings();
  find_masks();
  find_choices();
  find_steers();
}

void Streets::add_paths() {
  std::vector<std::vector<WayId>> by_lane(lanes());
  for (const auto& m : network_.movements) {
    for (const auto& link : m.links) {
      Way w;
      w.is_lane = false;
      w.length_m = static_cast<float>(std::max(link.length_m, 0.1));
      if (link.speed_limit_mps > 0) w.speed_limit_mps = static_cast<float>(link.speed_limit_mps);
      w.from = link.from.value;
      w.to = link.to.value;
      w.junction = m.junction;
      w.group = m.group;
      w.waits_at_m = static_cast<float>(link.waits_at_m);
      // Where no signal decides, the road comes before the turn.
      const auto& junction = network_[m.junction];
      w.rank = static_cast<std::uint8_t>(
          rank(m.turn) + (junction.signalised ? 0 : 4 * std::min(network_[m.from].priority, kTop)));
      w.is_turn = link.speed_limit_mps > 0
                      ? w.speed_limit_mps < ways_[w.from].speed_limit_mps
                      : m.turn == model::Turn::kLeft || m.turn == model::Turn::kRight;
      by_lane[w.from].push_back(static_cast<WayId>(ways_.size()));
      ways_.push_back(w);
      shapes_.push_back(link.shape);
      around_.push_back(model::box_around(link.shape, kTouching_m));
      links_.push_back(&link);
    }
  }
  for (const auto& of_lane : by_lane) close(of_lane, paths_, first_path_);
  std::vector<std::vector<WayId>> into(lanes());
  for (WayId p = static_cast<WayId>(lanes()); p < ways_.size(); ++p) into[ways_[p].to].push_back(p);
  for (const auto& of_lane : into) close(of_lane, paths_into_, first_path_into_);
}

void Streets::group_by_junction() {
  const std::size_t n = network_.junctions.size();
  std::vector<std::vector<WayId>> paths(n), entries(n), exits(n);
  for (WayId p = static_cast<WayId>(lanes()); p < ways_.size(); ++p) {
    auto& there = paths[ways_[p].junction.value];
    ways_[p].place = static_cast<std::uint16_t>(there.size());
    there.push_back(p);
  }
  for (WayId lane = 0; lane < lanes(); ++lane) {
    entries[ways_[lane].junction.value].push_back(lane);
    exits[network_[ways_[lane].road].from.value].push_back(lane);
  }
  for (std::size_t j = 0; j < n; ++j) {
    close(paths[j], junction_paths_, first_junction_path_);
    close(entries[j], entries_, first_entry_);
    close(exits[j], exits_, first_exit_);
  }
}

void Streets::find_crossings() {
  const std::size_t n = shapes_.size();
  std::vector<std::vector<Crossing>> by_path(n);
  junction_mask_.push_back(0);
  for (std::uint32_t j = 0; j < network_.junctions.size(); ++j) {
    const auto paths = junction_paths(model::JunctionId{j});
    junction_mask_.push_back(junction_mask_.back() +
                             static_cast<std::uint32_t>((paths.size() + 63) / 64));
    for (std::size_t i = 0; i < paths.size(); ++i) {
      for (std::size_t k = i + 1; k < paths.size(); ++k) {
        const auto a = paths[i] - lanes(), b = paths[k] - lanes();
        const auto met = meeting(paths[i], paths[k]);
        if (!met) continue;
        const auto at = static_cast<float>(met->on_first_m),
                   other = static_cast<float>(met->on_second_m);
        by_path[a].push_back({paths[k], at, other, static_cast<std::uint16_t>(k), right(a, b)});
        by_path[b].push_back({paths[i], other, at, static_cast<std::uint16_t>(i), right(b, a)});
      }
    }
  }
  for (std::size_t p = 0; p < n; ++p) {
    auto& of_path = by_path[p];
    std::stable_sort(of_path.begin(), of_path.end(),
                     [](const Crossing& x, const Crossing& y) { return x.at_m < y.at_m; });
    const auto j = ways_[lanes() + p].junction.value;
    for (const auto& c : of_path) {
      if (c.right != Right::kUnsaid) ways_[lanes() + p].ruled = true;
      if (c.right == Right::kTheirs) ways_[lanes() + p].gives_way = true;
    }
    std::vector<std::uint64_t> mask(junction_mask_[j + 1] - junction_mask_[j]);
    for (const auto& c : of_path) mask[c.place / 64] |= std::uint64_t{1} << (c.place % 64);
    for (const auto& c : of_path) crossing_places_.push_back(c.place);
    close(of_path, crossings_, first_crossing_);
    close(mask, masks_, first_mask_);
  }
  if (n == 0) first_crossing_ = first_mask_ = {0};
  shapes_ = {};
  around_ = {};
  links_ = {};
}

/// Where two paths of a junction meet. What the source holds for a conflict is one, too, when the
/// lines run into each other without crossing: then at their ends.
std::optional<Meeting> Streets::meeting(WayId a, WayId b) const {
  const auto i = a - lanes(), k = b - lanes();
  // Who leaves the same lane follows, and does not cross.
  if (ways_[a].from == ways_[b].from && links_[i]->ruled) return std::nullopt;
  std::optional<Meeting> met;
  if (!are_apart(around_[i], around_[k])) met = first_meeting(shapes_[i], shapes_[k]);
  if (!met && ways_[a].to == ways_[b].to && right(i, k) != right(k, i))
    met = Meeting{static_cast<double>(ways_[a].length_m), static_cast<double>(ways_[b].length_m)};
  return met;
}

/// Who goes first by the source, seen from path `a` (both counted among the paths).
Right Streets::right(std::size_t a, std::size_t b) const {
  const auto gives_way = [&](std::size_t x, std::size_t y) {
    const auto& to = links_[x]->gives_way_to;
    return std::find(to.begin(), to.end(), links_[y]->number) != to.end();
  };
  if (!links_[a]->ruled || !links_[b]->ruled) return Right::kUnsaid;
  const bool mine = gives_way(b, a), theirs = gives_way(a, b);
  return mine == theirs ? Right::kUnsaid : mine ? Right::kMine : Right::kTheirs;
}

/// What ways carry of their junction's masks.
void Streets::find_masks() {
  for (WayId w = 0; w < ways_.size(); ++w) {
    Way& way = ways_[w];
    const auto j = way.junction.value;
    way.mask_at = junction_mask_[j];
    const std::uint32_t words = junction_mask_[j + 1] - junction_mask_[j];
    way.mask_words = static_cast<std::uint8_t>(std::min(words, 255U));
    if (!way.is_lane) {
      way.mask = words > 0 ? crossing_mask(w)[0] : 0;
      way.beyond_m = way.length_m + ways_[way.to].length_m;
      continue;
    }
    for (const WayId p : paths(w))
      if (ways_[p].place < 64) way.mask |= std::uint64_t{1} << ways_[p].place;
  }
}

void Streets::find_choices() {
  for (WayId w = 0; w < ways_.size(); ++w) {
    Way& way = ways_[w];
    const Way& lane = way.is_lane ? way : ways_[way.from];
    const WayId id = way.is_lane ? w : way.from;
    const bool inner = lane.index > 0, outer = lane.index + 1 < network_[lane.road].lanes;
    way.inner_too = inner && (way.is_lane || leads_to(id - 1, ways_[way.to].road));
    way.outer_too = outer && (way.is_lane || leads_to(id + 1, ways_[way.to].road));
  }
  choice_.assign(lanes(), 0);
  for (WayId lane = 0; lane < lanes(); ++lane) {
    const auto& road = network_[ways_[lane].road];
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const WayId other = road.first_lane.value + i;
      if (other == lane) continue;
      for (const WayId p : paths(lane))
        if (leads_to(other, ways_[ways_[p].to].road)) choice_[lane] = 1;
    }
  }
}

void Streets::find_steers() {
  for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
    const auto& road = network_.roads[r];
    for (std::uint32_t t = first_turn_[r]; t < first_turn_[r + 1]; ++t) {
      const model::RoadId next = turn_to_[t];
      const std::uint32_t seconds = first_turn_[next.value + 1] - first_turn_[next.value];
      first_steer_.push_back(static_cast<std::uint32_t>(steers_.size()));
      for (std::uint32_t i = 0; i < road.lanes; ++i) {
        const WayId lane = road.first_lane.value + i;
        for (std::uint32_t s = 0; s <= seconds; ++s) {
          const model::RoadId second =
              s < seconds ? turn_to_[first_turn_[next.value] + s] : model::RoadId{};
          Steer steer;
          steer.path = path(lane, next, second);
          WayId goal = kNoWay;
          if (steer.path == kNoWay) {
            goal = lane_towards(lane, next);
          } else if (second.valid() && !leads_to(ways_[steer.path].to, second)) {
            goal = lane_that_leads_on(lane, next, second);
            steer.astray = goal != kNoWay;
          }
          if (goal != kNoWay) steer.goal = ways_[goal].index;
          steers_.push_back(steer);
        }
      }
    }
  }
}

/// The nearest other lane of the road from which the way over the next road leads on, too.
WayId Streets::lane_that_leads_on(WayId lane, model::RoadId next, model::RoadId second) const {
  const auto& road = network_[ways_[lane].road];
  WayId best = kNoWay;
  for (std::uint32_t i = 0; i < road.lanes; ++i) {
    const WayId other = road.first_lane.value + i;
    const WayId by = other == lane ? kNoWay : path(other, next, second);
    if (by == kNoWay || !leads_to(ways_[by].to, second)) continue;
    const auto away = [&](WayId l) { return l > lane ? l - lane : lane - l; };
    if (best == kNoWay || away(other) < away(best)) best = other;
  }
  return best;
}

bool Streets::leads_to(WayId lane, model::RoadId road) const {
  const auto of_lane = paths(lane);
  return std::any_of(of_lane.begin(), of_lane.end(),
                     [&](WayId p) { return ways_[ways_[p].to].road == road; });
}

WayId Streets::path(WayId lane, model::RoadId next, model::RoadId after) const {
  WayId best = kNoWay;
  int best_cost = 0;
  for (const WayId p : paths(lane)) {
    const Way& end = ways_[ways_[p].to];
    if (end.road != next) continue;
    const bool leads_on = !after.valid() || leads_to(ways_[p].to, after);
    const int cost = std::abs(int{end.index} - int{ways_[lane].index}) + (leads_on ? 0 : 1000);
    if (best == kNoWay || cost < best_cost) {
      best = p;
      best_cost = cost;
    }
  }
  return best;
}

WayId Streets::lane_towards(WayId lane, model::RoadId next) const {
  const auto& road = network_[ways_[lane].road];
  WayId best = kNoWay;
  int best_difference = 0;
  for (std::uint32_t i = 0; i < road.lanes; ++i) {
    const WayId l = road.first_lane.value + i;
    const int difference = std::abs(static_cast<int>(l) - static_cast<int>(lane));
    if (leads_to(l, next) && (best == kNoWay || difference < best_difference)) {
      best = l;
      best_difference = difference;
    }
  }
  return best;
}

}  // namespace citybrain::city
