#include "hub/cloud/placement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "hub/cloud/flow.h"

namespace citybrain::cloud {

using model::Error;
using model::Result;

namespace {

constexpr std::size_t kMostNamed = 8;  // in one sentence

/// Names with commas, the first few of many.
std::string some(const std::vector<std::string>& names) {
  if (names.size() <= kMostNamed) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + kMostNamed);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - kMostNamed);
}

template <class T>
std::vector<T> by_name(std::span<const T> given) {
  std::vector<T> out(given.begin(), given.end());
  std::sort(out.begin(), out.end(), [](const T& a, const T& b) { return a.name < b.name; });
  return out;
}

template <class T>
const std::string* twice(const std::vector<T>& sorted) {
  const auto it = std::adjacent_find(sorted.begin(), sorted.end(),
                                     [](const T& a, const T& b) { return a.name == b.name; });
  return it == sorted.end() ? nullptr : &it->name.text;
}

Error unusable(std::string what, const std::string& where) {
  return {"CB-INPUT-CLOUDS", std::move(what), where, ""};
}

Result<void> check(const std::vector<Node>& nodes, const std::vector<Partition>& partitions) {
  if (nodes.empty()) return unusable("there is no node to hold anything", "nodes");
  if (nodes.size() > kMost || partitions.size() > kMost)
    return unusable(fmt::format("more than {} nodes or partitions", kMost), "nodes");
  if (const auto* name = twice(nodes)) return unusable("two nodes have this name", *name);
  if (const auto* name = twice(partitions)) return unusable("two partitions have this name", *name);
  std::uint64_t total = 0;
  for (const auto& p : partitions) {
    if (p.load.value == 0) return unusable("a partition has a load of 1 or more", p.name.text);
    total += p.load.value;
  }
  if (total > kMostUnits)
    return unusable(fmt::format("the loads together are more than {}", kMostUnits), "partitions");
  for (const auto& n : nodes)
    if (n.room.value > kMostUnits)
      return unusable(fmt::format("a node has room for at most {}", kMostUnits), n.name.text);
  return {};
}

/// The question in numbers, and the search for whole partitions.
class Placing {
 public:
  Placing(std::vector<Node> nodes, std::vector<Partition> partitions, const Placement& previous)
      : nodes_(std::move(nodes)), partitions_(std::move(partitions)), previous_(previous) {
    number();
  }

  Result<Placement> place() {
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      if (problem_.may[i].empty()) return nowhere(partitions_[i]);
    if (!partitions_.empty()) {
      const auto root = least_cost_flow(problem_);
      if (root.carried < total_) return too_little(root);
      least_away_ = root.away;
      search(problem_, root);
      if (!best_) return flows_ >= kMostFlows ? undecided() : in_pieces();
    }
    used_.assign(nodes_.size(), 0);
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      used_[seat_[i]] += partitions_[i].load.value;
    even_out();
    return result();
  }

 private:
  void number() {
    std::map<std::string, std::uint32_t> zones;
    std::uint32_t unit = 0;  // of all loads: equal ones become 1
    for (const auto& p : partitions_) unit = std::gcd(unit, p.load.value);
    for (const auto& n : nodes_) {
      problem_.rooms.push_back(unit == 0 ? n.room.value : n.room.value / unit);
      const auto key = n.zone.empty() ? "node " + n.name.text : "zone " + n.zone;
      problem_.zones.push_back(
          zones.emplace(key, static_cast<std::uint32_t>(zones.size())).first->second);
    }
    problem_.zone_count = static_cast<std::uint32_t>(zones.size());
    for (const auto& p : partitions_) {
      problem_.loads.push_back(p.load.value / unit);
      total_ += p.load.value / unit;
      problem_.may.emplace_back();
      for (std::uint32_t n = 0; n < nodes_.size(); ++n)
        if (may_hold(nodes_[n], p)) problem_.may.back().push_back(n);
      const auto* owner = previous_.owner(p.name.text);
      problem_.home.push_back(owner == nullptr ? kNowhere : index_of(*owner));
    }
  }
  std::uint32_t index_of(const NodeName& name) const {
    const auto it = std::lower_bound(nodes_.begin(), nodes_.end(), name,
                                     [](const Node& n, const NodeName& x) { return n.name < x; });
    return it == nodes_.end() || it->name != name ? kNowhere
                                                  : static_cast<std::uint32_t>(it - nodes_.begin());
  }

