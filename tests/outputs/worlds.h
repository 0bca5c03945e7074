// A generated grid with traffic, whose signals run their own plans.
#pragma once

#include <memory>
#include <utility>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::test {

struct GridWorld {
  std::shared_ptr<const model::RoadNetwork> network;
  std::unique_ptr<city_port::City> city;

  void advance(std::uint32_t second) {
    city->advance_to({std::int64_t{second} * model::kStepMs}).value();
  }
};

inline GridWorld grid_world(const city::GridSpec& spec) {
  GridWorld w;
  w.network = std::make_shared<const model::RoadNetwork>(std::move(*city::generate_grid(spec)));
  city::Options options;
  options.own_plan_after_s = 1;
  w.city =
      std::move(*city::make_city(w.network, *city::generate_demand(spec, *w.network), options));
  return w;
}

}  // namespace citybrain::test
