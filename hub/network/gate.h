// The log as a part of a run uses it that runs beside others: what tells others that something is
// there ("nothing more until", "decided up to": the topics control.*) is held back until it is.
// Records in different partitions take different ways; a barrier must not arrive before what it
// speaks of.
//
// release() waits until everything appended so far is acknowledged, and lets the barriers go:
// two exchanges a step with a broker, however many sources a process has. Everything else goes
// straight through. One thread, unlike other logs; the log behind it must outlive it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/network/network.h"

namespace citybrain::network {

class Gate final : public Log {
 public:
  /// `acknowledges` is false where readers see records in the order of appending anyway (the
  /// embedded log).
  Gate(Log& log, bool acknowledges) : log_(log), acknowledges_(acknowledges) {}

  model::Result<void> release();

  model::Result<void> create(const TopicSpec& spec) override { return log_.create(spec); }
  model::Result<std::vector<TopicSpec>> topics() const override { return log_.topics(); }
  model::Result<std::unique_ptr<Appender>> appender(const AppenderOptions& options) override;
  model::Result<std::unique_ptr<Cursor>> cursor(std::string_view topic, Partition partition,
                                                Position from) override {
    return log_.cursor(topic, partition, from);
  }
  model::Result<Position> position_at(std::string_view topic, Partition partition,
                                      model::EventTime time) override {
    return log_.position_at(topic, partition, time);
  }
  model::Result<Position> begin(std::string_view topic, Partition partition) override {
    return log_.begin(topic, partition);
  }
  model::Result<Position> end(std::string_view topic, Partition partition) override {
    return log_.end(topic, partition);
  }
  model::Result<void> truncate_before(std::string_view topic, Partition partition,
                                      Position position) override {
    return log_.truncate_before(topic, partition, position);
  }
  model::Result<void> sync() override;
  model::Result<Horizon> horizon() override { return log_.horizon(); }
  model::Result<std::unique_ptr<Membership>> join(const GroupOptions& options,
                                                  std::span<const std::string> topics) override {
    return log_.join(options, topics);
  }

 private:
  class Held;
  friend class Held;
  Log& log_;
  bool acknowledges_;
  std::vector<Held*> holders_;  // appenders with something held back, in order
};

}  // namespace citybrain::network
