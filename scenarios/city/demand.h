// Who travels in a city: trips in order of departure, kept small (16 bytes each, a route two bits a
// turn, trips of the same route share it), so that a big city's day fits into memory. A value; safe
// to read from many threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/ids.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "scenarios/city/turns.h"

namespace citybrain::city {

using city_port::Role;

/// Parameters that many vehicles share. Metres, seconds.
struct VehicleKind {
  Role role = Role::kCar;
  float length_m = 5;
  float min_gap_m = 2.5F;
  float max_speed_mps = 11.111F;
  float max_accel_mps2 = 2;
  float max_decel_mps2 = 4.5F;
  float usual_accel_mps2 = 2;
  float usual_decel_mps2 = 4.5F;
  float headway_s = 2;
  float limit_factor = 1;        ///< the speed it likes, as a share of the limit
  float imperfection = 0;        ///< share of a second's acceleration that it loses on average
  std::uint8_t enters = kLeads;  ///< lane on which it appears, counted from the road's edge
  static constexpr std::uint8_t kLeads = 255;  ///< one that leads on
  static constexpr std::uint8_t kAnyLane = 254;

  friend bool operator==(const VehicleKind&, const VehicleKind&) = default;
};

/// One vehicle's wish to travel, as importers and generators say it.
struct TripSpec {
  double depart_s = 0;  ///< since the scenario's start
  VehicleKind kind;
  std::vector<model::RoadId>
      route;  ///< consecutive roads; it appears on the first and vanishes at the end of the last
};

/// A stop of a bus on its way. Boarding takes time for everybody who came since the last bus.
struct Stop {
  std::uint16_t roads_left = 0;      ///< of the route after the stop's road
  std::uint16_t place = 0;           ///< stops of several lines at one place are one
  float at_m = 0;                    ///< from the road's beginning
  float boardings_per_s = 0;         ///< of passengers arriving at the place
  float due_s = 0;                   ///< timetable: its departure after the trip's
  std::uint16_t line = 0;            ///< in Demand::lines()
  std::uint32_t base = 0xFFFFFFFFU;  ///< its place among RoadNetwork::places, if it is one
};
constexpr std::uint32_t kNoStop = 0xFFFFFFFFU;

/// A bus line in one direction, in the words of GTFS: a route with a direction_id; headways as in
/// frequencies.txt.
struct Line {
  std::string route;
  std::uint8_t direction = 0;
  std::string headsign;
};

/// The same, packed. Departures are kept to 1/4096 s, rounded up (up to kLatest_s).
struct Trip {
  static constexpr double kTicks = 4096;
  std::uint32_t depart_ticks = 0;
  model::RoadId first;
  std::uint32_t turns_at = 0;  ///< in Demand::turns()
  std::uint16_t roads = 0;     ///< of the route, the first included
  std::uint16_t kind_bits = 0;

  double depart_s() const { return depart_ticks / kTicks; }
  std::uint16_t kind() const { return kind_bits & 0x7FFF; }  ///< in Demand::kinds()
  bool has_stops() const { return (kind_bits & 0x8000) != 0; }
};

class Demand {
 public:
  static constexpr double kLatest_s = 1'000'000;  ///< of departures
  /// Adds a trip. Error CB-INPUT-FLOW when the network lacks the route, or the vehicle could not
  /// drive; nothing is added then.
  model::Result<void> add(const model::RoadNetwork& network, const TripSpec& spec);
  /// The same for a route that is packed already and known to be one of the network.
  void add_packed(double depart_s, const VehicleKind& kind, model::RoadId first,
                  std::span<const std::uint8_t> turns);
  /// Gives the trip added last its stops, in the order of the route. Error CB-INPUT-FLOW.
  model::Result<void> add_stops(const model::RoadNetwork& network, std::span<const Stop> stops);
  /// Later departures of a trip that is there already.
  void repeat(std::size_t trip, double depart_s);
  /// Room for a vehicle that begins its trip when its time has come; its number.
  std::uint32_t add_later(const VehicleKind& kind);
  void begin_later(std::uint32_t trip, double depart_s, model::RoadId first,
                   std::span<const std::uint8_t> turns);
  /// The trip begins now, whenever it was to.
  void depart_at(std::uint32_t trip, double depart_s);
  /// Moves a departure; sort_by_departure() before the demand is used.
  void set_departure(std::size_t trip, double depart_s);
  /// Trips that depart together keep their order.
  void sort_by_departure();
  /// Gives back the room that growing took.
  void shrink();
  /// A new line; its number for Stop::line.
  std::uint16_t add_line(Line line);

  std::size_t size() const { return trips_.size(); }
  const std::vector<Trip>& trips() const { return trips_; }
  const std::vector<VehicleKind>& kinds() const { return kinds_; }
  /// For every turn of a route, the index of the movement among those of its road.
  const Turns& turns() const { return turns_; }
  /// The stops of all trips; the last one of a trip is followed by one with roads_left kTripEnds.
  const std::vector<Stop>& stops() const { return stops_; }
  static constexpr std::uint16_t kTripEnds = 0xFFFF;
  std::size_t stop_places() const { return stop_places_; }
  /// Where a trip's stops begin; kNoStop when it has none.
  std::uint32_t first_stop(std::size_t trip) const;
  /// Of a trip with stops: how many such begin before it.
  std::uint32_t rank_among_served(std::size_t trip) const;
  const std::vector<Line>& lines() const { return lines_; }
  std::vector<model::RoadId> route(const model::RoadNetwork& network, std::size_t trip) const;
  /// Of everything here.
  std::size_t bytes() const;

 private:
  struct Served {
    std::uint32_t trip = 0, first_stop = kNoStop;
  };
  std::uint16_t kind_of(const VehicleKind& kind);
  std::uint32_t store(std::span<const std::uint8_t> turns);
  void keep_exact();

  std::vector<Trip> trips_;
  std::vector<double> exact_s_;  // of departures, until they are sorted; empty: as in the trips
  std::vector<VehicleKind> kinds_;
  Turns turns_;
  std::vector<Stop> stops_;
  std::vector<Served> served_;  // trips with stops, by trip
  std::vector<Line> lines_;
  std::size_t stop_places_ = 0;
};

/// The turns of a route as bytes; false when two roads do not follow each other.
bool pack_route(const model::RoadNetwork& network, std::span<const model::RoadId> route,
                std::vector<std::uint8_t>& turns);

}  // namespace citybrain::city
