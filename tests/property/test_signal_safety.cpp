// Whatever is asked of a signal, it never shows an unsafe state; without the filter, the city's own
// conflict monitor notices.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <memory>

#include "hub/dispatch/dispatch.h"
#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"
#include "tests/support/networks.h"

namespace citybrain {
namespace {

/// One second's wishes of up to three desks.
struct Wish {
  int after_s = 1;
  std::int32_t phase = 0;
  model::GroupSet greens = 0;
  int priority = 0;
};

rc::Gen<std::vector<Wish>> wishes() {
  return rc::gen::container<std::vector<Wish>>(rc::gen::build<Wish>(
      rc::gen::set(&Wish::after_s, rc::gen::inRange(0, 25)),
      rc::gen::set(&Wish::phase, rc::gen::inRange(-1, 6)),
      rc::gen::set(&Wish::greens, rc::gen::inRange<model::GroupSet>(0, 1U << 13)),
      rc::gen::set(&Wish::priority, rc::gen::inRange(0, 3))));
}

model::Proposal proposal(const Wish& w) {
  model::Proposal p;
  p.junction = model::JunctionId{0};
  p.phase = w.phase;
  p.greens = w.greens;
  p.priority = w.priority;
  return p;
}

/// An independent watch over the commands: knows the rules, nothing of dispatch.
class Watch {
 public:
  Watch(const model::Junction& j, const dispatch::SafetyLimits& limits)
      : j_(j), limits_(limits), since_(j.movements.size(), 0), ended_(j.movements.size(), -1e9) {
    greens_ = j.phases.front().greens;
    for (const auto& p : j.phases) served_ |= p.greens;
  }
  void see(const model::Command& c) {
    const double t = static_cast<double>(c.effective.ms) / 1000;
    RC_ASSERT((c.greens & c.yellows) == 0U);
    RC_ASSERT((c.greens & j_.always_green) == j_.always_green);
    for (std::size_t a = 0; a < j_.movements.size(); ++a) {
      const bool green = (c.greens >> a) & 1U, was = (greens_ >> a) & 1U,
                 yellow = (c.yellows >> a) & 1U;
      if (green) RC_ASSERT((j_.conflicts[a] & (c.greens | c.yellows)) == 0U);
      if (yellow) RC_ASSERT(was || ((yellows_ >> a) & 1U));
      if (was && !green) {
        RC_ASSERT(yellow);                                // never from green to red at once
        RC_ASSERT(t - since_[a] >= limits_.min_green_s);  // minimum green
        ended_[a] = t;
      }
      if (green && !was) {
        since_[a] = t;
        for (std::size_t b = 0; b < j_.movements.size(); ++b)
          if ((j_.conflicts[a] >> b) & 1U) RC_ASSERT(t - ended_[b] >= j_.intergreen_s);
      }
    }
    greens_ = c.greens;
    yellows_ = c.yellows;
  }
  void check_red(double now) {
    for (std::size_t a = 0; a < j_.movements.size(); ++a)
      if (((served_ & ~greens_) >> a) & 1U)
        RC_ASSERT(now - std::max(ended_[a], 0.0) <= limits_.max_red_s + 1);
  }

 private:
  const model::Junction& j_;
  const dispatch::SafetyLimits& limits_;
  model::GroupSet greens_ = 0, yellows_ = 0, served_ = 0;
  std::vector<double> since_, ended_;
};

RC_GTEST_PROP(SignalSafety, NoSequenceOfRequestsShowsAnUnsafeState, ()) {
  static const auto network = test::crossing();
  dispatch::SafetyLimits limits;
  limits.min_green_s = *rc::gen::inRange(4, 12);
  limits.max_red_s = *rc::gen::inRange(180, 300);
  auto state = dispatch::initial_state(network);
  Watch watch(network.junctions[0], limits);
  const auto all = *wishes();
  std::int64_t t = 0;
  const auto step = [&](std::span<const model::Proposal> proposals) {
    ++t;
    for (const auto& c :
         dispatch::execute(network, limits, proposals, {t * 1000}, 1000, state).commands)
      watch.see(c);
    watch.check_red(static_cast<double>(t + 1));
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (int k = 1; k < all[i].after_s; ++k) step({});
    std::vector<model::Proposal> now = {proposal(all[i])};
    if (i > 0) now.push_back(proposal(all[i - 1]));
    step(now);
  }
  for (int k = 0; k < 320; ++k) step({});
}

/// The same requests without the filter, on a city: the monitor of the city trips whenever two
/// conflicting greens follow each other.
TEST(SignalSafety, WithoutTheFilterTheCitysMonitorFires) {
  city::GridSpec spec;
  spec.rows = spec.columns = 1;
  const auto network =
      std::make_shared<const model::RoadNetwork>(std::move(*city::generate_grid(spec)));
  const auto junction = network->find_junction("intersection_1_1");
  for (const bool filter : {true, false}) {
    dispatch::SafetyLimits limits;
    limits.filter = filter;
    auto state = dispatch::initial_state(*network);
    auto city = std::move(*city::make_city(network, {}, {}));
    std::size_t faults = 0;
    std::vector<model::Command> due;
    for (std::int64_t t = 1; t <= 300; ++t) {
      city->advance_to({t * 1000}).value();
      faults += city::truth(*city).monitor_faults.size();
      for (const auto& c : due) city->apply({c.junction, c.greens, c.yellows}).value();
      model::Proposal p;
      p.junction = junction;
      p.phase = static_cast<std::int32_t>(t / 10 % 4);
      due = dispatch::execute(*network, limits, {&p, 1}, {t * 1000}, 1000, state).commands;
    }
    if (filter) {
      EXPECT_EQ(faults, 0U);
    } else {
      EXPECT_GT(faults, 20U);
    }
  }
}

}  // namespace
}  // namespace citybrain
