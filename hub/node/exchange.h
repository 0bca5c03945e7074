// What one district passes on to the others in every step, so that each can go on alone: they read
// it one step later (situation records bind like decisions do), whoever works on either; on
// hub.exchange where other processes may. Private to hub/node.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/fusion/fusion.h"
#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/model/districts.h"
#include "hub/model/observation.h"
#include "hub/network/network.h"

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

/// citybrain.v1.HubExchange. Decoding gives nothing for bytes that are none, or that do not fit the
/// city.
std::string encode(const Exchange& exchange);
std::optional<Exchange> decode_exchange(std::string_view bytes, const model::Districts& districts,
                                        std::size_t views);
/// All that it speaks of is in the city.
bool fits(const model::ObservationBatch& observations, const model::Districts& districts);

/// One district's exchanges as another process published them, step by step.
class ExchangeReader {
 public:
  /// `from`: the end of the first step that will be asked for. `districts` must outlive it.
  static model::Result<ExchangeReader> open(network::Log& log, const model::Districts& districts,
                                            std::size_t views, model::DistrictId district,
                                            model::EventTime from);
  /// The exchange of a step, not before the one asked for last; nullptr when it is not there yet.
  /// Valid until the next call. Errors: CB-NODE-EXCHANGE.
  model::Result<const Exchange*> find(model::Step step);

 private:
  ExchangeReader(std::unique_ptr<network::Cursor> cursor, const model::Districts& districts,
                 std::size_t views, model::DistrictId district)
      : cursor_(std::move(cursor)), districts_(&districts), views_(views), district_(district) {}
  std::unique_ptr<network::Cursor> cursor_;
  const model::Districts* districts_;
  std::size_t views_;
  model::DistrictId district_;
  std::optional<Exchange> last_;
};

}  // namespace citybrain::node
