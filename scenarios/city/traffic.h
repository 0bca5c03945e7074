// The moving part of the city: vehicles in order on ways, one second at a time. Private to
// scenarios/city.
//
// A second has four parts, so that nobody sees a half-moved neighbour: new vehicles enter; lane
// changes; every vehicle's next speed from the present state, and it moves by it; those who are
// over the end of their way go on beyond. Who has moved already is seen by the others as he was
// (Car::seen_at), and in the queue where he was, so it does not matter who comes first, and a
// vehicle's memory is fetched once a second. Units: metres, seconds.
// Positions are from the beginning of the way to the vehicle's front.
//
// Only what can change is computed. A vehicle whose speed stays the same until something happens
// sleeps: one at free speed until it comes near its leader or the junction, one that stands behind
// a standing one, one that stands at red. It wakes at its time, when its leader's speed changes,
// when somebody else becomes its leader, when its signal changes. But for
// constants.h (kNearSpeed_mps, kLookAround_s, lane changes by choice every kChangeCooling_s), the
// result is that of computing everybody every second.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hub/runtime/random.h"
#include "scenarios/city/car_queue.h"
#include "scenarios/city/city.h"
#include "scenarios/city/following.h"
#include "scenarios/city/navigation.h"
#include "scenarios/city/parking.h"
#include "scenarios/city/router.h"
#include "scenarios/city/streets.h"
#include "scenarios/city/taxis.h"

namespace citybrain::city {

constexpr std::uint32_t kDetour = 0x80000000U;
/// Memory is asked for so many ways ahead.
constexpr std::size_t kSoon = 6;
constexpr std::uint32_t kNoTrip = 0xFFFFFFFFU;  // of an obstacle

/// What does not fit into a queue of cars, by slot.
struct Journey {
  std::uint32_t trip = 0;
  std::uint32_t turns_at = 0;    ///< the turn at the end of the present road, among the demand's,
                                 ///< or, with kDetour, among the detours
  std::uint16_t roads_left = 0;  ///< after the present one
  float lane_entered_s = 0;
  std::uint32_t last_change_s = 0;
  std::uint32_t on_path_since = kNever;  ///< second when it entered the junction
  std::uint32_t held_until_s = 0;        ///< while Car::kHeld
  std::uint32_t next_stop = kNoStop;     ///< in Demand::stops()
  Slot blocked_by = kNobody;             ///< who it yielded to in second blocked_s
  std::uint32_t blocked_s = kNever;
  Slot blocked_before = kNobody;  ///< and in second blocked_before_s, the last one before that
  std::uint32_t blocked_before_s = kNever;
  float driven_m = 0;      ///< over the ways that it has left
  WayId came_by = kNoWay;  ///< the path by which it came into its lane
};

class Traffic {
 public:
  Traffic(const Streets& streets, Demand demand, std::uint64_t seed, const ParkingSpec& parking,
          const NavigationSpec& navigation, const TaxiSpec& taxis);

  /// The second from `now_s` to `now_s` + 1. `truth` gets what happened.
  void second(std::uint32_t now_s, TruthStep& truth);
  /// The signal of the junction has changed: who stands there looks up.
  void signal_changed(model::JunctionId junction, model::GroupSet greens, std::uint32_t now_s);

  /// From this second on: all limits and headways times these factors.
  void set_weather(float speed_factor, float headway_factor, std::uint32_t now_s);
  void set_limit_factor(WayId lane, float factor, std::uint32_t now_s);
  /// The next vehicle that comes to `at_m` of the lane breaks down there, until `until_s`.
  void break_down(WayId lane, float at_m, std::uint32_t until_s);
  /// Closes the lane over the `length_m` before `at_m`, as soon as there is nobody on it.
  void close(WayId lane, float at_m, float length_m, std::uint32_t until_s);

