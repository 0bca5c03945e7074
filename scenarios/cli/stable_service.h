// A service of the hub behind its stable name: a process that says on the log's cloud.services that
// it answers (docs/cloud.md), and the front that hands requests on to whoever answers now. Errors:
// CB-CLOUD-*, CB-USAGE-NODE, CB-NETWORK-*.
#pragma once

#include <optional>
#include <string>

#include "hub/api/forward.h"
#include "hub/cloud/cloud_log.h"
#include "hub/network/network.h"

namespace citybrain::cli {

constexpr const char* kRegistryService = "schema-registry";

struct StableOptions {
  std::string service = kRegistryService;
  std::string node;       ///< of the clouds; empty: this process says nothing
  std::string clouds;     ///< file that registers the node; empty: the usual clouds
  std::string advertise;  ///< "host:port" where others reach it; empty: where it listens
};

/// This process answers for the service until end(), or until another says that it does.
class StableService {
 public:
  /// Error CB-CLOUD-CLASS: the node may not hold the service's data.
  static model::Result<StableService> begin(network::Log& log, const StableOptions& options,
                                            const std::string& listens_at,
                                            const std::string& writer);
  model::Result<void> end();

 private:
  StableService(cloud::CloudWriter writer, StableOptions options)
      : writer_(std::move(writer)), options_(std::move(options)) {}
  cloud::CloudWriter writer_;
  StableOptions options_;
};

/// Looks the service up anew for every request; `log` must outlive the server.
model::Result<api::Server> stable_front(network::Log& log, const std::string& service,
                                        const api::ServerOptions& at);

}  // namespace citybrain::cli
