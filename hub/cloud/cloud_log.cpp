#include "hub/cloud/cloud_log.h"

#include <citybrain/v1/cloud.pb.h>
#include <fmt/format.h>

#include <utility>

#include "hub/cloud/clouds.h"
#include "hub/network/framing.h"
#include "schemas/cloud.h"

namespace citybrain::cloud {

namespace topic = schemas::topic;
using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::size_t kBatch = 256;

Error damaged(const char* topic, network::Position position) {
  return {"CB-CLOUD-RECORD", "a record of the cloud cannot be read",
          fmt::format("{}, position {}", topic, position), "use another network"};
}

/// Every record since the last call, as messages.
template <class Message, class Take>
Result<void> read(network::Cursor& cursor, const char* topic, schemas::SchemaRef schema,
                  const Take& take) {
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor.poll(kBatch));
    if (records.empty()) return {};
    for (const auto& r : records) {
      const auto framed = network::unframe(r.value);
      Message message;
      if (!framed || framed->schema != schema ||
          !message.ParseFromArray(framed->payload.data(),
                                  static_cast<int>(framed->payload.size())) ||
          !take(message))
        return damaged(topic, r.position);
    }
  }
}

Result<std::unique_ptr<network::Cursor>> from_begin(network::Log& log, const char* topic) {
  CITYBRAIN_ASSIGN(begin, log.begin(topic, 0));
  return log.cursor(topic, 0, begin);
}

/// Nothing when a word in it is not known.
std::optional<Node> node_of(const v1::NodeEvent& event) {
  const auto cloud = cloud_of(event.cloud());
  if (!cloud) return std::nullopt;
  Node out{{event.node()}, *cloud, {event.capacity()}, {}, event.zone()};
  for (const auto& name : event.holds()) {
    const auto data_class = catalog::data_class_of(name);
    if (!data_class) return std::nullopt;
    out.holds.add(*data_class);
  }
  return out;
}

v1::NodeEvent event(v1::NodeEvent::Kind kind, const NodeName& node, Step step) {
  v1::NodeEvent out;
  out.set_kind(kind);
  out.set_node(node.text);
  out.set_step(step);
  return out;
}

}  // namespace

Result<void> create_topics(network::Log& log) {
  for (const char* name : {topic::kCloudNodes, topic::kCloudPlacements, topic::kCloudServices})
    CITYBRAIN_TRY(log.create({name, 1}));
  return {};
}

Result<CloudWriter> CloudWriter::make(network::Log& log, const std::string& who,
                                      model::Epoch epoch) {
  CITYBRAIN_TRY(create_topics(log));
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, "cloud/" + who));
  return CloudWriter(std::move(publisher), epoch);
}

void CloudWriter::put(const char* name, schemas::SchemaRef schema, Step step,
                      const std::string& subject, const std::string& payload) {
  const auto at = epoch_.at(step);
  publisher_.publish(name, 0, schema, at, at, fmt::format("{}@{}", subject, step), subject,
                     payload);
}

Result<void> CloudWriter::send() {
  CITYBRAIN_TRY(publisher_.send());
  return publisher_.flush();
}

Result<void> CloudWriter::registered(const Node& node, Step step) {
  auto e = event(v1::NodeEvent::REGISTERED, node.name, step);
  e.set_cloud(std::string(name_of(node.cloud)));
  e.set_capacity(node.room.value);
  for (const auto c : node.holds.list()) e.add_holds(std::string(catalog::name_of(c)));
  e.set_zone(node.zone);
  put(topic::kCloudNodes, schemas::kNodeEvent, step, node.name.text, e.SerializeAsString());
  return send();
}

Result<void> CloudWriter::heartbeat(const NodeName& node, Step step) {
  put(topic::kCloudNodes, schemas::kNodeEvent, step, node.text,
      event(v1::NodeEvent::HEARTBEAT, node, step).SerializeAsString());
  CITYBRAIN_TRY(publisher_.send());
  return {};
}

Result<void> CloudWriter::lost(const NodeName& node, Step step) {
  put(topic::kCloudNodes, schemas::kNodeEvent, step, node.text,
      event(v1::NodeEvent::LOST, node, step).SerializeAsString());
  return send();
}

