#include "hub/node/node.h"

#include "hub/node/node_impl.h"
#include "hub/node/rows.h"
#include "hub/store/rows.h"
#include "schemas/audit.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::DistrictId;
using model::Error;
using model::EventTime;
using model::Result;
using model::Step;

Result<void> create_topics(network::Log& log, const catalog::Catalog& catalog,
                           std::uint32_t districts) {
  for (const auto& c : catalog.contracts()) CITYBRAIN_TRY(log.create({c.dataset, districts}));
  for (const char* name :
       {schemas::topic::kCommands, schemas::topic::kAcks, schemas::topic::kAudit})
    CITYBRAIN_TRY(log.create({name, districts}));
  for (const char* name : {schemas::topic::kWatermarks, schemas::topic::kDecided})
    CITYBRAIN_TRY(log.create({name, 1}));
  return {};
}

Result<std::unique_ptr<Node>> Node::open(network::Log& log, const model::RoadNetwork& network,
                                         const catalog::Catalog& catalog, Options options) {
  const auto districts = static_cast<std::uint32_t>(network.districts.size());
  CITYBRAIN_TRY(create_topics(log, catalog, districts));
  if (options.sharing) CITYBRAIN_TRY(log.create({schemas::topic::kExchange, districts}));
  CITYBRAIN_ASSIGN(through,
                   network::Barriers::open(log, schemas::topic::kWatermarks, options.sources));
  CITYBRAIN_ASSIGN(store, store::Store::open({options.store_directory, options.identity,
                                              options.sync_every_commit}));
  auto impl = std::make_unique<Impl>(log, network, catalog, std::move(options), std::move(through));
  impl->store = std::move(store);
  bool recovered = false;
  if (impl->folder) {
    CITYBRAIN_ASSIGN(last, impl->store->last_step());
    recovered = last.has_value();
  } else {
    CITYBRAIN_ASSIGN(went_on, impl->recover());
    recovered = went_on;
    if (!recovered) {
      CITYBRAIN_TRY(impl->begin());
      for (const auto& worker : impl->workers) CITYBRAIN_TRY(worker->begin());
    }
  }
  if (!recovered) {
    store::StepWrite base(0);
    write_base(impl->board, base);
    CITYBRAIN_TRY(impl->store->commit(std::move(base)));
  }
  return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;

/// Every district at the beginning of the run.
Result<void> Node::Impl::begin() {
  workers.clear();
  done = 0;
  for (std::uint32_t d = 0; d < board.districts.size(); ++d) {
    CITYBRAIN_ASSIGN(worker, DistrictWorker::open(log, board, DistrictId{d}));
    workers.push_back(std::move(worker));
  }
  CITYBRAIN_ASSIGN(
      reader, TableReader::open(log, board.catalog, board.network, board.rules, board.options));
  tables.emplace(std::move(reader));
  return {};
}

/// False when the snapshot is damaged. What the log does not reach is an error: an older snapshot
/// needs more of its beginning, and a log that lost its end is not to be believed.
Result<bool> Node::Impl::load(const store::Snapshot& snapshot) {
  std::map<std::uint32_t, std::string> districts;
  model::Reader r(snapshot.bytes);
  r(districts);
  if (!r.complete() || districts.size() != workers.size()) return false;
  for (auto& worker : workers) {
    const auto bytes = districts.find(worker->id().value);
    if (bytes == districts.end()) return false;
    const auto loaded = worker->load(bytes->second);
    if (!loaded && loaded.error().code != "CB-NODE-SNAPSHOT") return loaded.error();
    if (!loaded || worker->done() != snapshot.step) return false;
  }
  done = snapshot.step;
  CITYBRAIN_ASSIGN(horizon, log.horizon());
  CITYBRAIN_TRY(tables->advance_to(done, board.options.epoch, horizon));
  return true;
}

/// Restores the newest whole snapshot; false when the run starts from nothing.
Result<bool> Node::Impl::recover() {
  CITYBRAIN_ASSIGN(last, store->last_step());
  if (!last) return false;
  CITYBRAIN_TRY(begin());
  for (Step before = *last;;) {
    CITYBRAIN_ASSIGN(found, store->snapshot_at_or_before(before));
    if (!found) return false;
    CITYBRAIN_ASSIGN(loaded, load(*found));
    if (loaded) return true;
    if (found->step == 0) return false;
    before = found->step - 1;
  }
}

Result<void> Node::Impl::snapshot() {
  std::map<std::uint32_t, std::string> districts;
  for (auto& worker : workers) districts[worker->id().value] = worker->save();
  model::Writer w;
  w(districts);
  return store->put_snapshot({done, w.take()});
}

Result<void> Node::Impl::await(EventTime until) {
  CITYBRAIN_ASSIGN(silent, through.wait(until, board.options.patience));
  if (silent.empty()) return {};
  return Error{"CB-NODE-BARRIER", "the source has not said that it is through with this step",
               silent, "a connector of this source stopped; start it again, the run goes on"};
}

/// A step of every district; all of them read what was passed on in the step before.
Result<void> Node::Impl::step_all() {
  CITYBRAIN_ASSIGN(horizon, log.horizon());
  CITYBRAIN_TRY(tables->advance_to(done + 1, board.options.epoch, horizon));
  passed_on.assign(board.districts.size(), nullptr);
  for (const auto& worker : workers) passed_on[worker->id().value] = &worker->passed_on();
  for (auto& [d, reader] : readers) {
    CITYBRAIN_ASSIGN(exchange, reader.find(done));
    passed_on[d] = exchange;
  }
  for (const auto* p : passed_on) CITYBRAIN_CHECK(p != nullptr && p->step == done);
  for (auto& worker : workers)
    CITYBRAIN_TRY(worker->step(*tables, others_of(worker->id()), horizon));
  for (auto& worker : workers) {
    worker->turn_over();
    CITYBRAIN_TRY(worker->publisher().send());
  }
  ++done;
  return {};
}

Result<void> Node::Impl::commit() {
  store::StepWrite write(done);
  for (auto& worker : workers) worker->write(*tables, write);
  if (done % store::kMinute == 0) expire(done, board, write);
  return store->commit(std::move(write));
}

Result<Turn> Node::turn() {
  auto& m = *impl_;
  CITYBRAIN_TRY(m.await(m.board.options.epoch.at(m.done + 1)));
  CITYBRAIN_TRY(m.step_all());
  CITYBRAIN_TRY(m.commit());
  if (!m.folder && m.done % m.board.options.snapshot_steps == 0) {
    // A snapshot never runs ahead of the log that it points into.
    for (auto& worker : m.workers) CITYBRAIN_TRY(worker->publisher().flush());
    CITYBRAIN_TRY(m.snapshot());
  }
  Turn turn{m.done, static_cast<std::uint32_t>(m.tables->gathered().records.size()), 0};
  for (const auto& worker : m.workers) {
    turn.records += worker->records();
    turn.commands += worker->commands();
  }
  return turn;
}

Result<void> Node::sync() {
  for (auto& worker : impl_->workers) CITYBRAIN_TRY(worker->publisher().flush());
  return impl_->store->sync();
}

std::vector<DistrictFigures> Node::figures() const {
  std::vector<DistrictFigures> out;
  for (const auto& worker : impl_->workers) {
    DistrictFigures f{worker->id(), worker->done(), worker->access().counters, worker->totals()};
    f.counters.resize(impl_->board.catalog.contracts().size());
    if (worker->id() == model::kCityDistrict) {
      const auto& tables = impl_->tables->state().counters;
      for (std::size_t d = 0; d < tables.size(); ++d) f.counters[d].add(tables[d]);
    }
    out.push_back(std::move(f));
  }
  return out;
}

Step Node::done() const { return impl_->done; }
const model::Situation& Node::situation(model::ViewId view) const {
  return impl_->board.views[view.value].situation;
}
std::vector<access::Counters> Node::counters() const {
  std::vector<access::Counters> sum(impl_->board.catalog.contracts().size());
  const auto add = [&](const access::State& state) {
    for (std::size_t d = 0; d < state.counters.size(); ++d) sum[d].add(state.counters[d]);
  };
  if (impl_->tables && impl_->find(model::kCityDistrict) != nullptr) add(impl_->tables->state());
  for (const auto& worker : impl_->workers) add(worker->access());
  return sum;
}
store::IndicatorRow Node::indicators() const {
  std::vector<store::IndicatorRow> districts;
  for (const auto& worker : impl_->workers) districts.push_back(worker->indicators());
  return together(districts);
}
Totals Node::totals() const {
  Totals sum;
  for (const auto& worker : impl_->workers) sum.add(worker->totals());
  return sum;
}
void Node::explain(bool wanted) { impl_->board.explains = wanted; }
StepView Node::last(DistrictId district) const {
  const auto* worker = impl_->find(district);
  CITYBRAIN_CHECK(worker != nullptr);
  return worker->view();
}
store::Store& Node::store() { return *impl_->store; }

}  // namespace citybrain::node
