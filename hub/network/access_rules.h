// Access lists of a Kafka broker: who may do what to which topic, and bringing a broker's lists to
// what they should be. Says nothing about who should: that follows from the grants
// (scenarios/experiment/access_list.h). Values, and one function that speaks to a broker through
// librdkafka. Errors: CB-NETWORK-ACCESS (the broker is not there, refuses the credentials, has no
// authorizer, or refuses a rule), CB-USAGE-NETWORK (a property that librdkafka does not know).
// Threading: any, no state.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::network {

enum class AccessResource : std::uint8_t { kTopic, kGroup, kTransaction };
enum class AccessOperation : std::uint8_t {
  kRead,
  kWrite,
  kCreate,
  kDelete,
  kDescribe,
  kDescribeConfigs
};

/// The principal may do this; everything that no rule allows is refused (Kafka's
/// StandardAuthorizer, allow.everyone.if.no.acl.found=false).
struct AccessRule {
  AccessResource resource = AccessResource::kTopic;
  std::string name;
  bool prefixed = false;  ///< of every resource whose name begins with `name`
  std::string principal;  ///< as Kafka says it: "User:hub"
  AccessOperation operation = AccessOperation::kRead;
  auto operator<=>(const AccessRule&) const = default;
};

/// "topic", "group", "transactional-id"; "read", "describe-configs", ...
const char* word_of(AccessResource resource);
const char* word_of(AccessOperation operation);

struct AccessTarget {
  std::string brokers;  ///< "HOST:PORT[,HOST:PORT...]"
  /// Of librdkafka: security.protocol, sasl.*, ssl.*.
  std::vector<std::pair<std::string, std::string>> properties;
  std::chrono::milliseconds timeout{10'000};  ///< of each wait for the broker
};

struct AccessChange {
  std::size_t added = 0, removed = 0, kept = 0;
};

/// The line of Kafka's own tool that adds the rules of one resource and principal; what
/// apply_access_rules() cannot set.
std::string tool_line(std::span<const AccessRule> rules, const std::string& brokers);

/// Makes the broker's rules equal to `wanted` among those for which `ours` is true: adds what is
/// missing, then removes what is too much; the rules of others are not touched. Adding what is
/// there changes nothing, so a call that failed half-way is mended by calling again. Rules of
/// transactional ids are passed over: librdkafka 2.0 has no word for them.
model::Result<AccessChange> apply_access_rules(const AccessTarget& target,
                                               std::span<const AccessRule> wanted,
                                               const std::function<bool(const AccessRule&)>& ours);

}  // namespace citybrain::network
