// What call centres have in common: calls wait until they are made, get a number that says nothing
// about what they are about, and a place in words. One thread.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "connectors/city_port/call_model.h"

namespace citybrain::connectors {

class CallCentre {
 public:
  CallCentre(const city_port::CallModel& model, const model::RoadNetwork& network,
             const runtime::Random& random)
      : model_(model), network_(network), random_(random) {}

  /// The calls of every kind that are made at `step`, also about earlier things; called once a
  /// step.
  const std::vector<city_port::CallReading>& take(const city_port::Sensors& sensors,
                                                  model::Step step) {
    new_.clear();
    city_port::read_calls(model_, random_, sensors, network_, step, new_);
    for (const auto& c : new_) waiting_[step + c.after_s].push_back(c);
    now_.clear();
    if (const auto due = waiting_.find(step); due != waiting_.end()) {
      now_ = std::move(due->second);
      waiting_.erase(due);
    }
    return now_;
  }

  static std::string number(const char* hotline, const runtime::Random& random,
                            const city_port::CallReading& c) {
    constexpr auto kSheet = runtime::purpose("call/sheet");
    return fmt::format("{}-{:016x}", hotline, random.bits(kSheet, c.number));
  }
  /// "road_1_2_0, 120 m": the road and the metres from its beginning.
  static std::string place(const model::RoadNetwork& network, const city_port::CallReading& c) {
    return fmt::format("{}, {:.0f} m", network[c.road].name, static_cast<double>(c.at_m));
  }

  /// Calls that are not made yet: working state.
  template <class A>
  void fields(A& a) {
    a(waiting_);
  }

 private:
  const city_port::CallModel model_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  std::map<model::Step, std::vector<city_port::CallReading>> waiting_;  // by when they are made
  std::vector<city_port::CallReading> new_, now_;
};

}  // namespace citybrain::connectors
