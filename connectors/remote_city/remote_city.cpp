#include "connectors/remote_city/remote_city.h"

#include <fmt/format.h>

#include "connectors/remote_city/port_records.h"
#include "connectors/remote_city/port_server.h"
#include "connectors/remote_city/port_view.h"
#include "hub/model/archive.h"

namespace citybrain::remote_city {

using city_port::Actuation;
using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kReplyPoll = 64;

Error silent(const char* what) {
  return {"CB-RUN-SILENT", fmt::format("the city has been silent for too long: {}", what), "city",
          "look whether its process is running; start it again, the run goes on"};
}

/// The port's log has nothing of a step any more.
Error too_old(model::Step wanted, model::Step kept) {
  return {
      "CB-PORT-POSITIONS",
      fmt::format("the log no longer reaches back to step {}, from which this part would go on; "
                  "the first one left is {}",
                  wanted, kept),
      schemas::topic::kPortState,
      "bring back the folder where the departments keep their state (--state), or start the run "
      "anew"};
}

/// Where the step begins.
Result<network::Position> position_of(network::Log& log, model::Epoch epoch, model::Step step) {
  if (step > 0) return log.position_at(schemas::topic::kPortState, 0, epoch.at(step));
  CITYBRAIN_ASSIGN(first, log.begin(schemas::topic::kPortState, 0));
  return first;
}

}  // namespace

struct PortFeed::Impl {
  Impl(const model::RoadNetwork& n, model::Epoch e, const network::Patience& p)
      : network(n), epoch(e), patience(p), view(n) {}
  const model::RoadNetwork& network;
  model::Epoch epoch;
  network::Patience patience;
  std::unique_ptr<network::Cursor> cursor;
  PortView view;
  v1::PortState record;

  /// The next step, however many records it is in.
  Result<void> next() {
    for (network::Wait wait(patience);;) {
      CITYBRAIN_ASSIGN(records, cursor->poll(1, network::kComing));
      if (records.empty()) {
        CITYBRAIN_ASSIGN(again, wait.again());
        if (again) continue;
        CITYBRAIN_ASSIGN(surely, cursor->poll(1));  // an error when the network is not there
        if (surely.empty()) return silent("the step that its departments wait for does not come");
        records = surely;
      }
      CITYBRAIN_TRY(
          parse(schemas::topic::kPortState, records.front(), schemas::kPortState, record));
      CITYBRAIN_ASSIGN(complete, view.take(record));
      if (complete) return {};
    }
  }
};

PortFeed::PortFeed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PortFeed::~PortFeed() = default;

Result<std::unique_ptr<PortFeed>> PortFeed::open(network::Log& log,
                                                 const model::RoadNetwork& network,
                                                 model::Epoch epoch,
                                                 const network::Patience& patience,
                                                 model::Step from) {
  CITYBRAIN_TRY(create_topics(log));
  auto impl = std::make_unique<Impl>(network, epoch, patience);
  CITYBRAIN_ASSIGN(position, position_of(log, epoch, from));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kPortState, 0, position));
  impl->cursor = std::move(cursor);
  CITYBRAIN_TRY(impl->next());
  if (impl->view.step() != from) return too_old(from, impl->view.step());
  return std::unique_ptr<PortFeed>(new PortFeed(std::move(impl)));
}

Result<void> PortFeed::advance_to(EventTime time) {
  if (time < now() || (time - now()) % model::kStepMs != 0)
    return Error{"CB-CITY-TIME", "the city moves forward, by whole seconds", "", ""};
  while (now() < time) {
    const auto before = impl_->view.step();
    CITYBRAIN_TRY(impl_->next());
    if (impl_->view.step() != before + 1)
      return damaged(schemas::topic::kPortState, impl_->cursor->position() - 1,
                     fmt::format("step {} follows step {}", impl_->view.step(), before));
  }
  return {};
}

EventTime PortFeed::now() const { return impl_->epoch.at(impl_->view.step()); }
model::Step PortFeed::step() const { return impl_->view.step(); }
const city_port::Sensors& PortFeed::sensors() const { return impl_->view; }
const model::RoadNetwork& PortFeed::network() const { return impl_->network; }
const network::Patience& PortFeed::patience() const { return impl_->patience; }

