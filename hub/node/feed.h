// One partition of one topic as a node reads it, step by step. Private to hub/node.
//
// Sources publish in the order of their publish times, and none publishes a step before all are
// through with the one before; so the first record that is not due ends a step's reading. A record
// of somebody else may claim any time, and must not hold up what lies behind it: one that is more
// than kAhead_ms ahead of a due record within the next kLookPast is passed over and told of as out
// of its order. That is a function of the log: whatever is due is there before a step is read.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hub/model/ids.h"
#include "hub/network/network.h"

namespace citybrain::node {

constexpr std::int64_t kAhead_ms = 5'000;
constexpr std::size_t kLookPast = 4'096;  ///< records

class Feed {
 public:
  static model::Result<Feed> open(network::Log& log, std::string topic,
                                  network::Partition partition, model::DatasetId dataset);

  const std::string& topic() const { return topic_; }
  network::Partition partition() const { return partition_; }
  model::DatasetId dataset() const { return dataset_; }  ///< none for the system's own topics
  network::Position next() const { return next_; }       ///< of the first record not taken
  void seek(network::Position position);

  using Take = std::function<void(const network::RecordView&, bool is_out_of_order)>;
  /// Everything published up to and including `until`, in the order of the log.
  model::Result<void> read(model::EventTime until, network::Horizon horizon, const Take& take);

 private:
  /// A record that was read and is not due yet; the cursor's buffer is gone by then.
  struct Held {
    network::RecordView view;  ///< of what follows
    std::string key, value, producer;
    std::vector<std::pair<std::string, std::string>> names;
    std::vector<network::Header> headers;
  };
  void hold(const network::RecordView& record);
  void take_first(bool is_out_of_order, const Take& take);
  /// Takes held records as out of their order up to the first that is due; false when none is.
  model::Result<bool> pass_over(model::EventTime until, network::Horizon horizon, const Take& take);
  /// Holds more records; false when there are none.
  model::Result<bool> hold_more(network::Horizon horizon);
  /// Takes what the cursor has, up to the first record that is not due; true when there is one.
  model::Result<bool> stream(model::EventTime until, network::Horizon horizon, const Take& take);

  std::string topic_;
  network::Partition partition_ = 0;
  model::DatasetId dataset_;
  std::unique_ptr<network::Cursor> cursor_;
  network::Position next_ = 0;
  std::deque<std::unique_ptr<Held>> held_;
};

}  // namespace citybrain::node