  /// Depth first: what the flow splits is put here and there whole. True when nothing better is
  /// possible, or the search is at its end.
  bool search(const FlowProblem& problem, const Flow& flow) {
    if (flow.carried < total_ || (best_ && flow.cost >= best_->cost)) return false;
    std::size_t split = partitions_.size();
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      if (flow.parts[i].size() > 1 &&
          (split == partitions_.size() || problem.loads[i] > problem.loads[split]))
        split = i;
    if (split == partitions_.size()) {
      best_ = flow;
      seat_.clear();
      for (const auto& parts : flow.parts) seat_.push_back(parts.front().first);
      return flow.away <= least_away_;
    }
    auto order = problem.may[split];
    const auto share = [&](std::uint32_t n) {
      for (const auto& [node, load] : flow.parts[split])
        if (node == n) return load;
      return 0U;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const auto home = problem.home[split];
      return a == home || b == home ? a == home && b != home : share(a) > share(b);
    });
    FlowProblem fixed = problem;
    for (const auto n : order) {
      if (++flows_ >= kMostFlows) return true;
      fixed.may[split] = {n};
      if (search(fixed, least_cost_flow(fixed))) return true;
    }
    return false;
  }

  /// Single moves that make use more even: of what is free, and towards nodes that joined.
  void even_out() {
    std::vector<bool> joined(nodes_.size());
    const auto& before = previous_.nodes;
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      joined[n] =
          !before.empty() && !std::binary_search(before.begin(), before.end(), nodes_[n].name);
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      free_.push_back(problem_.home[i] != seat_[i]);
    while (const auto step = relief(joined)) {
      const auto [i, to] = *step;
      used_[seat_[i]] -= partitions_[i].load.value;
      used_[to] += partitions_[i].load.value;
      seat_[i] = to;
    }
  }

  /// A partition and where it would make use more even; the fullest node and names go first.
  std::optional<std::pair<std::size_t, std::uint32_t>> relief(const std::vector<bool>& joined) {
    const auto fuller = [&](std::uint32_t a, std::uint32_t b) {
      return used_[a] * nodes_[b].room.value > used_[b] * nodes_[a].room.value;
    };
    std::vector<std::uint32_t> sources(nodes_.size());
    std::iota(sources.begin(), sources.end(), 0U);
    std::stable_sort(sources.begin(), sources.end(), fuller);
    for (const auto from : sources) {
      for (std::size_t i = 0; i < partitions_.size(); ++i) {
        if (seat_[i] != from) continue;
        std::optional<std::uint32_t> best;
        for (const auto to : problem_.may[i])
          if (to != from && (free_[i] || (joined[to] && !joined[from])) && evens(i, from, to) &&
              (!best || fuller(*best, to)))
            best = to;
        if (best) return std::pair{i, *best};
      }
    }
    return std::nullopt;
  }
  /// Lowers the sum of use * use / room, and fits.
  bool evens(std::size_t i, std::uint32_t from, std::uint32_t to) const {
    const std::uint64_t load = partitions_[i].load.value;
    if (used_[to] + load > nodes_[to].room.value) return false;
    return (2 * used_[to] + load) * nodes_[from].room.value <
           (2 * used_[from] - load) * nodes_[to].room.value;
  }

  Placement result() const {
    Placement out;
    for (const auto& n : nodes_) out.nodes.push_back(n.name);
    for (std::size_t i = 0; i < partitions_.size(); ++i)
      out.seats.push_back({partitions_[i].name, nodes_[seat_[i]].name});
    return out;
  }

  Error nowhere(const Partition& p) const {
    std::vector<std::string> why;
    bool by_class = false;
    for (const auto& n : nodes_) {
      why.push_back(fmt::format("{} ({})", n.name.text, why_not(n, p)));
      by_class = by_class || n.holds.covers(p.classes);
    }
    return {by_class ? "CB-CLOUD-ROOM" : "CB-CLOUD-CLASS",
            fmt::format("no node may hold it (load {}, classes {}): {}", p.load.value,
                        p.classes.text(), some(why)),
            p.name.text,
            fmt::format("register a node {}with room for {} that holds {}",
                        p.classes.without(catalog::kGovernmentOnly) == p.classes
                            ? ""
                            : "of the government cloud ",
                        p.load.value, p.classes.text())};
  }
  /// From the cut of the greatest flow: who competes for which nodes, and how much is missing.
  Error too_little(const Flow& flow) const {
    std::vector<std::string> who, where;
    std::uint64_t load = 0, room = 0;
    const Partition* first = nullptr;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (!flow.short_partitions[i]) continue;
      if (first == nullptr) first = &partitions_[i];
      who.push_back(partitions_[i].name.text);
      load += partitions_[i].load.value;
    }
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (!flow.full_nodes[n]) continue;
      where.push_back(fmt::format("{} ({})", nodes_[n].name.text, nodes_[n].room.value));
      room += nodes_[n].room.value;
    }
    CITYBRAIN_CHECK(first != nullptr);
    return {
        "CB-CLOUD-ROOM",
        fmt::format("{} have a load of {} together and may be held by {} only, whose room is {}",
                    some(who), load, some(where), room),
        first->name.text,
        fmt::format("give those nodes room for {} more, or register another that may hold {}",
                    load > room ? load - room : load, first->classes.text())};
  }
  const Partition& largest() const {
    return *std::max_element(
        partitions_.begin(), partitions_.end(),
        [](const Partition& a, const Partition& b) { return a.load < b.load; });
  }
  Error in_pieces() const {
    return {"CB-CLOUD-ROOM",
            fmt::format("there is room for all loads in pieces, but partitions stay whole; the "
                        "largest has a load of {}",
                        largest().load.value),
            largest().name.text, "give the nodes that may hold it more room"};
  }
  Error undecided() const {
    return {"CB-CLOUD-SEARCH",
            fmt::format("no placement was found in {} tries; there may be none", kMostFlows),
            largest().name.text, "give the nodes more room, or loads of one size"};
  }

  std::vector<Node> nodes_;
  std::vector<Partition> partitions_;
  const Placement& previous_;
  FlowProblem problem_;
  std::uint64_t total_ = 0;       // in the unit of the flow
  std::uint64_t least_away_ = 0;  // that any placement moves
  std::uint32_t flows_ = 0;
  std::optional<Flow> best_;
  std::vector<std::uint32_t> seat_;  // by partition
  std::vector<std::uint64_t> used_;  // by node
  std::vector<bool> free_;           // by partition: moves anyhow
};

}  // namespace

