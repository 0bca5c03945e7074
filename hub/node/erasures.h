// Erasures of persons as the log tells them (governance.erasures, governance.receipts), for the
// audit: what was begun and what was destroyed, in the Step into which its publish time falls. A
// function of the log alone; repeats, and records that are neither, are passed over. Private to
// hub/node.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/network/network.h"
#include "hub/protection/erasure.h"

namespace citybrain::node {

class ErasureReader {
 public:
  static model::Result<ErasureReader> open(network::Log& log);

  /// Takes what was published up to `now`, the end of the next Step.
  model::Result<void> step(model::EventTime now, network::Horizon horizon);

  /// Of the Step, in an order of their own: several departments' parts may write them.
  const std::vector<protection::ErasureRequest>& begun() const { return begun_; }
  const std::vector<protection::Receipt>& destroyed() const { return destroyed_; }

 private:
  struct Said {
    model::EventTime published;
    std::string payload;
  };
  using Cursors = std::array<std::unique_ptr<network::Cursor>, 2>;
  explicit ErasureReader(Cursors cursors) : cursors_(std::move(cursors)) {}
  std::vector<std::string> due(std::size_t topic, model::EventTime now);

  Cursors cursors_;                                     // erasures, receipts
  std::array<std::vector<Said>, 2> coming_;             // read, of later Steps
  std::set<std::string> known_;                         // subjects
  std::set<std::pair<std::string, std::string>> done_;  // subject, vault
  std::vector<protection::ErasureRequest> begun_;
  std::vector<protection::Receipt> destroyed_;
};

}  // namespace citybrain::node
