#include "scenarios/city/navigation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace citybrain::city {

namespace {

constexpr auto kFollows = runtime::purpose("navigation/follows"),
               kReached = runtime::purpose("navigation/reached"),
               kPhase = runtime::purpose("navigation/phase");
constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kTold_s = 15;  // who is told something thinks of it within this time
constexpr float kWeight = 0.2F;        // of the newest time over a road
constexpr float kForgotten = 0.1F;     // of a measured delay, each time a road is seen empty

}  // namespace

Navigation::Navigation(const Streets& streets, const Router& router, const NavigationSpec& spec,
                       const runtime::Random& random, std::span<const float> usual_s)
    : streets_(streets),
      router_(router),
      spec_(spec),
      random_(random),
      usual_s_(usual_s.begin(), usual_s.end()),
      measured_s_(usual_s_),
      standing_s_(usual_s_.size(), 0.0F),
      heading_(usual_s_.size()),
      by_phase_(std::max(spec.interval_s, 1U)),
      by_told_phase_(kTold_s) {
  for (std::uint32_t r = 0; r < usual_s_.size(); ++r) {
    const auto bits = random_.bits(kPhase, r);
    by_phase_[bits % by_phase_.size()].push_back(r);
    by_told_phase_[bits % by_told_phase_.size()].push_back(r);
  }
}

void Navigation::depart(Slot v, std::uint32_t trip, Role role) {
  if (v >= drivers_.size()) drivers_.resize(v + 1);
  const bool led = role == Role::kCar || role == Role::kTaxi || role == Role::kTruck;
  drivers_[v] = {led ? trip : kNone, kNowhere};
}

void Navigation::head_for(Slot v, model::RoadId destination) {
  auto& d = drivers_[v];
  if (d.trip == kNone || d.destination == destination.value) return;
  d.destination = destination.value;
  heading_[destination.value].push_back({v, d.trip});
}

void Navigation::passed(Slot v, model::RoadId road, float seconds) {
  if (!is_customer(v)) return;
  auto& s = measured_s_[road.value];
  s += kWeight * (seconds - s);
}

void Navigation::standing(model::RoadId road, float seconds) {
  auto& s = measured_s_[road.value];
  standing_s_[road.value] = std::max(seconds, 0.0F);
  if (seconds < 0) s += kForgotten * (usual_s_[road.value] - s);
}

Navigation::Class Navigation::class_of(std::uint32_t trip) const {
  Class c;
  if (!random_.chance(spec_.compliance, kFollows, trip)) return c;
  c.live = random_.chance(spec_.share, kHas, trip);
  if (shares_.empty()) return c;
  const double u = random_.uniform(kReached, trip);
  for (const float s : shares_) c.level += u < static_cast<double>(s) ? 1U : 0U;
  return c;
}

void Navigation::expire(std::uint32_t now_s) {
  std::erase_if(hindrances_, [&](const Hindrance& h) { return h.until_s <= now_s; });
  std::erase_if(advice_, [&](const Advice& a) { return a.until_s <= now_s; });
  shares_.clear();
  for (const auto& a : advice_)
    if (a.from_s <= now_s) shares_.push_back(a.share);
  std::sort(shares_.begin(), shares_.end(), std::greater<>{});
  shares_.erase(std::unique(shares_.begin(), shares_.end()), shares_.end());
  known_.resize(2 * (shares_.size() + 1));
  for (auto& k : known_) {
    k.costs_made = false;
    k.tree_of = kNowhere;
  }
}

std::span<const Navigation::Due> Navigation::due(std::uint32_t now_s) {
  now_s_ = now_s;
  expire(now_s);
  for (const auto d : by_phase_[now_s % by_phase_.size()])
    if (!heading_[d].empty()) waiting_.push_back({d, false});
  if (!shares_.empty())
    for (const auto d : by_told_phase_[now_s % by_told_phase_.size()])
      if (!heading_[d].empty()) waiting_.push_back({d, true});
  const std::size_t n = std::min<std::size_t>(waiting_.size(), spec_.trees_per_s);
  now_.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
  return now_;
}

Navigation::Known& Navigation::known(const Class& c) {
  auto& k = known_[c.level * 2 + (c.live ? 1 : 0)];
  if (!k.costs_made) make_costs(c, k.cost);
  k.costs_made = true;
  return k;
}

std::span<const float> Navigation::costs(const Class& c) { return known(c).cost; }

const Router::Tree& Navigation::tree(std::uint32_t destination, const Class& c) {
  auto& k = known(c);
  if (k.tree_of != destination) router_.tree_to(model::RoadId{destination}, k.cost, k.tree);
  k.tree_of = destination;
  return k.tree;
}

void Navigation::make_costs(const Class& c, std::vector<float>& out) const {
  out = usual_s_;
  if (c.live) {
    for (std::size_t r = 0; r < out.size(); ++r) out[r] = std::max(measured_s_[r], standing_s_[r]);
    for (const auto& h : hindrances_) {
      if (static_cast<double>(h.from_s) + spec_.heard_after_s > now_s_) continue;
      const auto lanes = static_cast<std::uint32_t>(streets_.network()[h.road].lanes);
      auto& cost = out[h.road.value];
      cost = h.lanes >= lanes ? kFar
                              : std::max(cost, usual_s_[h.road.value]) * static_cast<float>(lanes) /
                                    static_cast<float>(lanes - h.lanes);
    }
  }
  if (c.level == 0) return;
  const float least = shares_[c.level - 1];
  for (const auto& a : advice_) {
    if (a.from_s > now_s_ || a.share < least) continue;
    auto& cost = out[a.road.value];
    if (a.kind == city_port::GuidanceActuation::Kind::kRoadClosed) cost = kFar;
    if (a.kind == city_port::GuidanceActuation::Kind::kRoadDelay)
      cost = std::max(cost, usual_s_[a.road.value] + a.delay_s);
  }
}

bool Navigation::is_advised(model::RoadId road) const {
  return std::any_of(advice_.begin(), advice_.end(),
                     [&](const Advice& a) { return a.from_s <= now_s_ && a.road == road; });
}

bool Navigation::worth_it(float present_s, float other_s) const {
  if (!std::isfinite(other_s)) return false;
  if (!std::isfinite(present_s)) return true;
  const auto least = std::max(static_cast<float>(spec_.indifference) * present_s,
                              static_cast<float>(spec_.indifference_s));
  return present_s - other_s > least;
}

std::size_t Navigation::bytes() const {
  std::size_t sum = drivers_.capacity() * sizeof(Driver);
  for (const auto& h : heading_) sum += h.capacity() * sizeof(Member);
  return sum;
}

}  // namespace citybrain::city
