// Emergencies of a city: where people call from, who is there to help, and how they drive. Values;
// names are those of the road network. fleets.h lives through them.
//
// Sources of the figures: turnout within 60 s in nine cases of ten (NFPA 1710); 13.4 min at the
// scene on average in cities (Carr et al. 2006, "A meta-analysis of prehospital care times for
// trauma", Prehospital Emergency Care 10); handover within 15 min (NHS England, standard for
// ambulance handovers). Durations are lognormal as in Ingolfsson, Budge and Erkut (2008, "Optimal
// ambulance location with random delays and travel times", Health Care Management Science 11), in
// whole seconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/road_network.h"

namespace citybrain::city {

/// As a scenario says it (docs/scenario.md).
struct EmergencySpec {
  struct At {  ///< a place on a road
    std::string road;
    double at_m = 0;  ///< from the road's beginning
  };
  struct CallSpec {
    double at_s = 0;  ///< since the scenario's start
    At place;
    std::uint32_t severity = 2;
  };
  struct Station {
    At place;
    std::uint32_t ambulances = 1;
  };
  bool present = false;         ///< false: nobody calls and nobody comes
  double rate_per_hour = 0;     ///< medical calls, mean over the day
  double processing_s = 60;     ///< from a call to the control centre's own order
  bool own_dispatch = true;     ///< the control centre orders by itself; false: it waits to be told
  std::vector<CallSpec> calls;  ///< beside those by chance
  std::vector<Station> stations;  ///< beside the network's
  std::vector<At> hospitals;
  std::uint32_t police_cars = 0;
  double police_clears = 0.5;  ///< of the time that an incident has left when police arrive, what
                               ///< it takes from then on
  double turnout_s = 45;       ///< medians
  double scene_s = 750;
  double handover_s = 840;
  bool siren = true;             ///< false: everybody drives like others
  double siren_excess = 0.3;     ///< above the speed limit, a share
  bool siren_passes = true;      ///< past queues
  double preemption_lead_s = 0;  ///< cabinets give green so long before; 0: they do not
  double preemption_most_s = 90;
};

/// The same with names resolved.
struct EmergencyPlan {
  struct FixedCall {
    std::uint32_t at_s = 0;
    model::RoadId road;
    float at_m = 0;
    std::uint8_t severity = 2;
  };
  EmergencySpec spec;
  std::vector<FixedCall> calls;      ///< in the order of their times
  std::vector<model::RoadId> roads;  ///< from and to which everybody can drive
  std::vector<double> weight_sums;   ///< lanes x length of `roads`, running sums

  bool present() const { return spec.present; }
};

/// Adds the spec's stations and hospitals to the network's places. Error CB-INPUT-EMERGENCY.
model::Result<void> add_places(const EmergencySpec& spec, model::RoadNetwork& network);
/// Needs the places to be there. Error CB-INPUT-EMERGENCY names what does not fit.
model::Result<EmergencyPlan> resolve_emergencies(const EmergencySpec& spec,
                                                 const model::RoadNetwork& network);

/// Medical calls by the hour of the day, as a share of the day's mean: fewest before dawn, most
/// from late morning to early evening (the shape in Cantwell et al. 2015, "Time of day and day of
/// week trends in EMS demand", Prehospital Emergency Care 19).
double call_profile(std::uint32_t hour);

}  // namespace citybrain::city