  // rerouting.cpp
  /// Navigation learns of closed lanes; of what is over by itself.
  void report(const Hindrance& hindrance) {
    if (navigation_ != nullptr) navigation_->report(hindrance);
  }
  /// What drivers are told from now on.
  void tell(const Advice& advice);
  const Parking* parking() const { return parking_.get(); }
  /// The buses on the road, in the order of their trips.
  void buses(std::uint32_t now_s, std::vector<city_port::FleetVehicle>& out) const;
  // guests.cpp: vehicles of fleets, which come and go on their own account. They are not among
  // those that run, finish or pass in the truth.
  std::uint16_t add_kind(const VehicleKind& kind) { return drives_as(kind); }
  /// Guests 0 to `guests` - 1 are the caller's; taxis are numbered after them.
  void reserve(std::uint32_t guests) { guests_ = guests; }
  /// Where the next calls are made: between two seconds.
  void look(std::uint32_t now_s) { now_s_ = now_s; }
  /// Guest number `guest` joins the lane where there is a gap; kNobody when there is none.
  Slot join(WayId lane, float at_m, std::uint32_t guest, Role role, std::uint16_t kind,
            std::span<const std::uint8_t> route);
  struct Spot {  ///< of a vehicle: its way and its place in the queue
    WayId way = kNoWay;
    std::size_t at = 0;
  };
  /// The vehicle's spot; `spot.way` is where it was a few seconds ago. False: it is not near.
  bool find(Slot vehicle, Spot& spot) const;
  /// It has waited at the stop line for kWrongLane_s, or longer, for room in the lane that it
  /// needs.
  bool is_in_the_wrong_lane(const Spot& spot) const;
  /// It brakes and stands, until it leaves.
  void hold(const Spot& spot);
  void leave(const Spot& spot);
  /// Makes way for a siren, or drives on.
  void pull_aside(const Spot& spot, bool aside);
  /// Whoever broke down near `at_m` of the lane goes on at `until_s`, if not earlier.
  void clear_up(WayId lane, float at_m, std::uint32_t until_s);
  std::uint32_t trips() const { return static_cast<std::uint32_t>(demand_.size()); }
  const Driving& kind(const Car& car) const { return kinds_[car.kind]; }
  float limit_mps(WayId way) const { return cars_[way].limit_mps; }

  const CarQueue& cars(WayId way) const { return cars_[way]; }
  std::uint32_t crossings(WayId lane) const { return crossed_[lane]; }
  /// The path that others expect the first one on the lane to take.
  WayId expected(WayId lane) const { return cars_[lane].first_to; }
  struct Crosser {
    WayId lane = kNoWay;
    std::uint32_t trip = 0;
  };
  /// Who crossed a stop line in the last second, in the order of crossing.
  const std::vector<Crosser>& crossers() const { return crossers_; }
  model::RoadId next_road(const Car& car, WayId lane) const;
  std::uint32_t trip(const Car& car) const { return journeys_[car.vehicle].trip; }
  Role role(Slot vehicle) const;
  const Taxis* taxis() const { return taxis_.get(); }
  const Journey& journey(Slot v) const { return journeys_[v]; }
  std::uint32_t running() const { return running_; }
  std::uint32_t waiting_outside() const { return waiting_; }
  std::uint64_t missed_turns() const { return missed_turns_; }
  std::span<const LaneCounts> lane_counts() const { return lane_counts_; }
  const Demand& demand() const { return demand_; }
  /// Trips that wait to enter, in their order.
  std::vector<std::uint32_t> outside() const;
  /// Of everything that is there for vehicles: queues, journeys, the demand.
  std::size_t vehicle_bytes() const;

 private:
  struct Leader {
    const Car* car = nullptr;
    float gap_m = 0;
  };
  struct Foe {
    const Car* car = nullptr;
    float distance_m = 0;  ///< to the crossing, negative once past it
  };
  struct Moved {
    Car car;
    WayId to = kNoWay;
  };
  struct Thought {
    float mps = 0;             ///< the next second's speed; below 0: it stops within this one
    std::uint32_t wake_s = 0;  ///< till when it may sleep
  };
  struct Over {  ///< the end of its way
    WayId way = kNoWay;
    std::uint32_t place = 0;  ///< in the way's queue
  };
  struct Closure {  ///< waits for its place or its vehicle
    WayId lane = kNoWay;
    float at_m = 0, length_m = 0;
    std::uint32_t until_s = 0;
  };
  /// A place beside a car in another lane.
  struct Beside {
    WayId lane = kNoWay;
    std::size_t behind = 0;  ///< index of the first car there that is behind the place, about
  };
  struct Outside {  ///< who waits to enter a lane
    std::vector<std::uint32_t> trips;
    std::size_t head = 0;
  };

