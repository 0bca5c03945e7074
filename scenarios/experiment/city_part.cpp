// The city's loop.
#include "connectors/remote_city/port_server.h"
#include "hub/network/gate.h"
#include "hub/registry/own.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lockstep.h"
#include "scenarios/experiment/part_steps.h"
#include "scenarios/experiment/retention.h"
#include "scenarios/experiment/run_identity.h"
#include "scenarios/experiment/truth_writer.h"
#include "schemas/protection.h"

namespace citybrain::experiment {

using model::Result;
using model::Step;

namespace {

/// The city, its port on the network and its truth.
class CityPart {
 public:
  CityPart(const PartContext& part, city_port::City& city, outputs::Recorder recorder)
      : part_(part), epoch_{part.scenario.start}, city_(city), recorder_(std::move(recorder)) {}

  Result<void> open() {
    const auto& districts = part_.world.network->districts;
    CITYBRAIN_TRY(node::create_topics(part_.log, part_.catalog,
                                      static_cast<std::uint32_t>(districts.size())));
    CITYBRAIN_TRY(remote_city::create_topics(part_.log));
    CITYBRAIN_TRY(part_.log.create({kKeptTopic, 1}));
    if (part_.scenario.protection.sealing)
      for (const auto* topic : {schemas::topic::kErasures, schemas::topic::kErasureReceipts})
        CITYBRAIN_TRY(part_.log.create({topic, 1}));
    RunIdentity run{identity_of(part_.scenario, part_.options),
                    {},
                    node::sources_of(*part_.world.network),
                    epoch_.start};
    std::vector<std::string> movers;
    auto context = departments_context(part_.scenario, part_.catalog, part_.options);
    context.city = &city_;
    for (const auto* d : present(context)) {
      run.sources.emplace_back(d->source);
      if (d->moves) movers.emplace_back(d->source);
    }
    CITYBRAIN_TRY(registry::register_own(part_.log));  // before anybody publishes
    CITYBRAIN_TRY(announce(part_.log, run, part_.options.resume));
    CITYBRAIN_ASSIGN(truth, TruthPublisher::make(part_.log, epoch_));
    CITYBRAIN_ASSIGN(
        server, remote_city::PortServer::open(part_.log, city_, epoch_, movers, part_.patience));
    CITYBRAIN_ASSIGN(through,
                     network::Barriers::open(part_.log, schemas::topic::kWatermarks, run.sources));
    CITYBRAIN_ASSIGN(decided,
                     network::Barriers::open(part_.log, schemas::topic::kDecided, run.hubs));
    truth_.emplace(std::move(truth));
    server_ = std::move(server);
    through_.emplace(std::move(through));
    decided_.emplace(std::move(decided));
    return server_->publish(0);
  }

  Result<void> step(Step step) {
    CITYBRAIN_TRY(leave(step - 1));
    CITYBRAIN_TRY(city_.advance_to(epoch_.at(step)));
    CITYBRAIN_TRY(server_->publish(step));
    CITYBRAIN_TRY(truth_->publish(city_, step));
    recorder_.step(city_);
    const auto keep_s = part_.options.log_retention_s;
    if (keep_s > 0 && step % kTrimSteps == 0)
      CITYBRAIN_TRY(trim({part_.log, part_.catalog, epoch_, {}, Scope::kPort}, epoch_.at(step),
                         std::int64_t{keep_s} * 1000));
    return stepped(part_, step);
  }

  Result<std::vector<std::string>> finish() {
    CITYBRAIN_TRY(truth_->finish(city_, part_.options.horizon_s));
    CITYBRAIN_TRY(truth_->flush());
    CITYBRAIN_TRY(recorder_.finish(city_));
    CITYBRAIN_TRY(part_.log.sync());
    auto remarks = city::truth_source(city_).remarks();
    for (const auto& remark : recorder_.remarks()) remarks.push_back(remark);
    return remarks;
  }

 private:
  /// The city does not leave a second before every source has seen it, and every command that takes
  /// effect in it was decided and carried out.
  Result<void> leave(Step step) {
    CITYBRAIN_TRY(await_decisions(*decided_, part_, step));
    if (step > 0) {
      CITYBRAIN_ASSIGN(late, through_->wait(epoch_.at(step), part_.patience));
      if (!late.empty()) return silent(late, "the source has not said what it saw");
    }
    return server_->serve(step);
  }

  const PartContext& part_;
  model::Epoch epoch_;
  city_port::City& city_;
  outputs::Recorder recorder_;
  std::optional<TruthPublisher> truth_;
  std::unique_ptr<remote_city::PortServer> server_;
  std::optional<network::Barriers> through_, decided_;
};

}  // namespace

Result<std::vector<std::string>> run_city(const PartContext& part) {
  CITYBRAIN_ASSIGN(city, make_city(part.scenario, part.world, part.options));
  CITYBRAIN_ASSIGN(recorder, outputs::Recorder::create(recorder_options(part.options), *city));
  CityPart running(part, *city, std::move(recorder));
  CITYBRAIN_TRY(running.open());
  for (Step step = 1; step <= part.options.horizon_s; ++step) CITYBRAIN_TRY(running.step(step));
  return running.finish();
}

}  // namespace citybrain::experiment
