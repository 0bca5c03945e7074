// Which records a decision stands on, for whoever follows it back (docs/network.md, "Traces").
// Private to hub/node. Nothing that decides reads this.
//
// The strongest cause of a proposal is the record that spoke last of the lane, among those that the
// proposal gives green, on which most vehicles are thought to stand (then most vehicles at all,
// then the lower lane); a camera's picture before a loop's count before navigation clients on its
// road, as fusion trusts them. Records of other kinds on that lane and of the other lanes follow.
// Only records of datasets that the view was granted are named.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hub/access/access.h"
#include "hub/model/decision.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"
#include "hub/model/trace.h"

namespace citybrain::node {

/// The records that spoke last of each lane and road, one a dataset: part of the working state.
class Heard {
 public:
  /// A proposal names no more causes than this.
  static constexpr std::size_t kMost = 8;

  /// The batch that access made of `records`.
  void take(const model::ObservationBatch& batch, std::span<const access::Incoming> records,
            const model::RoadNetwork& network);
  /// The strongest first; empty when nobody has spoken of any of its lanes.
  std::vector<model::TraceContext> causes(const model::Proposal& proposal,
                                          const model::Situation& situation,
                                          const model::RoadNetwork& network) const;

  template <class A>
  void fields(A& a) {
    a(lanes_, roads_);
  }

 private:
  enum class Kind : std::uint8_t { kPicture, kCount, kProbe };
  struct Last {
    Kind kind = Kind::kPicture;
    model::DatasetId source;
    model::TraceContext record;

    template <class A>
    void fields(A& a) {
      a(kind, source, record);
    }
  };
  using Lasts = std::vector<Last>;  // by kind, then by dataset
  static void put(Lasts& lasts, Kind kind, model::DatasetId source,
                  const model::TraceContext& record);

  std::vector<Lasts> lanes_, roads_;
};

}  // namespace citybrain::node
