// The working state of a node: plain serialisable values; a snapshot is its bytes. Private to
// hub/node.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/dispatch/dispatch.h"
#include "hub/fusion/fusion.h"
#include "hub/model/archive.h"
#include "hub/model/history.h"
#include "hub/model/situation.h"
#include "hub/node/causes.h"
#include "hub/node/intake.h"
#include "hub/node/node.h"

namespace citybrain::node {

/// One view's estimates and the samples of the minute that is not yet written.
struct ViewState {
  fusion::State filters;
  model::Situation situation;
  std::vector<model::LaneHistoryBlock> minute;  ///< by block of lanes
  std::array<std::uint32_t, 3> known{};         ///< vehicles, events and places written last

  template <class A>
  void fields(A& a) {
    a(filters, situation, minute, known);
  }
};

struct WorkingState {
  static constexpr std::uint32_t kFormat = 3;
  std::uint32_t format = kFormat;
  model::Step step = 0;
  std::vector<ReadPosition> positions;
  std::string sequences;  ///< of the publisher
  access::State access;
  Heard heard;  ///< which records spoke last of what
  std::vector<ViewState> views;
  dispatch::State dispatch;
  std::vector<std::string> policies;  ///< memory of each desk's policy
  Totals totals;

  template <class A>
  void fields(A& a) {
    a(format, step, positions, sequences, access, heard, views, dispatch, policies, totals);
  }
};

}  // namespace citybrain::node
