// Who vouches for what a publisher sends: asked once for all records that go to one partition
// together, it gives each of them a header. The network does not know what it says
// (hub/protection/signing.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/time.h"
#include "schemas/schemas.h"

namespace citybrain::network {

/// What is vouched for of one record: everything that a reader acts on.
struct Statement {
  model::EventTime publish_time;
  std::string_view source;
  std::string_view id;
  schemas::SchemaRef schema;
  std::string_view payload;
  std::string_view sealed;  ///< personal fields; empty where there are none
};

class Signer {
 public:
  virtual ~Signer() = default;
  /// One header a statement, in their order; none at all where this topic is not signed. Called
  /// from the publisher's thread.
  virtual std::vector<std::string> sign(std::string_view topic, std::uint32_t partition,
                                        std::span<const Statement> statements) const = 0;
};

}  // namespace citybrain::network
