// What one district passes on to the others in every step, so that each can go on alone: they read
// it one step later (situation records bind like decisions do), whoever works on either. Private to
// hub/node.
#pragma once

#include <vector>

#include "hub/fusion/fusion.h"
#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/model/observation.h"

namespace citybrain::node {

/// Of one view.
struct ViewShare {
  fusion::Tally tally;
  std::vector<float> entries;  ///< queues on model::District::entries, vehicles

  template <class A>
  void fields(A& a) {
    a(tally, entries);
  }
};

struct Exchange {
  model::DistrictId district;
  model::Step step = 0;
  std::vector<model::PositionRange> because;  ///< what was read; topic is the dataset's id
  std::vector<ViewShare> views;
  model::ObservationBatch observations;  ///< that others need: fusion::Fuser::pass_on()

  template <class A>
  void fields(A& a) {
    a(district, step, because, views, observations);
  }
};

}  // namespace citybrain::node
