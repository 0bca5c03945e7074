// The loop of a group of departments. Each keeps its state now and then (store::SnapshotFolder, a
// part a source) and says on control.kept from when on it needs what others say, so that the rest
// may be truncated.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "citybrain/v1/records.pb.h"
#include "connectors/remote_city/remote_city.h"
#include "hub/model/archive.h"
#include "hub/network/gate.h"
#include "hub/store/snapshot_folder.h"
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
  std::optional<network::Publisher> says;  // from when on it needs the log; where it keeps state
  Step done = 0;
};

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// A source's name as a folder's.
std::string part_of(std::string source) {
  std::replace(source.begin(), source.end(), '/', '-');
  return source;
}

/// What each source kept last.
using Kept = std::map<std::string, store::Snapshot>;

Result<Kept> find_kept(const PartContext& part, std::span<const Department* const> group) {
  Kept out;
  if (part.state.empty()) return out;
  const store::SnapshotFolder folder(part.state, identity_of(part.scenario, part.options), "");
  for (const auto* d : group) {
    CITYBRAIN_ASSIGN(found, folder.at_or_before(part_of(d->source), part.options.horizon_s));
    if (found) out.emplace(d->source, std::move(*found));
  }
  return out;
}

class Posts {
 public:
  Posts(const PartContext& part, remote_city::PortFeed& feed)
      : part_(part),
        feed_(feed),
        gate_(part.log, part.between_processes),
        epoch_{part.scenario.start} {}

  Result<void> open(std::span<const Department* const> group, const RunIdentity& run,
                    const Kept& kept) {
    auto context = departments_context(part_.scenario, part_.catalog, part_.options);
    context.log = &gate_;
    context.is_present = true;
    if (!part_.state.empty()) CITYBRAIN_TRY(part_.log.create({kKeptTopic, 1}));
    CITYBRAIN_ASSIGN(guard, Guard::open(part_.scenario, part_.catalog, part_.options));
    guard_ = std::move(guard);
    if (guard_) context.custody = &guard_->custody();
    for (const auto* d : group) {
      if (!contains(run.sources, d->source)) continue;  // it has nothing to say in this city
      CITYBRAIN_ASSIGN(city, remote_city::RemoteCity::make(part_.log, feed_, d->source, d->moves));
      context.city = city.get();
      CITYBRAIN_ASSIGN(connector, d->make(context));
      CITYBRAIN_CHECK(connector != nullptr && connector->source() == d->source);
      moves_ = moves_ || d->moves;
      auto& post = posts_.emplace_back();
      post.city = std::move(city);
      post.connector = std::move(connector);
      if (part_.state.empty()) continue;
      CITYBRAIN_ASSIGN(says, network::Publisher::make(part_.log, "kept/" + std::string(d->source)));
      post.says.emplace(std::move(says));
      if (const auto found = kept.find(d->source); found != kept.end())
        CITYBRAIN_TRY(restore(post, found->second));
    }
    CITYBRAIN_ASSIGN(decided,
                     network::Barriers::open(part_.log, schemas::topic::kDecided, run.hubs));
    decided_.emplace(std::move(decided));
    if (guard_) CITYBRAIN_TRY(guard_->begin(part_.log));
    for (auto& p : posts_)
      if (p.done == 0) CITYBRAIN_TRY(p.connector->introduce());
    return {};
  }
  std::vector<std::string> sources() const {
    std::vector<std::string> out;
    for (const auto& p : posts_) out.emplace_back(p.connector->source());
    return out;
  }

  /// Those that were there already when they kept their state do nothing.
  Result<void> step(Step step) {
    if (moves_) CITYBRAIN_TRY(await_decisions(*decided_, part_, step - 1));
    for (auto& p : posts_) {
      if (p.done >= step) continue;
      CITYBRAIN_TRY(p.connector->act(step - 1));
      CITYBRAIN_TRY(p.city->done());
    }
    CITYBRAIN_TRY(feed_.advance_to(epoch_.at(step)));
    if (guard_) CITYBRAIN_TRY(guard_->step(step));
    for (auto& p : posts_) {
      if (p.done >= step) continue;
      CITYBRAIN_TRY(p.connector->observe(step));
      p.done = step;
    }
    CITYBRAIN_TRY(gate_.release());
    if (!part_.state.empty() && step % kKeepSteps == 0) CITYBRAIN_TRY(keep(step));
    return stepped(part_, step);
  }

 private:
  static Result<void> restore(Post& post, const store::Snapshot& kept) {
    model::Reader r(kept.bytes);
    std::string city, connector, says;
    r(city, connector, says);
    if (!r.complete())
      return model::Error{"CB-CONNECTOR-STATE", "the kept state is damaged or of another version",
                          std::string(post.connector->source()),
                          "remove it; the connector begins anew"};
    CITYBRAIN_TRY(post.city->restore(city));
    CITYBRAIN_TRY(post.connector->restore(connector));
    CITYBRAIN_TRY(post.says->restore(says));
    post.done = kept.step;
    return {};
  }

  /// Nothing is kept that runs ahead of the log. What was kept before is the oldest that a restart
  /// may have to begin with, also when the newest is damaged.
  Result<void> keep(Step step) {
    CITYBRAIN_TRY(part_.log.sync());
    store::SnapshotFolder folder(part_.state, identity_of(part_.scenario, part_.options), "");
    for (auto& p : posts_) {
      if (p.done != step) continue;
      const std::string part = part_of(std::string(p.connector->source()));
      CITYBRAIN_ASSIGN(oldest, folder.oldest(part));
      if (oldest) say(*p.says, std::string(p.connector->source()), oldest->step);
      model::Writer w;
      w(p.city->save(), p.connector->save(), p.says->save());
      CITYBRAIN_TRY(folder.put(part, {step, w.take()}));
      CITYBRAIN_TRY(p.says->send());
    }
    return {};
  }
  /// Commands that were decided a look-ahead before are known: they were waited for.
  void say(network::Publisher& says, const std::string& source, Step oldest) {
    const auto from = epoch_.at(oldest - 1) - lookahead_ms(part_.scenario, part_.options);
    v1::Barrier record;
    record.set_source(source);
    record.set_until_ms(from.ms);
    says.publish(kKeptTopic, 0, schemas::kBarrier, from, from, fmt::format("kept-{}", oldest),
                 source, record.SerializeAsString());
  }

  const PartContext& part_;
  remote_city::PortFeed& feed_;
  network::Gate gate_;  // outlives the connectors' appenders
  model::Epoch epoch_;
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
  CITYBRAIN_ASSIGN(kept, find_kept(part, group));
  std::optional<Step> earliest;
  for (const auto* d : group) {
    if (!contains(run.sources, d->source)) continue;
    const auto found = kept.find(d->source);
    const Step done = found == kept.end() ? 0 : found->second.step;
    earliest = std::min(earliest.value_or(done), done);
  }
  const Step first = earliest.value_or(0);
  CITYBRAIN_ASSIGN(feed, remote_city::PortFeed::open(part.log, *part.world.network,
                                                     {part.scenario.start}, part.patience, first));
  Posts posts(part, *feed);
  CITYBRAIN_TRY(posts.open(group, run, kept));
  const auto sources = posts.sources();
  if (sources.empty()) return sources;  // nobody waits for it
  for (Step step = first + 1; step <= part.options.horizon_s; ++step)
    CITYBRAIN_TRY(posts.step(step));
  CITYBRAIN_TRY(part.log.sync());
  return sources;
}

}  // namespace citybrain::experiment