Result<std::unique_ptr<RemoteCity>> RemoteCity::make(network::Log& log, PortFeed& feed,
                                                     std::string source, bool moves) {
  auto out = std::unique_ptr<RemoteCity>(new RemoteCity(feed, std::move(source)));
  if (!moves) return out;
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, "port/" + out->source_));
  out->publisher_ = std::make_unique<network::Publisher>(std::move(publisher));
  CITYBRAIN_ASSIGN(replies, log.cursor(schemas::topic::kPortReplies, 0, 0));
  out->replies_ = std::move(replies);
  return out;
}

Result<std::uint32_t> RemoteCity::send(std::span<const Actuation> all, bool last) {
  if (publisher_ == nullptr)
    return Error{"CB-CITY-DEVICE", "this source has nothing that it could move", source_, ""};
  if (step_ != feed_.step()) {
    step_ = feed_.step();
    number_ = 0;
    done_ = false;
  }
  if (done_)
    return Error{"CB-CITY-DEVICE", "the source said that it moves nothing more in this step",
                 source_, ""};
  v1::PortActuations record;
  record.set_source(source_);
  record.set_step(step_);
  record.set_number(number_);
  record.set_done(last);
  for (const auto& a : all) write(a, *record.add_actuations());
  publisher_->publish(schemas::topic::kPortActuations, 0, schemas::kPortActuations, now(), now(),
                      fmt::format("act-{}-{}", step_, number_), source_,
                      record.SerializeAsString());
  CITYBRAIN_TRY(publisher_->send());
  done_ = last;
  return number_++;
}

Result<RemoteCity::Outcomes> RemoteCity::outcomes_of(std::uint32_t number, std::size_t count) {
  v1::PortReplies reply;
  for (network::Wait wait(feed_.patience());;) {
    CITYBRAIN_ASSIGN(records, replies_->poll(kReplyPoll, network::kComing));
    if (records.empty()) {
      CITYBRAIN_ASSIGN(again, wait.again());
      if (again) continue;
      CITYBRAIN_ASSIGN(surely, replies_->poll(kReplyPoll));
      if (surely.empty()) return silent("it does not say what became of an actuation");
      records = surely;
    }
    for (const auto& r : records) {
      CITYBRAIN_TRY(parse(schemas::topic::kPortReplies, r, schemas::kPortReplies, reply));
      if (reply.source() != source_ || reply.step() != step_ || reply.number() != number) continue;
      if (reply.outcomes_size() != static_cast<int>(count))
        return damaged(schemas::topic::kPortReplies, r.position,
                       "it answers another number of actuations");
      replies_->seek(r.position + 1);
      Outcomes out;
      for (const auto& o : reply.outcomes()) out.push_back(read(o));
      return out;
    }
  }
}

Result<void> RemoteCity::one(const Actuation& actuation) {
  CITYBRAIN_ASSIGN(number, send({&actuation, 1}, false));
  CITYBRAIN_ASSIGN(outcomes, outcomes_of(number, 1));
  return outcomes.front();
}

Result<void> RemoteCity::apply(const city_port::SignalActuation& actuation) {
  return one(actuation);
}
Result<void> RemoteCity::guide(const city_port::GuidanceActuation& actuation) {
  return one(actuation);
}
Result<void> RemoteCity::apply(const city_port::DispatchActuation& order) { return one(order); }

Result<std::vector<Result<void>>> RemoteCity::carry_out(std::span<const Actuation> all) {
  CITYBRAIN_ASSIGN(number, send(all, true));
  if (all.empty()) return Outcomes{};
  return outcomes_of(number, all.size());
}

std::string RemoteCity::save() const {
  if (publisher_ == nullptr) return {};
  model::Writer w;
  w(publisher_->save(), replies_->position());
  return w.take();
}

Result<void> RemoteCity::restore(std::string_view saved) {
  if (publisher_ == nullptr) return {};
  model::Reader r(saved);
  std::string numbers;
  network::Position read = 0;
  r(numbers, read);
  if (!r.complete())
    return Error{"CB-CONNECTOR-STATE", "the kept state is damaged or of another version", source_,
                 "remove it; the connector begins anew"};
  replies_->seek(read);
  return publisher_->restore(numbers);
}

Result<void> RemoteCity::done() {
  if (publisher_ == nullptr || (done_ && step_ == feed_.step())) return {};
  CITYBRAIN_TRY(send({}, true));
  return {};
}

}  // namespace citybrain::remote_city
