// What every city behind the port must keep, whoever simulates it. The city stands at its start.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "connectors/city_port/city_port.h"
#include "scenarios/city/city.h"

namespace citybrain::test {

class CityConformance {
 public:
  explicit CityConformance(city_port::City& city) : city_(city), network_(city.network()) {}

  void run(std::uint32_t seconds) {
    time_rules();
    refusals();
    for (std::uint32_t l = 0; l < network_.lanes.size(); ++l)
      EXPECT_TRUE(city_.sensors().vehicles(model::LaneId{l}).empty()) << "a vehicle at the start";
    for (std::uint32_t s = 0; s < seconds && !::testing::Test::HasFailure(); ++s) second(s);
    EXPECT_GT(seen_, 100U) << "nothing drove: the suite says nothing";
    EXPECT_GT(crossed_, 20U);
  }

 private:
  struct Seen {
    model::LaneId lane;
    float to_stop_line_m = 0;
  };
  using View = std::map<std::uint32_t, Seen>;  // by vehicle

  void time_rules() {
    const auto now = city_.now();
    EXPECT_FALSE(city_.advance_to(now - 1000));
    const auto part = city_.advance_to(now + 500);
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, "CB-CITY-TIME");
    EXPECT_TRUE(city_.advance_to(now)) << "no time at all";
    EXPECT_EQ(city_.now(), now);
  }

  void refusals() {
    const auto none = static_cast<std::uint32_t>(network_.junctions.size());
    for (std::uint32_t j = 0; j <= none; ++j) {
      const bool exists = j < none;
      const bool signal = exists && network_.junctions[j].signalised;
      const auto groups = exists ? network_.junctions[j].movements.size() : 0;
      const auto wrong =
          signal ? model::GroupSet{1} << groups : model::GroupSet{0};  // a group it does not have
      const auto before = signal ? city_.sensors().greens(model::JunctionId{j}) : 0;
      const auto done = city_.apply({model::JunctionId{j}, wrong, 0});
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, "CB-CITY-DEVICE");
      if (signal) EXPECT_EQ(city_.sensors().greens(model::JunctionId{j}), before);
    }
  }

  /// Phase by phase, 15 s each: 3 s yellow and 2 s red before the next.
  void command(std::uint32_t s) {
    shown_.clear();
    for (std::uint32_t j = 0; j < network_.junctions.size(); ++j) {
      const auto& junction = network_.junctions[j];
      if (!junction.signalised) continue;
      const auto& phases = junction.phases;
      const auto now = phases[s / 15 % phases.size()].greens;
      const auto next = phases[(s / 15 + 1) % phases.size()].greens;
      city_port::SignalActuation a{model::JunctionId{j}, now, 0};
      if (s % 15 >= 10) a.greens = now & next;
      if (s % 15 >= 10 && s % 15 < 13) a.yellows = now & ~next;
      ASSERT_TRUE(city_.apply(a));
      EXPECT_EQ(city_.sensors().greens(a.junction), a.greens) << "at once";
      shown_[j] = a.greens;
    }
  }

  void second(std::uint32_t s) {
    command(s);
    const auto now = city_.now();
    ASSERT_TRUE(city_.advance_to(now + 1000));
    EXPECT_EQ(city_.now(), now + 1000);
    for (const auto& [j, greens] : shown_)
      EXPECT_EQ(city_.sensors().greens(model::JunctionId{j}), greens) << "still";
    View view;
    look(view);
    compare(view);
    truth();
    before_ = std::move(view);
  }

  void look(View& view) {
    for (std::uint32_t l = 0; l < network_.lanes.size(); ++l) {
      const auto& road = network_[network_.lanes[l].road];
      float last = 0;
      for (const auto& v : city_.sensors().vehicles(model::LaneId{l})) {
        EXPECT_GE(v.to_stop_line_m, last) << "nearest to the stop line first";
        EXPECT_LE(v.to_stop_line_m, road.length_m + 0.01);
        EXPECT_TRUE(v.speed_mps >= 0 && v.speed_mps < 60) << v.speed_mps;
        EXPECT_TRUE(view.emplace(v.vehicle.value, Seen{model::LaneId{l}, v.to_stop_line_m}).second)
            << "a vehicle in two places";
        if (v.next_road.valid())
          EXPECT_TRUE(network_.find_movement(network_.lanes[l].road, v.next_road).valid());
        last = v.to_stop_line_m;
        ++seen_;
      }
    }
  }

  /// Who was on a road and is no more has crossed one of its stop lines, and nobody else.
  void compare(const View& view) {
    std::vector<std::uint32_t> left(network_.roads.size(), 0), crossings(left);
    for (const auto& [vehicle, was] : before_) {
      const auto is = view.find(vehicle);
      const auto road = network_[was.lane].road;
      if (is == view.end() || network_[is->second.lane].road != road) {
        ++left[road.value];
      } else if (is->second.lane == was.lane) {
        EXPECT_LE(is->second.to_stop_line_m, was.to_stop_line_m + 0.01F) << "backwards";
      }
    }
    for (std::uint32_t l = 0; l < network_.lanes.size(); ++l)
      crossings[network_.lanes[l].road.value] += city_.sensors().crossings(model::LaneId{l});
    for (std::size_t r = 0; r < left.size(); ++r) {
      EXPECT_EQ(crossings[r], left[r]) << network_.roads[r].name;
      crossed_ += crossings[r];
    }
  }

  void truth() {
    const auto& t = city::truth(city_);
    created_ += t.created_s.size();
    finished_ += t.finished.size();
    EXPECT_EQ(created_, finished_ + t.running + t.waiting_outside) << "conservation";
    for (const auto& f : t.finished) EXPECT_LT(f.created_s, f.finished_s);
    for (const auto& p : t.passages) {
      EXPECT_LE(p.entered_s, p.left_s);
      EXPECT_TRUE(network_.junctions[p.junction].signalised);
    }
    EXPECT_TRUE(t.monitor_faults.empty()) << t.monitor_faults.front();
    if (!t.lanes.empty()) EXPECT_EQ(t.lanes.size(), network_.lanes.size());
  }

  city_port::City& city_;
  const model::RoadNetwork& network_;
  std::map<std::uint32_t, model::GroupSet> shown_;
  View before_;
  std::size_t seen_ = 0, crossed_ = 0, created_ = 0, finished_ = 0;
};

}  // namespace citybrain::test