std::string_view name_of(Cloud cloud) {
  switch (cloud) {
    case Cloud::kGovernment:
      return "government";
    case Cloud::kCommercial:
      return "commercial";
    case Cloud::kCivilian:
      return "civilian";
  }
  return "civilian";
}

const NodeName* Placement::owner(std::string_view partition) const {
  const auto it = std::lower_bound(
      seats.begin(), seats.end(), partition,
      [](const Seat& s, std::string_view name) { return s.partition.text < name; });
  return it == seats.end() || it->partition.text != partition ? nullptr : &it->node;
}

std::vector<Move> moves(const Placement& before, const Placement& after) {
  std::vector<Move> out;
  for (const auto& s : after.seats)
    if (const auto* was = before.owner(s.partition.text); was != nullptr && *was != s.node)
      out.push_back({s.partition, *was, s.node});
  return out;
}

std::string why_not(const Node& node, const Partition& p) {
  if (!p.clouds.empty() &&
      std::find(p.clouds.begin(), p.clouds.end(), node.cloud) == p.clouds.end())
    return fmt::format("is on the {} cloud", name_of(node.cloud));
  if (const auto not_held = p.classes.without(node.holds); !not_held.empty())
    return fmt::format("{}: may not hold {}", name_of(node.cloud), not_held.text());
  if (p.load > node.room) return fmt::format("has room for {}", node.room.value);
  return {};
}

bool may_hold(const Node& node, const Partition& p) {
  return node.holds.covers(p.classes) && p.load <= node.room &&
         (p.clouds.empty() ||
          std::find(p.clouds.begin(), p.clouds.end(), node.cloud) != p.clouds.end());
}

Result<Placement> place(std::span<const Node> nodes, std::span<const Partition> partitions,
                        const Placement& previous) {
  auto sorted_nodes = by_name(nodes);
  auto sorted_partitions = by_name(partitions);
  CITYBRAIN_TRY(check(sorted_nodes, sorted_partitions));
  return Placing(std::move(sorted_nodes), std::move(sorted_partitions), previous).place();
}

}  // namespace citybrain::cloud
