// The cloud on the log: nodes register, say with every step that they are there, and are lost;
// placements are made; nodes answer for services. Who reads all of it knows the same as everybody:
// the log's order decides.
//
// Promises: what a CloudWriter said is acknowledged when its call returns, except heartbeats, which
// go with the next call or send(). A service belongs to the node that said so last; a node that
// gives it back, or is lost, answers for it no longer. Steps are simulated seconds. Errors:
// CB-NETWORK-*, CB-CLOUD-RECORD (names topic and position). Threading: one thread each; the log
// outlives both.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/cloud/placement.h"
#include "hub/model/time.h"
#include "hub/network/network.h"
#include "hub/network/publisher.h"

namespace citybrain::cloud {

/// Makes the topics where they are not there yet.
model::Result<void> create_topics(network::Log& log);

class CloudWriter {
 public:
  /// `who` is a name of its own among all writers, e.g. a node's.
  static model::Result<CloudWriter> make(network::Log& log, const std::string& who,
                                         model::Epoch epoch);

  model::Result<void> registered(const Node& node, model::Step step);
  model::Result<void> heartbeat(const NodeName& node, model::Step step);
  model::Result<void> lost(const NodeName& node, model::Step step);
  model::Result<void> placed(const Placement& placement, model::Step step);
  /// The node answers for the service at `address` ("host:port") from now on.
  model::Result<void> serves(std::string_view service, const NodeName& node,
                             const std::string& address, model::Step step);
  /// It answers no longer.
  model::Result<void> gives_back(std::string_view service, const NodeName& node, model::Step step);

 private:
  CloudWriter(network::Publisher publisher, model::Epoch epoch)
      : publisher_(std::move(publisher)), epoch_(epoch) {}
  void put(const char* topic, schemas::SchemaRef schema, model::Step step,
           const std::string& subject, const std::string& payload);
  model::Result<void> send();

  network::Publisher publisher_;
  model::Epoch epoch_;
};

class CloudReader {
 public:
  struct Known {
    Node node;
    model::Step heard = 0;  ///< its last word
    bool lost = false;
  };
  struct Answering {
    NodeName node;
    std::string address;
  };

  /// Reads from the beginning of the topics, which are made where they are not there.
  static model::Result<CloudReader> open(network::Log& log);
  /// Reads what was said since.
  model::Result<void> update();

  /// By name; those that are lost, too.
  const std::map<NodeName, Known>& nodes() const { return nodes_; }
  /// Those that are there, by name.
  std::vector<Node> live() const;
  /// Those that are there and have not been heard of after `step`.
  std::vector<NodeName> silent_since(model::Step step) const;
  /// The last one; empty before the first.
  const Placement& placement() const { return placement_; }
  /// Who answered last, by the service's name; also when its node is lost.
  const std::map<std::string, Answering, std::less<>>& services() const { return services_; }
  /// Error CB-CLOUD-SERVICE: nobody answers for it.
  model::Result<Answering> resolve(std::string_view service) const;

 private:
  model::Result<void> read_nodes();
  model::Result<void> read_placements();
  model::Result<void> read_services();

  std::unique_ptr<network::Cursor> of_nodes_, of_placements_, of_services_;
  std::map<NodeName, Known> nodes_;
  Placement placement_;
  std::map<std::string, Answering, std::less<>> services_;
};

}  // namespace citybrain::cloud
