// Intake: what every source published up to a time, merged by (publish time, source, sequence),
// never by arrival. Private to hub/node.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/model/decision.h"
#include "hub/network/network.h"
#include "hub/network/patience.h"

namespace citybrain::node {

/// How far one partition was read.
struct ReadPosition {
  std::string topic;
  network::Partition partition = 0;
  network::Position next = 0;

  template <class A>
  void fields(A& a) {
    a(topic, partition, next);
  }
};

/// What one Step reads. Views into the intake's buffer, valid until its next gather().
struct Gathered {
  std::vector<access::Incoming> records;  ///< of datasets, merged
  std::vector<model::Ack> acks;
  std::vector<model::PositionRange>
      because;  ///< per partition of a dataset that was read, the range; topic is the dataset's id
};

class Intake {
 public:
  /// Waits for the barriers of `sources` as long as its patience lasts.
  static model::Result<Intake> open(network::Log& log, const catalog::Catalog& catalog,
                                    const model::RoadNetwork& network,
                                    const std::vector<std::string>& sources,
                                    const network::Patience& patience);
  Intake(Intake&&) noexcept;
  Intake& operator=(Intake&&) noexcept;
  ~Intake();

  /// Goes to positions that an earlier run reached. Error CB-NODE-POSITIONS when the log does not
  /// reach them.
  model::Result<void> seek(const std::vector<ReadPosition>& positions);
  std::vector<ReadPosition> positions() const;
  /// Everything published up to and including `until`, once every source said that it is through
  /// with it.
  model::Result<void> gather(model::EventTime until, Gathered& out);

 private:
  struct Impl;
  explicit Intake(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::node
