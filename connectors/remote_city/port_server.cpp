#include "connectors/remote_city/port_server.h"

#include <fmt/format.h>

#include "connectors/remote_city/port_records.h"

namespace citybrain::remote_city {

using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr const char* kSource = "city/port";
constexpr std::size_t kActuationPoll = 64;

}  // namespace

Result<void> create_topics(network::Log& log) {
  for (const char* name :
       {schemas::topic::kPortState, schemas::topic::kPortActuations, schemas::topic::kPortReplies})
    CITYBRAIN_TRY(log.create({name, 1}));
  return {};
}

PortServer::PortServer(city_port::City& city, model::Epoch epoch, std::vector<std::string> movers,
                       const network::Patience& patience, network::Publisher publisher,
                       std::unique_ptr<network::Cursor> actuations)
    : city_(city),
      epoch_(epoch),
      movers_(std::move(movers)),
      patience_(patience),
      publisher_(std::move(publisher)),
      actuations_(std::move(actuations)),
      writer_(city.network()) {
  for (const auto& source : movers_) by_source_[source];
}

Result<std::unique_ptr<PortServer>> PortServer::open(network::Log& log, city_port::City& city,
                                                     model::Epoch epoch,
                                                     std::vector<std::string> movers,
                                                     const network::Patience& patience) {
  CITYBRAIN_TRY(create_topics(log));
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, kSource));
  CITYBRAIN_ASSIGN(actuations, log.cursor(schemas::topic::kPortActuations, 0, 0));
  return std::unique_ptr<PortServer>(new PortServer(city, epoch, std::move(movers), patience,
                                                    std::move(publisher), std::move(actuations)));
}

Result<void> PortServer::publish(Step step) {
  std::uint32_t part = 0;
  writer_.write(city_.sensors(), step, [&](const v1::PortState& record) {
    publisher_.publish(schemas::topic::kPortState, 0, schemas::kPortState, epoch_.at(step),
                       epoch_.at(step), fmt::format("state-{}-{}", step, part++), "city",
                       record.SerializeAsString());
  });
  CITYBRAIN_TRY(publisher_.send());
  return {};
}

Result<void> PortServer::read(bool surely) {
  for (;;) {
    CITYBRAIN_ASSIGN(records, surely ? actuations_->poll(kActuationPoll)
                                     : actuations_->poll(kActuationPoll, network::kComing));
    if (records.empty()) return {};
    for (const auto& r : records) {
      v1::PortActuations record;
      CITYBRAIN_TRY(parse(schemas::topic::kPortActuations, r, schemas::kPortActuations, record));
      const auto found = by_source_.find(record.source());
      if (found == by_source_.end())
        return damaged(schemas::topic::kPortActuations, r.position,
                       fmt::format("{} has nothing that it could move", record.source()));
      Mover& mover = found->second;
      const std::pair place{record.step(), record.number()};
      if (place < mover.next) continue;  // said again
      mover.next = {place.first, place.second + 1};
      mover.records.push_back(std::move(record));
    }
  }
}

Result<v1::PortActuations> PortServer::next(const std::string& source, Step step) {
  auto& records = by_source_[source].records;
  for (network::Wait wait(patience_); records.empty();) {
    CITYBRAIN_TRY(read(false));
    if (!records.empty()) break;
    CITYBRAIN_ASSIGN(again, wait.again());
    if (again) continue;
    CITYBRAIN_TRY(read(true));  // an error when it is the network that cannot be reached
    if (records.empty())
      return Error{"CB-RUN-SILENT",
                   fmt::format("the city waits in second {} for a source that is silent", step),
                   source, "look whether its process is running; start it again, the run goes on"};
  }
  auto record = std::move(records.front());
  records.pop_front();
  if (record.step() != step)
    return Error{
        "CB-PORT-RECORD",
        fmt::format("the source acts in second {} while the city is in {}", record.step(), step),
        source, ""};
  return record;
}

Result<void> PortServer::answer(const v1::PortActuations& record, Step step) {
  v1::PortReplies reply;
  reply.set_source(record.source());
  reply.set_step(step);
  reply.set_number(record.number());
  std::vector<city_port::Actuation> all;
  for (const auto& a : record.actuations()) {
    CITYBRAIN_ASSIGN(actuation, remote_city::read(a, city_.network()));
    all.push_back(std::move(actuation));
  }
  CITYBRAIN_ASSIGN(outcomes, city_.carry_out(all));
  for (const auto& o : outcomes) write(o, *reply.add_outcomes());
  publisher_.publish(schemas::topic::kPortReplies, 0, schemas::kPortReplies, epoch_.at(step),
                     epoch_.at(step),
                     fmt::format("reply-{}-{}-{}", record.source(), step, record.number()),
                     record.source(), reply.SerializeAsString());
  CITYBRAIN_TRY(publisher_.send());
  return {};
}

Result<void> PortServer::serve(Step step) {
  for (const auto& source : movers_) {
    for (bool done = false; !done;) {
      CITYBRAIN_ASSIGN(record, next(source, step));
      if (record.actuations_size() > 0) CITYBRAIN_TRY(answer(record, step));
      done = record.done();
    }
  }
  return {};
}

}  // namespace citybrain::remote_city