  // guests.cpp
  /// No trip of the demand: of a fleet, or an obstacle.
  bool is_guest(const Journey& j) const { return j.trip >= demand_.size(); }
  /// A guest that is no taxi: it stays in the city whatever lane it is in.
  bool is_callers(const Journey& j) const {
    return is_guest(j) && j.trip - demand_.size() < guests_;
  }
  float aside_speed(const Car& car) const;
  bool find_on(WayId way, Slot vehicle, Spot& spot) const;
  // hindrances.cpp
  void hinder(std::uint32_t now_s);
  bool try_to_close(const Closure& closure);
  bool try_to_break_down(const Closure& closure);
  void release(std::uint32_t now_s);
  void settle_limit(WayId lane, std::uint32_t now_s);
  float held_speed(Car& car);
  float speed_to_stop(Car& car);
  void arrive_at_stop(Car& car);
  // buses.cpp
  void begin_service(Slot v);
  // cruising.cpp
  std::uint32_t taxi_of(const Journey& j) const;
  bool call_taxi(std::uint32_t trip);
  void cruise(TruthStep& truth);
  void pull_out(std::uint32_t taxi, TruthStep& truth);
  void give_up_fare(std::uint32_t taxi, TruthStep& truth);
  void taxi_comes(Car& car, WayId lane, TruthStep& truth);
  void begin_ride(Car& car, WayId lane, std::uint32_t taxi, TruthStep& truth);
  bool taxi_stops(Slot v, WayId lane, TruthStep& truth);
  // traffic.cpp
  void create(TruthStep& truth);
  WayId first_lane(std::uint32_t trip) const;
  void admit(TruthStep& truth);
  std::uint16_t drives_as(VehicleKind kind);
  Slot take_slot(const Journey& journey);
  Slot new_slot(std::uint32_t trip);
  void settle(Car& car, WayId lane);
  void look_for_stop(Car& car);
  TurnsFrom turns(const Journey& j) const;
  void leave(Slot v);
  // rerouting.cpp
  std::uint32_t guide();
  float seconds_on(model::RoadId road) const;
  bool reroute(Slot v, model::RoadId destination, const Navigation::Class& driver, bool told_only);
  bool find_way(const Journey& j, model::RoadId from, std::uint32_t done,
                const Navigation::Class& driver, model::RoadId destination, bool told_only);
  void led(Slot v);
  void give_route(Slot v, std::span<const std::uint8_t> turns);
  void gather_detours();
  float distance_to_line_up(WayId lane) const;
  std::span<const float> known_costs(std::uint32_t trip);
  bool drive_on(Slot v, WayId lane);
  void create_later(TruthStep& truth);
  void wait_outside(std::uint32_t trip, TruthStep& truth);
  void arrive(WayId way, const Car& car, std::uint32_t wake_s);
  void front_changed(WayId lane);
  void awake_lanes(std::vector<WayId>& out) const;
  void drive();
  void drive_way(WayId w);
  std::uint64_t due(const std::uint32_t* wakes, std::uint32_t n) const;
  static std::uint32_t soonest(const std::uint32_t* wakes, std::uint32_t n);
  std::uint32_t drive_from(WayId w, CarQueue& queue, std::uint32_t i, std::uint32_t& next_wake);
  bool follow(WayId w, Car& car, const Car& ahead) const;
  bool go_on(WayId w, Car& car, float at_m, float next_mps) const;
  float speed_behind(const Driving& k, float speed_mps, float free_mps, const Car& ahead,
                     float gap_m) const;
  float next_speed(Car& car, WayId way, const Leader& leader);
  Thought think_of(WayId way, Car& car, const Car* ahead);
  std::uint32_t rest(const Car& car, float next_mps, WayId way, const Car* ahead,
                     const Leader& leader) const;
  Leader leader_beyond(const Car& car, float at_m, WayId way) const;
  struct Ahead {  ///< a lane on a car's way, and the number of the turn at its end
    WayId lane = kNoWay;
    std::uint32_t turn = 0;
  };
  WayId path_after(const Car& car, Ahead& ahead) const;
  void cross_over(TruthStep& truth);
  std::size_t leave_way(std::size_t i, TruthStep& truth);
  bool go_over(Car& car, TruthStep& truth, WayId& to);
  void place();
  void put(Moved& moved);
  void wake(WayId way, std::size_t i, std::uint32_t at_s);
  // yielding.cpp
  /// What there is on a junction's paths, 64 of them a piece (a bit each, by Way::place); the
  /// pieces of a junction follow each other.
  struct alignas(32) AtJunction {
    std::uint64_t on_path = 0;  ///< somebody is on it
    std::uint64_t first = 0;    ///< the first one on its lane takes it
    std::uint64_t green = 0;    ///< drivers see green
    std::uint64_t tails = 0;    ///< who came by it was the last one on its lane, and his tail may
                                ///< stand on it yet
    /// Nobody is on the others, comes to them or stands on them with his tail.
    std::uint64_t occupied() const { return on_path | (first & green) | tails; }
  };
  const AtJunction& at(const Way& path) const {
    return at_junctions_[path.mask_at + path.place / 64U];
  }
  AtJunction& at(const Way& path) { return at_junctions_[path.mask_at + path.place / 64U]; }
  static std::uint64_t bit(const Way& path) { return std::uint64_t{1} << (path.place % 64U); }
  bool is_green(const Way& path) const { return (at(path).green & bit(path)) != 0; }
  bool is_on_path(const Way& path) const { return (at(path).on_path & bit(path)) != 0; }
  void last_came_by(WayId path);
  void forget_tail(WayId path);
  static float turning_speed(const Driving& k, const Way& path, float distance_m);
  bool has_room(WayId lane, float length_m) const;
  float speed_beyond(const Car& car, WayId way, float left_m) const;
  float junction_speed(Car& car, WayId way);
  float yielding_speed(Car& car, WayId path, float to_path_m, float v);
  bool blocks(Car& car, WayId path, float to_path_m, const Crossing& crossing, float& v);
  Foe foe_on(WayId path, float at_m) const;
  bool can_pass(const Car& car, float distance_m, WayId path, const Foe& foe,
                const Crossing& c) const;
  bool can_yield(const Car& car, float distance_m) const;
  void yield_to(Slot vehicle, Slot foe);
  bool waits_in_circle(Slot foe) const;
  // giving_way.cpp
  float giving_way_speed(const Car& car, WayId path, float to_path_m, float v);
  struct Approach {  ///< vehicles that come to a path
    WayId path = kNoWay;
    std::uint32_t turns = 0;  ///< that lie between the vehicle's road and the path
    float to_path_m = 0;      ///< from the end of the vehicle's lane
    float last_s = 0;         ///< when the one before comes at the earliest
    float until_s = 0;        ///< later ones do not matter
  };
  bool may_meet(WayId path) const;
  bool gap_is_free(const Car& car, WayId path, float to_path_m) const;
  bool path_is_taken(const Car& car, const Crossing& crossing) const;
  Slot who_comes(WayId lane, Approach approach) const;
  bool is_held_up(const Car& first, WayId lane) const;
  bool takes(const Car& car, WayId way, const Approach& approach) const;
  bool comes_no_farther(const Car& car, WayId lane, float left_m) const;
  bool leaves_to_me(const Car& car, WayId path, float to_crossing_m, const Crossing& c) const;
  struct Wait {  ///< seconds in a row in which a vehicle would not enter the junction: red, no room
    std::uint32_t since_s = kNever;  ///< behind it, or it gives way
    std::uint32_t until_s = kNever;
  };
  void note_wait(Slot vehicle);
  bool waited(Slot vehicle) const;
  // lane_changes.cpp
  void change_lanes();
  void change_lanes_from(WayId lane);
  bool change_lanes_at(WayId lane, std::size_t i, Beside& inner, Beside& outer);
  void change(WayId lane, std::size_t i, Beside& to);
  Beside* wanted_lane(const Car& car, WayId lane, float gap_m, Beside& inner, Beside& outer) const;
  Beside* way_round(WayId lane, const Car& car, Beside& inner, Beside& outer) const;
  Beside* faster_lane(const Car& car, WayId lane, float gap_m, Beside& inner, Beside& outer) const;
  void take_another_turn(Car& car, WayId lane);
  void leave_by_another_road(Car& car, WayId lane);
  void go_another_way(Car& car, WayId lane, std::span<const std::uint8_t> turns);
  void find_beside(Beside& beside, float at_m) const;
  float gap_ahead(Beside& beside, float at_m) const;
  bool fits(const Car& car, Beside& beside) const;
  bool comes_behind(const Car& car, WayId lane) const;

