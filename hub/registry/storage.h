// Where a registry's records live: an append-only sequence of (key, value), of which the last value
// of a key holds and an empty value takes the key away. Keys and values are the JSON of Confluent's
// `_schemas` topic. Two implementations: memory, and a topic of the network's Log. Errors:
// CB-NETWORK-* of the log. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/network/network.h"

namespace citybrain::registry {

struct Entry {
  std::string key;
  std::string value;  ///< empty: the key is gone
  friend bool operator==(const Entry&, const Entry&) = default;
};

class Storage {
 public:
  virtual ~Storage() = default;
  /// Returns when the entries are acknowledged; all of them or, on an error, none.
  virtual model::Result<void> append(const std::vector<Entry>& entries) = 0;
  /// What was appended, by anybody, since the last call; from the beginning at the first.
  virtual model::Result<std::vector<Entry>> news() = 0;
};

std::unique_ptr<Storage> in_memory();
/// On the topic kTopic, made if it is not there. `log` must outlive it. The publish time of a
/// record is 0: schemas are no events of a city, and no retention by time may take them. `producer`
/// (empty: "hub/registry") is who appends; two at once must have different ones, or the later
/// one's entries are refused (CB-NETWORK-APPEND).
model::Result<std::unique_ptr<Storage>> on_log(network::Log& log, const std::string& producer = {});
constexpr const char* kTopic = "_schemas";

}  // namespace citybrain::registry
