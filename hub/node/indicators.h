// How well the data is (鲜活、完整、有效、重复), measured in every Step: freshness, completeness,
// validity and duplicate rate of each dataset in a district, from access's counters against the
// contract. In the current minute, so that a sample says what is so now. Private to hub/node;
// nothing that decides reads it, and it is in no digest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/model/districts.h"
#include "hub/store/rows.h"

namespace citybrain::node {

/// Part of a district's working state.
struct IndicatorState {
  std::vector<access::Counters> minute_began;  ///< access's counters then, by dataset
  std::vector<std::int64_t> newest_ms;         ///< event time of the newest fact admitted; 0: none

  template <class A>
  void fields(A& a) {
    a(minute_began, newest_ms);
  }
};

/// How many records each dataset should bring every second, by contract and by the devices and
/// vehicles that departments have said they have; 0 where nobody can know (calls for help).
std::vector<double> expected_per_s(const catalog::Catalog& catalog, const access::Tables& tables,
                                   const model::Districts& districts, model::DistrictId district);

/// Notes the newest facts of a batch.
void note(const model::ObservationBatch& batch, IndicatorState& state);

/// By dataset: totals now and when the minute began, the newest facts, what to expect each second.
struct Measured {
  std::span<const access::Counters> counters, minute_began;
  std::span<const std::int64_t> newest_ms;
  std::span<const double> expected_per_s;
};
/// The samples of all datasets that anything came of, at the end of a Step.
store::IndicatorRow indicators(model::Step step, model::EventTime now, const Measured& measured);

}  // namespace citybrain::node