  const Streets& streets_;
  const Way* const ways_;  // streets_'s
  const WayId lanes_;      // ways below are lanes, the others paths
  Demand demand_;
  runtime::Random random_;
  std::uint32_t now_s_ = 0;
  Router router_;
  Router::Search search_;
  std::vector<float> road_cost_;  // seconds, by road
  std::vector<std::uint8_t> new_turns_;
  Turns detours_;                 // turns of routes that are not the demand's
  std::size_t detours_kept_ = 0;  // when they were last gathered
  std::vector<WayId> lane_of_;    // by slot: the lane it is on, or came from
  std::unique_ptr<Navigation> navigation_;
  std::unique_ptr<Parking> parking_;
  std::unique_ptr<Taxis> taxis_;
  std::uint32_t guests_ = 0;  // of fleets
  struct Bus {
    std::uint32_t trip = 0;
    Slot slot = kNobody;
  };
  std::vector<Bus> buses_;          // some have arrived
  std::size_t buses_kept_ = 64;     // till they are so many
  std::vector<float> bus_delay_s_;  // by slot, where the demand has stops
  std::uint64_t missed_turns_ = 0;
  std::vector<std::uint32_t> detoured_;  // trips, in this second
  std::vector<LaneCounts> lane_counts_;  // by lane
  std::vector<Closure> closures_, breakdowns_to_come_;
  struct Obstacle {
    WayId lane = kNoWay;
    Slot slot = kNobody;
    std::uint32_t until_s = 0;
  };
  std::vector<Obstacle> obstacles_;
  std::vector<float> limit_factor_;              // by lane: works
  float speed_factor_ = 1, headway_factor_ = 1;  // the weather's
  std::vector<std::uint32_t> served_s_;          // by bus stop: when a bus left it last
  std::vector<Driving> kinds_;
  std::vector<VehicleKind> driven_;       // the same as they were given
  std::vector<std::uint16_t> drives_as_;  // by Demand::kinds()
  std::vector<Journey> journeys_;
  std::vector<Wait> waits_;  // by slot, as far as somebody waited at a junction with rules
  std::vector<Slot> free_slots_;
  std::vector<Role> guest_roles_;      // by number
  std::vector<CarQueue> cars_;         // by way
  std::vector<std::uint32_t> wake_s_;  // by lane: nobody on it needs a look before; a multiple of 4
  std::vector<std::uint8_t> restless_;  // by lane: somebody on it may want another one
  std::vector<WayId> busy_paths_;       // with somebody on them
  std::vector<WayId> up_;               // ways with somebody awake
  std::vector<Over> over_;              // in this second, way by way
  std::vector<Outside> outside_;        // by lane
  std::vector<WayId> entered_lanes_;    // lanes with somebody outside
  std::vector<std::uint32_t> crossed_;  // by lane, in the last second
  std::vector<WayId> crossed_lanes_;
  std::vector<Crosser> crossers_;
  std::vector<AtJunction> at_junctions_;  // by Way::mask_at
  std::vector<Moved> moved_, together_;
  std::vector<std::uint8_t> arrivals_;  // by way, in this second
  std::size_t next_trip_ = 0;
  std::size_t planned_trips_ = 0;  // of the demand; later ones begin when their time has come
  std::uint32_t running_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace citybrain::city