Result<void> CloudWriter::placed(const Placement& placement, Step step) {
  v1::PlacementMade made;
  made.set_step(step);
  for (const auto& n : placement.nodes) made.add_nodes(n.text);
  for (const auto& s : placement.seats) {
    auto* seat = made.add_seats();
    seat->set_partition(s.partition.text);
    seat->set_node(s.node.text);
  }
  put(topic::kCloudPlacements, schemas::kPlacementMade, step, "placement",
      made.SerializeAsString());
  return send();
}

Result<void> CloudWriter::serves(std::string_view service, const NodeName& node,
                                 const std::string& address, Step step) {
  v1::ServiceEvent e;
  e.set_service(std::string(service));
  e.set_node(node.text);
  e.set_address(address);
  e.set_step(step);
  put(topic::kCloudServices, schemas::kServiceEvent, step, e.service(), e.SerializeAsString());
  return send();
}

Result<void> CloudWriter::gives_back(std::string_view service, const NodeName& node, Step step) {
  return serves(service, node, "", step);
}

Result<CloudReader> CloudReader::open(network::Log& log) {
  CITYBRAIN_TRY(create_topics(log));
  CloudReader out;
  CITYBRAIN_ASSIGN(nodes, from_begin(log, topic::kCloudNodes));
  CITYBRAIN_ASSIGN(placements, from_begin(log, topic::kCloudPlacements));
  CITYBRAIN_ASSIGN(services, from_begin(log, topic::kCloudServices));
  out.of_nodes_ = std::move(nodes);
  out.of_placements_ = std::move(placements);
  out.of_services_ = std::move(services);
  CITYBRAIN_TRY(out.update());
  return out;
}

Result<void> CloudReader::update() {
  CITYBRAIN_TRY(read_nodes());
  CITYBRAIN_TRY(read_placements());
  return read_services();
}

Result<void> CloudReader::read_nodes() {
  return read<v1::NodeEvent>(*of_nodes_, topic::kCloudNodes, schemas::kNodeEvent,
                             [this](const v1::NodeEvent& e) {
                               const NodeName name{e.node()};
                               if (e.kind() == v1::NodeEvent::REGISTERED) {
                                 auto node = node_of(e);
                                 if (node) nodes_[name] = {*std::move(node), e.step(), false};
                                 return node.has_value();
                               }
                               const auto it = nodes_.find(name);
                               if (it == nodes_.end()) return false;  // nobody registered it
                               it->second.heard = std::max<Step>(it->second.heard, e.step());
                               it->second.lost = it->second.lost || e.kind() == v1::NodeEvent::LOST;
                               return true;
                             });
}

Result<void> CloudReader::read_placements() {
  return read<v1::PlacementMade>(*of_placements_, topic::kCloudPlacements, schemas::kPlacementMade,
                                 [this](const v1::PlacementMade& made) {
                                   placement_ = {};
                                   for (const auto& n : made.nodes())
                                     placement_.nodes.push_back({n});
                                   for (const auto& s : made.seats())
                                     placement_.seats.push_back({{s.partition()}, {s.node()}});
                                   return true;
                                 });
}

Result<void> CloudReader::read_services() {
  return read<v1::ServiceEvent>(*of_services_, topic::kCloudServices, schemas::kServiceEvent,
                                [this](const v1::ServiceEvent& e) {
                                  if (!e.address().empty()) {
                                    services_[e.service()] = {{e.node()}, e.address()};
                                    return true;
                                  }
                                  const auto it = services_.find(e.service());
                                  if (it != services_.end() && it->second.node.text == e.node())
                                    services_.erase(it);
                                  return true;
                                });
}

std::vector<Node> CloudReader::live() const {
  std::vector<Node> out;
  for (const auto& [name, known] : nodes_)
    if (!known.lost) out.push_back(known.node);
  return out;
}

std::vector<NodeName> CloudReader::silent_since(Step step) const {
  std::vector<NodeName> out;
  for (const auto& [name, known] : nodes_)
    if (!known.lost && known.heard <= step) out.push_back(name);
  return out;
}

Result<CloudReader::Answering> CloudReader::resolve(std::string_view service) const {
  const auto it = services_.find(service);
  const auto node = it == services_.end() ? nodes_.end() : nodes_.find(it->second.node);
  if (it == services_.end() || (node != nodes_.end() && node->second.lost))
    return Error{"CB-CLOUD-SERVICE", "no node answers for this service", std::string(service),
                 "start it on a node that may hold its data"};
  return it->second;
}

}  // namespace citybrain::cloud
