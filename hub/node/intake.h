// Intake: what every source published up to a time in the partitions of a district (or as tables
// for all of them), merged by (publish time, source, sequence), never by arrival. Private to
// hub/node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/model/decision.h"
#include "hub/network/network.h"
#include "hub/node/needs.h"

namespace citybrain::node {

/// What one Step reads. Views into the intake's buffer, valid until its next gather().
struct Gathered {
  std::vector<access::Incoming> records;  ///< of datasets, merged
  std::vector<model::Ack> acks;
  std::vector<model::PositionRange>
      because;  ///< per partition of a dataset that was read, the range; topic is the dataset's id
};

class Intake {
 public:
  /// Observations and acknowledgements of one district.
  static model::Result<Intake> of_district(network::Log& log, const catalog::Catalog& catalog,
                                           const model::RoadNetwork& network,
                                           model::DistrictId district);
  /// What observations are read by (catalog::is_id_table), of all districts.
  static model::Result<Intake> of_tables(network::Log& log, const catalog::Catalog& catalog,
                                         const model::RoadNetwork& network);
  Intake(Intake&&) noexcept;
  Intake& operator=(Intake&&) noexcept;
  ~Intake();

  /// Goes to positions that an earlier run reached. Error CB-NODE-POSITIONS when they are of
  /// partitions that this intake does not read, or were truncated; CB-NODE-AHEAD when the log ends
  /// before them.
  model::Result<void> seek(const std::vector<ReadPosition>& positions);
  /// Before anything was read: that nothing was truncated. Error CB-NODE-POSITIONS.
  model::Result<void> check_whole() const;
  std::vector<ReadPosition> positions() const;
  /// Everything published up to and including `until`, which every source has said that it is
  /// through with before `horizon`.
  model::Result<void> gather(model::EventTime until, network::Horizon horizon, Gathered& out);

 private:
  struct Impl;
  explicit Intake(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::node
