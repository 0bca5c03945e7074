// The loop of a group of departments.
#include <algorithm>

#include "connectors/remote_city/remote_city.h"
#include "hub/network/gate.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/part_steps.h"
#include "scenarios/experiment/run_identity.h"

namespace citybrain::experiment {

using model::Result;
using model::Step;

namespace {

/// A department and the port through which it sees the city.
struct Post {
  std::unique_ptr<remote_city::RemoteCity> city;
  std::unique_ptr<connectors::Connector> connector;
};

class Posts {
 public:
  Posts(const PartContext& part, remote_city::PortFeed& feed)
      : part_(part), feed_(feed), gate_(part.log, part.between_processes) {}

  Result<void> open(std::span<const Department* const> group, const RunIdentity& run) {
    auto context = departments_context(part_.scenario, part_.options);
    context.log = &gate_;
    CITYBRAIN_ASSIGN(guard, Guard::open(part_.scenario, part_.catalog, part_.options));
    guard_ = std::move(guard);
    if (guard_) context.custody = &guard_->custody();
    for (const auto* d : group) {
      if (std::find(run.sources.begin(), run.sources.end(), d->source) == run.sources.end())
        continue;  // it has nothing to say in this city
      CITYBRAIN_ASSIGN(city, remote_city::RemoteCity::make(part_.log, feed_, d->source, d->moves));
      context.city = city.get();
      CITYBRAIN_ASSIGN(connector, d->make(context));
      CITYBRAIN_CHECK(connector != nullptr && connector->source() == d->source);
      moves_ = moves_ || d->moves;
      posts_.push_back({std::move(city), std::move(connector)});
    }
    CITYBRAIN_ASSIGN(decided,
                     network::Barriers::open(part_.log, schemas::topic::kDecided, run.hubs));
    decided_.emplace(std::move(decided));
    if (guard_) CITYBRAIN_TRY(guard_->begin(part_.log));
    for (auto& p : posts_) CITYBRAIN_TRY(p.connector->introduce());
    return {};
  }
  std::vector<std::string> sources() const {
    std::vector<std::string> out;
    for (const auto& p : posts_) out.emplace_back(p.connector->source());
    return out;
  }

  Result<void> step(Step step) {
    if (moves_) CITYBRAIN_TRY(await_decisions(*decided_, part_, step - 1));
    for (auto& p : posts_) {
      CITYBRAIN_TRY(p.connector->act(step - 1));
      CITYBRAIN_TRY(p.city->done());
    }
    CITYBRAIN_TRY(feed_.advance_to(model::Epoch{part_.scenario.start}.at(step)));
    if (guard_) CITYBRAIN_TRY(guard_->step(step));
    for (auto& p : posts_) CITYBRAIN_TRY(p.connector->observe(step));
    CITYBRAIN_TRY(gate_.release());
    return stepped(part_, step);
  }

 private:
  const PartContext& part_;
  remote_city::PortFeed& feed_;
  network::Gate gate_;  // outlives the connectors' appenders
  std::unique_ptr<Guard> guard_;
  std::vector<Post> posts_;
  std::optional<network::Barriers> decided_;
  bool moves_ = false;
};

}  // namespace

Result<std::vector<std::string>> run_connectors(const PartContext& part,
                                                std::span<const Department* const> group) {
  CITYBRAIN_ASSIGN(run,
                   recognise(part.log, identity_of(part.scenario, part.options), part.patience));
  CITYBRAIN_ASSIGN(feed, remote_city::PortFeed::open(part.log, *part.world.network,
                                                     {part.scenario.start}, part.patience));
  Posts posts(part, *feed);
  CITYBRAIN_TRY(posts.open(group, run));
  const auto sources = posts.sources();
  if (sources.empty()) return sources;  // nobody waits for it
  for (Step step = 1; step <= part.options.horizon_s; ++step) CITYBRAIN_TRY(posts.step(step));
  CITYBRAIN_TRY(part.log.sync());
  return sources;
}

}  // namespace citybrain::experiment
