// The policies of signal control. Each is made for a desk's junctions and reads only the situation
// of its desk's view.
//
// fixed-time              the plan's phases in turn, each with its planned time (intergreen
// included). green_s: the same
//                         green for every phase instead of the plan's.
// actuated                fully actuated control as a good cabinet does it on its own stop-line
// loops (FHWA Traffic Signal
//                         Timing Manual, 2nd ed., ch. 6): minimum green, extension by occupied
//                         loops until a gap, maximum green, phases without a call skipped, rest in
//                         green. A silent loop is a standing call with a fixed extension (detector
//                         failure recall). min_green_s, max_green_s, gap_s, recall_s.
// max-pressure            every interval_s the phase with the greatest pressure: queues of entering
// lanes minus the queues of
//                         the exit road's lanes (Varaiya 2013, Transportation Research C 36).
// efficient-max-pressure  the same with the exit queues averaged over the exit road's lanes (Wu et
// al. 2021, arXiv:2112.02336). advanced-max-pressure   keeps the phase while the vehicles running
// towards it outweigh the best pressure (Zhang et al. 2022,
//                         ICML, "Expression might be enough").
// look-ahead              every interval_s the first step of the best sequence of phases over the
// next `decisions` intervals,
//                         by exhaustive search over queues and expected arrivals (rolling horizon
//                         as in PRODYN, Henry et al. 1983). headway_s, lost_s, tail_s; patience_s:
//                         a lane that waited longer weighs more.
// None of them keeps a memory: what they need of the past is in the situation.
#pragma once

#include <memory>

#include "hub/brain/brain.h"

namespace citybrain::brain {

using PolicyPtr = std::unique_ptr<Policy>;

PolicyPtr make_fixed_time(const Parameters& parameters, const Assignment& assignment,
                          const model::RoadNetwork& network);
PolicyPtr make_actuated(const Parameters& parameters, const Assignment& assignment,
                        const model::RoadNetwork& network);
enum class PressureKind : std::uint8_t { kPlain, kEfficient, kAdvanced };
PolicyPtr make_pressure(PressureKind kind, const Parameters& parameters,
                        const Assignment& assignment, const model::RoadNetwork& network);
PolicyPtr make_look_ahead(const Parameters& parameters, const Assignment& assignment,
                          const model::RoadNetwork& network);

}  // namespace citybrain::brain
