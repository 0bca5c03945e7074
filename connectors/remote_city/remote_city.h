// A city in another process, for the departments beside it. The city's side (port_server.h)
// publishes on port.state what its port shows after every step; a RemoteCity shows just that, and
// sends what is to be moved on port.actuations. A connector cannot tell it from the city itself: it
// publishes the same bytes (tests/connectors/test_remote_city.cpp).
//
//   PortFeed     what is sensed; one for all departments of a process
//   RemoteCity   the port of one source: the feed, and its own actuations
//
// advance_to(t) waits until the city has reached t. An actuation is applied before the city leaves
// the step, in the order of (source, number), and its outcome comes back on port.replies. The
// city waits for the last word of every source that may move something: done(). After a restart
// everything is sent again and dropped by the log, and the old replies are read; or it goes on from
// a step whose state was kept (save(), restore()). Errors: CB-PORT-RECORD (damaged), CB-RUN-SILENT
// (nothing comes), CB-RUN-INTERRUPTED, CB-NETWORK-*. Threading: a feed and the cities on it belong
// to one thread. The log, the network and the feed must outlive what is made on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/network/network.h"
#include "hub/network/patience.h"
#include "hub/network/publisher.h"

namespace citybrain::remote_city {

class PortFeed {
 public:
  /// Waits for what the port shows after the step `from` (0: before the first one). Error
  /// CB-PORT-POSITIONS: the log was truncated beyond it.
  static model::Result<std::unique_ptr<PortFeed>> open(network::Log& log,
                                                       const model::RoadNetwork& network,
                                                       model::Epoch epoch,
                                                       const network::Patience& patience,
                                                       model::Step from = 0);
  ~PortFeed();

  /// Nothing happens when the feed is there already.
  model::Result<void> advance_to(model::EventTime time);
  model::EventTime now() const;
  model::Step step() const;
  const city_port::Sensors& sensors() const;
  const model::RoadNetwork& network() const;
  const network::Patience& patience() const;

 private:
  struct Impl;
  explicit PortFeed(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class RemoteCity final : public city_port::City {
 public:
  /// `source` is the connector's; one that moves nothing is refused when it tries.
  static model::Result<std::unique_ptr<RemoteCity>> make(network::Log& log, PortFeed& feed,
                                                         std::string source, bool moves);

  const model::RoadNetwork& network() const override { return feed_.network(); }
  model::EventTime now() const override { return feed_.now(); }
  model::Result<void> advance_to(model::EventTime time) override { return feed_.advance_to(time); }
  const city_port::Sensors& sensors() const override { return feed_.sensors(); }
  model::Result<void> apply(const city_port::SignalActuation& actuation) override;
  model::Result<void> guide(const city_port::GuidanceActuation& actuation) override;
  model::Result<void> apply(const city_port::DispatchActuation& order) override;
  model::Result<std::vector<model::Result<void>>> carry_out(
      std::span<const city_port::Actuation> all) override;

  /// The source moves nothing more in this step. Nothing happens when that was said, or when it
  /// moves nothing at all.
  model::Result<void> done();
  /// Between two steps: the number of what was sent and how far the outcomes were read, and back.
  /// Error CB-CONNECTOR-STATE.
  std::string save() const;
  model::Result<void> restore(std::string_view saved);

 private:
  using Outcomes = std::vector<model::Result<void>>;
  RemoteCity(PortFeed& feed, std::string source) : feed_(feed), source_(std::move(source)) {}
  model::Result<void> one(const city_port::Actuation& actuation);
  /// The number of the record.
  model::Result<std::uint32_t> send(std::span<const city_port::Actuation> all, bool last);
  model::Result<Outcomes> outcomes_of(std::uint32_t number, std::size_t count);

  PortFeed& feed_;
  std::string source_;
  std::unique_ptr<network::Publisher> publisher_;  // none when it moves nothing
  std::unique_ptr<network::Cursor> replies_;
  model::Step step_ = 0;      // that number_ and done_ are of
  std::uint32_t number_ = 0;  // of the next record
  bool done_ = false;
};

}  // namespace citybrain::remote_city
