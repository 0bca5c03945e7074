// The situation (态势): what is known in one view about every lane, road and junction, each value
// with its time, its uncertainty and its sources. Columns by id. Values, no IO; a view owns one
// situation.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"

namespace citybrain::model {

struct Estimate {
  float value = 0;
  float variance = 0;  ///< of the error, in the value's unit squared
  EventTime at;  ///< the event time of the newest observation behind it; 0 when there never was one
  SourceMask from;  ///< datasets behind it; empty means a prior or a model only

  template <class A>
  void fields(A& a) {
    a(value, variance, at, from);
  }
};

/// The profile of moving vehicles: expected number that would reach the stop line, at free flow, in
/// [kBin_s * i, kBin_s * (i + 1)).
struct Arrivals {
  static constexpr std::size_t kBins = 32;
  static constexpr float kBin_s = 2.5F;
  std::array<float, kBins> expected{};

  template <class A>
  void fields(A& a) {
    a(expected);
  }
};

struct LaneSituation {
  Estimate queue_veh;         ///< standing vehicles
  Estimate vehicles;          ///< standing and moving
  Estimate speed_mps;         ///< space mean
  Estimate density_vpkm;      ///< vehicles per kilometre of lane
  Estimate running_near_veh;  ///< moving vehicles within 167 m of the stop line (Advanced-MP)
  Arrivals arrivals;
  bool occupied = false;          ///< the stop-line loop reported a vehicle in its zone
  float since_occupied_s = 1e6F;  ///< since the loop last reported one; large when it never did
  float loop_silent_s = 1e6F;     ///< since the loop last reported anything; large when it is dead,
                                  ///< not granted, or not there
  float flow_vps =
      0;  ///< recent discharge over the stop line, vehicles per second (exponential mean, 60 s)

  template <class A>
  void fields(A& a) {
    a(queue_veh, vehicles, speed_mps, density_vpkm, running_near_veh, arrivals, occupied,
      since_occupied_s, loop_silent_s, flow_vps);
  }
};

struct RoadSituation {
  Estimate speed_mps;
  Estimate density_vpkm;
  Estimate vehicles;

  template <class A>
  void fields(A& a) {
    a(speed_mps, density_vpkm, vehicles);
  }
};

/// What the hub knows of a signal from its own commands and their acknowledgements.
struct SignalSituation {
  std::int32_t phase =
      -1;           ///< the phase shown or being changed to; -1 when the groups shown are no phase
  EventTime since;  ///< when that phase's green began (or will begin, while changing)
  bool changing = false;  ///< in the intergreen before `phase`
  GroupSet greens = 0;
  std::vector<float> red_s;  ///< by group, seconds since it was last green; 0 while it is

  template <class A>
  void fields(A& a) {
    a(phase, since, changing, greens, red_s);
  }
};

/// The last that was heard of a vehicle of a fleet.
struct VehicleSituation {
  VehiclePosition last;
  EventTime heard;  ///< when the hub took it

  template <class A>
  void fields(A& a) {
    a(last, heard);
  }
};

/// Reports that seem to speak of one thing.
struct EventSituation {
  std::uint32_t number = 0;  ///< in this view, counting up
  EventReport::Kind kind = EventReport::Kind::kMedical;
  std::uint8_t severity = 1;  ///< the worst that was reported
  EventTime first, last;      ///< event times of the reports
  EventTime heard;            ///< when the hub took the last one
  RoadId road;
  float at_m = 0;  ///< from the road's beginning: the mean of the reports on that road
  std::uint32_t reports = 0, reports_on_road = 0;
  SourceMask from;

  template <class A>
  void fields(A& a) {
    a(number, kind, severity, first, last, heard, road, at_m, reports, reports_on_road, from);
  }
};

/// What is known of a place of the base database.
struct PlaceSituation {
  std::uint32_t place = 0;
  float free = 0;                ///< places free, as shown
  float capacity = 0;            ///< places
  float entries = 0, exits = 0;  ///< since the last report but one
  EventTime at, heard;
  SourceMask from;

  template <class A>
  void fields(A& a) {
    a(place, free, capacity, entries, exits, at, heard, from);
  }
};

struct Situation {
  ViewId view;
  SourceMask grants;  ///< the datasets this view may draw on
  EventTime now;
  EventTime watermark;  ///< the past before it is complete
  std::vector<LaneSituation> lanes;
  std::vector<RoadSituation> roads;
  std::vector<SignalSituation> signals;    ///< by junction; unsignalised ones stay empty
  std::vector<VehicleSituation> vehicles;  ///< of fleets, by (dataset, vehicle)
  std::vector<EventSituation> events;      ///< by number
  std::vector<PlaceSituation> places;      ///< by place
  std::uint32_t next_event = 0;

  template <class A>
  void fields(A& a) {
    a(view, grants, now, watermark, lanes, roads, signals, vehicles, events, places, next_event);
  }
};

}  // namespace citybrain::model
