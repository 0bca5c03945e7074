// Federation of warehouses (跨区域数据共享): parties, each with a warehouse and a log of its own,
// exchange granted resources over links of the network, with store and forward while a link is cut,
// and give usage and corrections back to the lead source (回流).
//
// Promises. A resource goes over a link only while the receiver's request for it is in use
// (hub/catalog/request.h): checked when a change is put into the outbox, when it is sent, and when
// it is taken. What ends takes the received rows with it. A message takes effect once, in order,
// whatever the link lost, whoever was killed in between. Every party is a function of the plan, of
// the network's log and of what World gives it: a party that comes back from its last commit (every
// kCommitEvery Steps, after the logs are synced) does what it did, and so does a whole run that is
// resumed. Corrections take effect only at the lead source, and come back as its next version.
//
// Units: Steps of a simulated second, event time. Errors: CB-NETWORK-*, CB-STORE-*, CB-INPUT-STORE.
// Threading: one thread. Ownership: plan, world and network outlive it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/federation/messages.h"
#include "hub/federation/plan.h"
#include "hub/model/result.h"
#include "hub/network/network.h"
#include "hub/store/shared_rows.h"

namespace citybrain::federation {

constexpr model::Step kCommitEvery = 60;

/// A change of one of a party's own resources.
struct LocalRow {
  std::string resource, entity;
  std::vector<std::string> values;
};

/// What a receiver found wrong with a row.
struct Finding {
  std::uint32_t field = 0;  ///< place among the contract's fields
  std::string value;        ///< what it should be
  std::string reason;
};

/// Everything that parties meet beside each other. Pure functions: whoever comes back asks again.
struct World {
  std::function<std::vector<LocalRow>(std::string_view party, model::Step step)> changes;
  std::function<std::optional<Finding>(std::string_view party, const Row& row)> finds;
};

/// One party, for whoever looks in.
struct PartyState {
  std::string name;
  model::Step step = 0;
  std::uint64_t resources = 0;  ///< of its own
  std::uint64_t own_rows = 0, received_rows = 0;
  std::uint64_t received_resources = 0;
  std::vector<std::pair<std::string, store::LinkRow>> links;  ///< its ends, in the plan's order
  std::vector<std::pair<std::string, std::string>>
      received;  ///< resource and the link over which its rows came, each pair once, in order
  std::uint64_t used_rows = 0;  ///< of its own resources, as others reported
  std::uint64_t refused_steps = 0;
  std::string digest;  ///< of rows and links, 32 hexadecimal digits
};

struct Options {
  std::filesystem::path folder;                     ///< of the parties: FOLDER/PARTY/{store,log}
  std::string identity;                             ///< another one's folder is refused
  network::Fsync fsync{network::Fsync::Kind::kOs};  ///< of the parties' logs
};

class Federation {
 public:
  /// Opens or creates all parties; publishes the first of the plan's governance events.
  static model::Result<Federation> open(const Plan& plan, const World& world,
                                        const Options& options, network::Log& network);
  Federation(Federation&&) noexcept;
  Federation& operator=(Federation&&) noexcept;
  ~Federation();

  /// The last Step that every party has done.
  model::Step done() const;
  /// Brings every party to the end of `step`, one Step after the other.
  model::Result<void> advance(model::Step step);
  /// A party loses what it did not commit, as by kill -9, and comes back; the next advance() lets
  /// it catch up.
  model::Result<void> restart(std::string_view party);
  std::vector<PartyState> states() const;
  /// Over all parties: equal when plan, seed and horizon are.
  std::string outcome_hash() const;

 private:
  struct Impl;
  explicit Federation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::federation
