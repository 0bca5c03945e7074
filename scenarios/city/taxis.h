// Taxis: who is free where, which fare calls whom, where to look for the next one. Private to
// scenarios/city; Traffic moves them (cruising.cpp). Deterministic: ties go to the lower number,
// draws are keyed by taxi and leg.
//
// The demand's trips of taxis are the fares. A fare takes the nearest free taxi within reach, which
// drives to its road and becomes the vehicle of that trip where the road begins; where there is
// none, one comes from elsewhere (it appears as every trip does), and stays. After the ride a taxi
// stands a moment, then drives to where fares are likely: the first road of one of the day's,
// rather a near one. There it waits at the roadside, off the lanes, and goes on to the next such
// place; without a fare for too long it goes off duty, and so it does where a ride ends at the
// city's edge. Free taxis are guests of the traffic: no trips, in no travel time.
#pragma once

#include <cstdint>
#include <vector>

#include "hub/model/road_network.h"
#include "hub/runtime/random.h"
#include "scenarios/city/demand.h"
#include "scenarios/city/taxi_spec.h"

namespace citybrain::city {

class Taxis {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  enum class State : std::uint8_t {
    kOffDuty,
    kOccupied,
    kWaits,    ///< at the roadside
    kJoins,    ///< wants to leave it
    kCruises,  ///< on the lanes, without passengers
  };
  struct Taxi {
    State state = State::kWaits;
    bool called = false;              ///< by a fare, and has not turned round yet
    model::RoadId road;               ///< where it is
    model::RoadId to;                 ///< where it looks for a fare, or has one
    std::uint32_t fare = kNone;       ///< a trip: on its way to it, or with it
    std::uint32_t since_s = 0;        ///< without a fare
    std::uint32_t until_s = 0;        ///< while it waits
    std::uint32_t legs = 0;           ///< drawn so far
    std::vector<std::uint8_t> turns;  ///< while it joins: its way, once it is known
  };

  /// The fares are among the demand's first `planned` trips. With none, nobody cruises.
  Taxis(const model::RoadNetwork& network, const TaxiSpec& spec, const runtime::Random& random,
        const Demand& demand, std::size_t planned);

  bool is_fare(std::uint32_t trip) const { return index_of(trip) != kNone; }
  std::size_t size() const { return taxis_.size(); }
  Taxi& operator[](std::uint32_t taxi) { return taxis_[taxi]; }
  const Taxi& operator[](std::uint32_t taxi) const { return taxis_[taxi]; }
  /// Any of the fares, for how taxis drive.
  std::uint32_t a_fare() const { return fares_.front(); }

  /// The free one that the fare takes; kNone: none is near.
  std::uint32_t nearest(model::RoadId origin) const;
  /// False: it stands there already, and the ride begins.
  bool call(std::uint32_t taxi, std::uint32_t fare, model::RoadId origin);
  void take_up(std::uint32_t taxi, std::uint32_t fare);
  /// The ride is over at the end of the road; a taxi that was in no list is one from now on.
  void set_down(std::uint32_t fare, model::RoadId road, std::uint32_t now_s);
  /// It stops at the roadside; off duty where no way leads on.
  void wait(std::uint32_t taxi, model::RoadId road, std::uint32_t now_s);
  /// Its time at the roadside is over: heads for the next place, or goes home.
  void look_elsewhere(std::uint32_t taxi, std::uint32_t now_s);
  /// A place on the road from which to join the lanes, drawn anew every second.
  float joins_at(std::uint32_t taxi, std::uint32_t now_s) const;
  std::size_t bytes() const;

 private:
  std::uint32_t index_of(std::uint32_t trip) const;
  model::RoadId likely_place(std::uint32_t taxi, std::uint32_t leg, model::RoadId from) const;

  const model::RoadNetwork& network_;
  TaxiSpec spec_;
  runtime::Random random_;
  std::vector<std::uint32_t> fares_;    // trips, ascending
  std::vector<model::RoadId> origins_;  // of the fares that a free taxi can get to
  std::vector<std::uint32_t> taxi_of_;  // by fare: who drives it
  std::vector<Taxi> taxis_;
};

}  // namespace citybrain::city
