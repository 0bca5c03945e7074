// Places to park and who looks for one. Private to scenarios/city. Deterministic: who parks, what
// he prefers and how long he stays is keyed by the trip.
//
// A driver who comes to his destination's road takes a place there if one is free; else he heads
// for the place that suits him best near by, which he takes for free until he stands before it or
// is told otherwise. Where it is full he goes on to the next one, and round again. Places are
// taken when the car comes onto their road, and stay so until it leaves. A car that has stayed its
// time goes back to where it came from; those that stand there at the start go anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "hub/model/road_network.h"
#include "hub/runtime/random.h"
#include "scenarios/city/car_queue.h"
#include "scenarios/city/city.h"
#include "scenarios/city/guidance.h"
#include "scenarios/city/parking_spec.h"

namespace citybrain::city {

class Parking {
 public:
  /// Adds to the demand the trips that parked cars will make; those before are the planned ones.
  Parking(const model::RoadNetwork& network, const ParkingSpec& spec, const runtime::Random& random,
          Demand& demand);
  std::size_t planned_trips() const { return planned_; }

  void depart(Slot v, std::uint32_t trip, model::RoadId from);
  /// The vehicle is on the last road of its route: where it goes on to; none when it stays.
  model::RoadId look(Slot v, std::uint32_t trip, model::RoadId here, std::uint32_t now_s);
  /// No way leads anywhere that he could park.
  void give_up(Slot v) { drivers_[v].state = State::kGaveUp; }
  /// Its journey is over.
  void arrived(Slot v, std::uint32_t trip, std::uint32_t now_s);
  void tell_full(const Advice& advice) { advice_.push_back(advice); }

  struct Leaving {
    std::uint32_t trip = 0;
    model::RoadId from, to;
  };
  /// Those whose time to stay is over. Valid until the next call.
  std::span<const Leaving> leaving(std::uint32_t now_s);
  /// What happened since the last call.
  void tell(TruthStep& truth);
  /// By place that cars can park at, in the network's order.
  std::span<const city_port::ParkingState> states() const { return states_; }
  std::size_t bytes() const;

 private:
  enum class State : std::uint8_t { kDoesNotPark, kUnderWay, kLooks, kHasPlace, kGaveUp };
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFFU;
  static constexpr std::size_t kRemembered = 4;
  struct Driver {  ///< by slot
    State state = State::kDoesNotPark;
    std::uint8_t tries = 0;
    std::uint32_t since_s = kNever;  ///< when he first stood before a full place
    std::uint32_t place = kNowhere;  ///< of states_
    model::RoadId from, destination;
    std::array<std::uint32_t, kRemembered> tried{};  ///< found full, the last ones
  };
  struct Stay {
    std::uint32_t until_s = 0, trip = 0, place = 0;
    model::RoadId to;  ///< none: drawn when it leaves
    friend bool operator>(const Stay& a, const Stay& b) {
      return std::pair(a.until_s, a.trip) > std::pair(b.until_s, b.trip);
    }
  };
  void park_first_cars(Demand& demand);
  void reserve_ways_back(Demand& demand);
  bool parks(std::uint32_t trip) const;
  double stay_s(std::uint32_t trip, bool begun) const;
  bool take(Driver& d, model::RoadId here, std::uint32_t now_s);
  std::uint32_t choose(const Driver& d, std::uint32_t trip, std::uint32_t now_s) const;
  bool told_full(std::uint32_t place, std::uint32_t trip, std::uint32_t now_s) const;
  void note_full(Driver& d, std::uint32_t place);
  model::RoadId home_of(model::RoadId from) const;
  model::RoadId anywhere(std::uint32_t trip, model::RoadId from) const;
  void begin_stay(const Stay& stay);
  std::uint32_t way_back(std::uint32_t trip) const;

  const model::RoadNetwork& network_;
  ParkingSpec spec_;
  runtime::Random random_;
  std::size_t planned_ = 0;
  std::vector<city_port::ParkingState> states_;
  std::vector<std::uint32_t> reserved_;                           // by place of states_
  std::vector<model::Point> at_;                                  // by place of states_
  std::vector<std::pair<std::uint32_t, std::uint32_t>> on_road_;  // (road, place), sorted
  std::vector<Driver> drivers_;
  std::vector<Stay> stays_;  // a heap, the next one to leave in front
  std::vector<Leaving> leaving_;
  std::vector<std::uint32_t> parkers_;  // planned trips that park, ascending
  std::uint32_t first_way_back_ = 0;    // the trip with which the first of them goes back
  std::vector<Advice> advice_;
  std::vector<TruthStep::Parked> parked_;
  std::uint32_t gave_up_ = 0, searching_ = 0;
};

}  // namespace citybrain::city
