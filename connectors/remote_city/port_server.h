// The city's side of a port whose departments are other processes (remote_city.h): publishes what
// the port shows, and applies what the sources want moved, in the order of (source, number).
// Errors: CB-PORT-RECORD, CB-RUN-SILENT (names the source), CB-RUN-INTERRUPTED, CB-NETWORK-*. One
// thread; the log and the city must outlive it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "citybrain/v1/port.pb.h"
#include "connectors/city_port/city_port.h"
#include "connectors/remote_city/port_state.h"
#include "hub/network/network.h"
#include "hub/network/patience.h"
#include "hub/network/publisher.h"

namespace citybrain::remote_city {

/// The topics of the port, one partition each.
model::Result<void> create_topics(network::Log& log);

class PortServer {
 public:
  /// `movers` are the sources that may move something, in the order in which they act.
  static model::Result<std::unique_ptr<PortServer>> open(network::Log& log, city_port::City& city,
                                                         model::Epoch epoch,
                                                         std::vector<std::string> movers,
                                                         const network::Patience& patience);
  /// What the port shows at the city's present time, which is `step`.
  model::Result<void> publish(model::Step step);
  /// Applies and answers what the sources want moved in `step`, until each has said that it is
  /// done.
  model::Result<void> serve(model::Step step);

 private:
  PortServer(city_port::City& city, model::Epoch epoch, std::vector<std::string> movers,
             const network::Patience& patience, network::Publisher publisher,
             std::unique_ptr<network::Cursor> actuations);
  /// The next record of the source, which is of `step`.
  model::Result<v1::PortActuations> next(const std::string& source, model::Step step);
  model::Result<void> read(bool surely);
  model::Result<void> answer(const v1::PortActuations& record, model::Step step);

  city_port::City& city_;
  model::Epoch epoch_;
  std::vector<std::string> movers_;
  network::Patience patience_;
  network::Publisher publisher_;
  std::unique_ptr<network::Cursor> actuations_;
  StateWriter writer_;
  struct Mover {
    std::deque<v1::PortActuations> records;         // that were not looked at yet
    std::pair<std::int64_t, std::uint32_t> next{};  // (step, number) from which on they are new
  };
  std::map<std::string, Mover> by_source_;
};

}  // namespace citybrain::remote_city
