// Which resource may go over which link, Step by Step: the grants in use, a function of
// governance.requests alone, which is read from its beginning, so that every party has the same and
// no snapshot holds it. Events count from the Step on that reads them. Private to hub/federation.
// One thread. Errors: CB-NETWORK-*.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hub/federation/plan.h"
#include "hub/network/network.h"

namespace citybrain::federation {

struct Flow {
  std::string link, resource;
  friend auto operator<=>(const Flow&, const Flow&) = default;
};

class Flows {
 public:
  /// As of `now`, with nothing opened or closed. `plan` must outlive it.
  static model::Result<Flows> open(const Plan& plan, network::Log& log, model::EventTime now);
  /// Takes what was published up to `now`.
  model::Result<void> step(model::EventTime now, network::Horizon horizon);

  bool is_open(const std::string& link, const std::string& resource) const;
  /// Since the Step before; in order.
  const std::vector<Flow>& opened() const { return opened_; }
  const std::vector<Flow>& closed() const { return closed_; }
  /// Steps that the law does not allow.
  std::uint64_t refused_steps() const;

 private:
  Flows(const Plan& plan, std::unique_ptr<network::Cursor> cursor);
  void take(const catalog::Event& event);
  void judge(model::EventTime now);

  struct State {
    std::vector<const GrantSpec*> grants;
    bool open = false;
  };
  const Plan* plan_;
  std::unique_ptr<network::Cursor> cursor_;
  std::map<std::string, catalog::Book, std::less<>> books_;      // by lead source
  std::map<std::string, std::string, std::less<>> provider_of_;  // by request
  std::map<Flow, State> flows_;
  std::vector<Flow> opened_, closed_;
  catalog::Date judged_on_;
  bool changed_ = true;
};

}  // namespace citybrain::federation
