// What drivers know of the roads ahead: navigation on the travel times that a navigation company
// measures, and what signs and broadcasts tell. Private to scenarios/city. Deterministic: who has
// navigation, follows it and is reached by advice is keyed by the trip, so one more driver changes
// nobody else's luck.
//
// The company sees its customers only: an exponential average of their times over each road, and
// how long the first of them in a lane has been on it already. It hears of closed lanes some time
// after they are closed. Every `interval_s`, at a second keyed by the destination, the ways of all
// who go there are looked at again with one shortest-path tree; at most `trees_per_s` a second,
// what is left over comes first in the next one. A driver takes the new way when it is better by
// more than his indifference (Mahmassani and Jayakrishnan 1991, System performance and user
// response under real-time information in a congested traffic corridor, Transportation Research A
// 25(5): about a fifth of the time left, and a minute).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "hub/runtime/random.h"
#include "scenarios/city/car_queue.h"
#include "scenarios/city/demand.h"
#include "scenarios/city/events.h"
#include "scenarios/city/guidance.h"
#include "scenarios/city/router.h"
#include "scenarios/city/streets.h"

namespace citybrain::city {

class Navigation {
 public:
  /// Who sees the same costs takes the same tree.
  struct Class {
    bool live = false;        ///< has navigation (and not only what it is told)
    std::uint32_t level = 0;  ///< reached by advice of the `level` greatest shares
  };

  Navigation(const Streets& streets, const Router& router, const NavigationSpec& spec,
             const runtime::Random& random, std::span<const float> usual_s);

  /// A vehicle comes onto the road; buses, ambulances and police cars have their own ways.
  void depart(Slot v, std::uint32_t trip, Role role);
  /// Its route ends there (given when it is not known yet, or has changed).
  void head_for(Slot v, model::RoadId destination);
  std::uint32_t destination(Slot v) const { return drivers_[v].destination; }
  bool is_customer(Slot v) const {
    return is_led(v) && random_.chance(spec_.share, kHas, drivers_[v].trip);
  }
  bool measures() const { return spec_.share > 0; }
  bool is_led(Slot v) const { return v < drivers_.size() && drivers_[v].trip != kNone; }
  /// It took so long over a road.
  void passed(Slot v, model::RoadId road, float seconds);
  /// The first customer on a lane has been there for so long; negative: nobody is on the road.
  void standing(model::RoadId road, float seconds);
  void report(const Hindrance& hindrance) { hindrances_.push_back(hindrance); }
  void tell(const Advice& advice) { advice_.push_back(advice); }

  /// What is over goes, what has become known comes; then the destinations that are due: for those
  /// with navigation as well, or only for those whom advice has reached.
  struct Due {
    std::uint32_t destination = 0;
    bool told_only = false;
  };
  std::span<const Due> due(std::uint32_t now_s);
  struct Member {
    Slot slot = kNobody;
    std::uint32_t trip = 0;
  };
  /// Those who go there; the caller drops who has arrived.
  std::vector<Member>& heading_for(std::uint32_t destination) { return heading_[destination]; }
  Class class_of(std::uint32_t trip) const;
  bool sees(const Class& c) const { return c.live || c.level > 0; }
  const Router::Tree& tree(std::uint32_t destination, const Class& c);
  std::span<const float> costs(const Class& c);
  /// Drivers without navigation look again only when their way leads over one of these.
  bool is_advised(model::RoadId road) const;
  bool worth_it(float present_s, float other_s) const;
  static constexpr std::uint32_t kRefresh_s = 30;  ///< how often queues on a road are looked at
  std::size_t bytes() const;

 private:
  static constexpr auto kHas = runtime::purpose("navigation/has");
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFU, kNone = 0xFFFFFFFFU;
  struct Driver {
    std::uint32_t trip = kNone, destination = kNowhere;
  };
  struct Known {  ///< costs and trees of one class, made when first asked for
    bool costs_made = false;
    std::vector<float> cost;
    std::uint32_t tree_of = kNowhere;
    Router::Tree tree;
  };
  Known& known(const Class& c);
  void expire(std::uint32_t now_s);
  void make_costs(const Class& c, std::vector<float>& out) const;

  const Streets& streets_;
  const Router& router_;
  NavigationSpec spec_;
  runtime::Random random_;
  std::vector<float> usual_s_;
  std::vector<float> measured_s_, standing_s_;  // by road
  std::vector<Driver> drivers_;                 // by slot
  std::vector<std::vector<Member>> heading_;    // by destination
  std::vector<std::vector<std::uint32_t>> by_phase_;
  std::vector<std::vector<std::uint32_t>> by_told_phase_;
  std::deque<Due> waiting_;
  std::vector<Due> now_;
  std::vector<Hindrance> hindrances_;
  std::vector<Advice> advice_;
  std::vector<float> shares_;  // of the advice that holds now, the greatest first, each once
  std::vector<Known> known_;   // by class: level * 2 + live
  std::uint32_t now_s_ = 0;
};

}  // namespace citybrain::city
