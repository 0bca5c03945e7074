// A small generated city with everything that people use, and a city that is looked at second
// by second.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::test {

inline city::CitySpec small_city() {
  city::CitySpec s;
  s.rows = 4;
  s.columns = 5;
  s.block_m = 400;
  s.local_share = 0.5;
  s.arterial_every = 2;
  s.parking_lots = 6;
  s.bus_stops = s.street_parking = true;
  return s;
}

inline std::shared_ptr<const model::RoadNetwork> make_network(const city::CitySpec& spec) {
  return std::make_shared<const model::RoadNetwork>(std::move(*city::generate_city(spec)));
}

/// A city and what has happened in it; conservation is checked in every second.
class Watched {
 public:
  Watched(std::shared_ptr<const model::RoadNetwork> network, city::Demand demand, city::Options options)
      : network_(network) {
    options.own_plan_after_s = 1;
    city = std::move(*city::make_city(std::move(network), std::move(demand), options));
  }
  void seconds(int n) {
    for (int i = 0; i < n; ++i) {
      city->advance_to(city->now() + 1000).value();
      const auto& t = city::truth(*city);
      created += t.created_s.size();
      finished += t.finished.size();
      rerouted += t.rerouted;
      gave_up += t.gave_up;
      most_searching = std::max(most_searching, t.searching);
      for (const auto& p : t.parked) search_s.push_back(p.search_s);
      for (const auto& f : t.finished)
        log += std::to_string(f.vehicle) + "@" + std::to_string(t.step) + ";";
      ASSERT_EQ(created, finished + t.running + t.waiting_outside) << "second " << t.step;
    }
  }
  /// Vehicles that have crossed the end of a road.
  std::size_t crossed(model::RoadId road) const {
    std::size_t n = 0;
    for (std::uint32_t i = 0; i < (*network_)[road].lanes; ++i)
      n += city->sensors().crossings(network_->lane(road, i));
    return n;
  }

  std::unique_ptr<city_port::City> city;
  std::size_t created = 0, finished = 0, rerouted = 0, gave_up = 0;
  std::uint32_t most_searching = 0;
  std::vector<float> search_s;
  std::string log;  ///< who finished when

 private:
  std::shared_ptr<const model::RoadNetwork> network_;
};

}  // namespace citybrain::test
