#include "scenarios/experiment/cloud_record.h"

#include <algorithm>
#include <boost/json.hpp>

#include "scenarios/experiment/cloud_table.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;
using model::Step;
namespace json = boost::json;

namespace {

constexpr Step kMinute = 60;

/// Seats of one node, as a line names them.
std::string held_by(const cloud::Placement& placement, const cloud::NodeName& node) {
  std::string out;
  for (const auto& seat : placement.seats)
    if (seat.node == node) out += (out.empty() ? "" : ", ") + seat.partition.text;
  return out.empty() ? "-" : out;
}

}  // namespace

Result<CloudRecord> CloudRecord::open(network::Log& log, CloudPlan plan, model::Epoch start,
                                      std::string who) {
  CITYBRAIN_ASSIGN(writer, cloud::CloudWriter::make(log, who, start));
  return CloudRecord(std::move(writer), std::move(plan), std::move(who));
}

Result<void> CloudRecord::whole(Step step) {
  CITYBRAIN_ASSIGN(placement, cloud::place(plan_.clouds.nodes, plan_.partitions, {}));
  for (const auto& node : plan_.clouds.nodes) CITYBRAIN_TRY(writer_.registered(node, step));
  return writer_.placed(placement, step);
}

Result<void> CloudRecord::joined(Step step) {
  const auto& nodes = plan_.clouds.nodes;
  const auto mine = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const cloud::Node& n) { return n.name.text == who_; });
  if (mine == nodes.end())
    return Error{"CB-USAGE-NODE", "no cloud has a node of this name", who_,
                 "register it in the clouds file"};
  return writer_.registered(*mine, step);
}

Result<void> CloudRecord::shared(std::span<const std::string> districts,
                                 std::span<const std::string> owners,
                                 std::span<const std::string> known,
                                 std::span<const std::string> live, Step step) {
  if (live.empty() || live.front() != who_) return {};
  for (const auto& name : known) {
    const bool there = std::find(live.begin(), live.end(), name) != live.end();
    if (there) lost_.erase(name);
    if (!there && lost_.insert(name).second) CITYBRAIN_TRY(writer_.lost({name}, step));
  }
  cloud::Placement placement;
  for (const auto& name : live) placement.nodes.push_back({name});
  for (std::size_t d = 0; d < districts.size(); ++d)
    placement.seats.push_back({cloud::district_partition(districts[d]), {owners[d]}});
  return writer_.placed(placement, step);
}

Result<void> CloudRecord::done(Step step) {
  return step % kMinute == 0 ? writer_.heartbeat({who_}, step) : Result<void>();
}

std::string cloud_run_text(const cloud::CloudReader& said, Language language) {
  CloudRows nodes = {{word("node", language), word("cloud", language), word("zone", language),
                      word("capacity", language), word("node_state", language),
                      word("last_heard", language), word("partition", language)}};
  for (const auto& [name, known] : said.nodes())
    nodes.push_back({name.text, cloud_word(known.node.cloud, language),
                     known.node.zone.empty() ? "-" : known.node.zone,
                     std::to_string(known.node.room.value),
                     word(known.lost ? "node_lost" : "node_there", language),
                     std::to_string(known.heard), held_by(said.placement(), name)});
  std::string out = cloud_table(nodes);
  if (said.services().empty()) return out;
  CloudRows services = {
      {word("service", language), word("node", language), word("service_address", language)}};
  for (const auto& [name, at] : said.services())
    services.push_back({name, at.node.text, at.address});
  return out + "\n" + cloud_table(services);
}

std::string cloud_run_json(const cloud::CloudReader& said) {
  json::array nodes, seats, services;
  for (const auto& [name, known] : said.nodes()) {
    json::array holds;
    for (const auto c : known.node.holds.list()) holds.emplace_back(name_of(c));
    nodes.push_back({{"name", name.text},
                     {"cloud", name_of(known.node.cloud)},
                     {"zone", known.node.zone},
                     {"capacity", known.node.room.value},
                     {"holds", holds},
                     {"lost", known.lost},
                     {"last_heard_step", known.heard}});
  }
  for (const auto& seat : said.placement().seats)
    seats.push_back({{"partition", seat.partition.text}, {"node", seat.node.text}});
  for (const auto& [name, at] : said.services())
    services.push_back({{"service", name}, {"node", at.node.text}, {"address", at.address}});
  return json::serialize(
      json::object{{"cloud_run", 1}, {"nodes", nodes}, {"seats", seats}, {"services", services}});
}

}  // namespace citybrain::experiment
