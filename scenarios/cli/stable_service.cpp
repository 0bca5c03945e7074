#include "scenarios/cli/stable_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "hub/cloud/clouds.h"
#include "scenarios/experiment/clouds_file.h"

namespace citybrain::cli {

using model::Error;
using model::Result;

namespace {

constexpr model::Epoch kNoCity{};  // services move in no simulated time

/// The node of that name, where it may hold the service.
Result<cloud::Node> node_for(const StableOptions& options) {
  auto clouds = cloud::usual_clouds();
  if (!options.clouds.empty()) {
    CITYBRAIN_ASSIGN(read, experiment::load_clouds(options.clouds));
    clouds = std::move(read);
  }
  const auto node = std::find_if(clouds.nodes.begin(), clouds.nodes.end(),
                                 [&](const auto& n) { return n.name.text == options.node; });
  if (node == clouds.nodes.end())
    return Error{"CB-USAGE-NODE", fmt::format("no cloud has a node \"{}\"", options.node), "--node",
                 "register it in the file of --clouds"};
  const auto service = std::find_if(clouds.services.begin(), clouds.services.end(),
                                    [&](const auto& s) { return s.name == options.service; });
  if (service == clouds.services.end())
    return Error{"CB-CLOUD-SERVICE", "the clouds have no such service", options.service,
                 "register it under clouds.services"};
  if (!cloud::may_hold(*node, cloud::partition_of(*service)))
    return Error{"CB-CLOUD-CLASS",
                 fmt::format("node {} may not hold service {}", options.node, options.service),
                 "--node", "name another node, or give this one the classes"};
  return *node;
}

}  // namespace

Result<StableService> StableService::begin(network::Log& log, const StableOptions& options,
                                           const std::string& listens_at,
                                           const std::string& writer) {
  CITYBRAIN_ASSIGN(node, node_for(options));
  CITYBRAIN_ASSIGN(cloud, cloud::CloudWriter::make(log, writer, kNoCity));
  StableService out(std::move(cloud), options);
  CITYBRAIN_TRY(out.writer_.registered(node, 0));
  CITYBRAIN_TRY(out.writer_.serves(options.service, node.name,
                                   options.advertise.empty() ? listens_at : options.advertise, 0));
  return out;
}

Result<void> StableService::end() {
  return writer_.gives_back(options_.service, {options_.node}, 0);
}

Result<api::Server> stable_front(network::Log& log, const std::string& service,
                                 const api::ServerOptions& at) {
  CITYBRAIN_ASSIGN(opened, cloud::CloudReader::open(log));
  const auto reader = std::make_shared<cloud::CloudReader>(std::move(opened));
  return api::front(at, [reader, service]() -> Result<std::string> {
    CITYBRAIN_TRY(reader->update());
    CITYBRAIN_ASSIGN(answering, reader->resolve(service));
    return answering.address;
  });
}

}  // namespace citybrain::cli
