#include "hub/node/node.h"

#include <fmt/format.h>

#include "citybrain/v1/records.pb.h"
#include "hub/network/publisher.h"
#include "hub/node/intake.h"
#include "hub/node/rows.h"
#include "hub/node/working_state.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::Error;
using model::EventTime;
using model::Result;
using model::Step;

struct Node::Impl {
  const model::RoadNetwork& network;
  Options options;
  access::Rules rules;
  std::vector<fusion::Fuser> fusers;                     // by view
  std::vector<std::unique_ptr<brain::Policy>> policies;  // by desk
  std::unique_ptr<store::Store> store;
  Intake intake;
  network::Publisher publisher;
  WorkingState state;
  // Buffers of one turn, kept for their capacity.
  Gathered gathered;
  access::Admitted admitted;
  std::vector<model::Proposal> proposals;
  v1::SignalCommand message;
  std::string payload;

  Impl(const model::RoadNetwork& road_network, const catalog::Catalog& catalog, Options o,
       Intake in, network::Publisher out)
      : network(road_network),
        options(std::move(o)),
        rules(road_network, catalog),
        intake(std::move(in)),
        publisher(std::move(out)) {}

  Result<void> make_desks();
  void begin();
  Result<bool> recover();
  Result<void> snapshot();
  void see(EventTime now);
  void decide();
  void publish(const std::vector<model::Command>& commands, EventTime now);
  Result<void> commit(Step step, const dispatch::Orders& orders);
};

namespace {

/// A snapshot's bytes as a working state; nothing when they are of another format.
std::optional<WorkingState> read_snapshot(const std::string& bytes) {
  WorkingState state;
  model::Reader r(bytes);
  r(state);
  if (!r.complete() || state.format != WorkingState::kFormat) return std::nullopt;
  return state;
}

std::string identifier(std::uint64_t id) { return fmt::format("{:016x}", id); }

}  // namespace

Result<void> create_topics(network::Log& log, const catalog::Catalog& catalog,
                           std::uint32_t districts) {
  for (const auto& c : catalog.contracts()) CITYBRAIN_TRY(log.create({c.dataset, districts}));
  for (const char* name : {schemas::topic::kCommands, schemas::topic::kAcks})
    CITYBRAIN_TRY(log.create({name, districts}));
  for (const char* name : {schemas::topic::kWatermarks, schemas::topic::kDecided})
    CITYBRAIN_TRY(log.create({name, 1}));
  return {};
}

Result<std::unique_ptr<Node>> Node::open(network::Log& log, const model::RoadNetwork& network,
                                         const catalog::Catalog& catalog, Options options) {
  CITYBRAIN_TRY(create_topics(log, catalog, static_cast<std::uint32_t>(network.districts.size())));
  CITYBRAIN_ASSIGN(intake, Intake::open(log, catalog, network, options.sources, options.patience));
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, kSource, options.seed));
  CITYBRAIN_ASSIGN(store, store::Store::open({options.store_directory, options.identity,
                                              options.sync_every_commit}));
  auto impl = std::make_unique<Impl>(network, catalog, std::move(options), std::move(intake),
                                     std::move(publisher));
  impl->store = std::move(store);
  for (const auto& view : impl->options.views) impl->fusers.emplace_back(network, view.fusion);
  CITYBRAIN_TRY(impl->make_desks());
  CITYBRAIN_ASSIGN(recovered, impl->recover());
  if (!recovered) {
    impl->begin();
    store::StepWrite base(0);
    write_base(network, catalog, base);
    CITYBRAIN_TRY(impl->store->commit(std::move(base)));
  }
  return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;

Result<void> Node::Impl::make_desks() {
  policies.clear();
  for (std::uint32_t d = 0; d < options.desks.size(); ++d) {
    const auto& desk = options.desks[d];
    CITYBRAIN_CHECK(desk.view.value < options.views.size());
    CITYBRAIN_ASSIGN(policy, brain::make_policy(desk.policy,
                                                {model::DeskId{d}, desk.junctions,
                                                 options.epoch.start, options.lookahead_ms},
                                                network));
    policies.push_back(std::move(policy));
  }
  return {};
}

void Node::Impl::begin() {
  state = {};
  for (std::uint32_t v = 0; v < fusers.size(); ++v) {
    state.views.push_back({fusers[v].initial_state(),
                           fusers[v].initial_situation(model::ViewId{v}, options.views[v].grants),
                           {}});
  }
  state.dispatch = dispatch::initial_state(network);
}

/// Restores the newest snapshot whose positions the log still reaches; false when the run starts
/// from nothing.
Result<bool> Node::Impl::recover() {
  CITYBRAIN_ASSIGN(last, store->last_step());
  if (!last) return false;
  Step before = *last;
  for (;;) {
    CITYBRAIN_ASSIGN(found, store->snapshot_at_or_before(before));
    if (!found) return false;
    auto restored = read_snapshot(found->bytes);
    if (restored && restored->views.size() == fusers.size() &&
        restored->policies.size() == policies.size() && intake.seek(restored->positions)) {
      state = std::move(*restored);
      break;
    }
    if (found->step == 0) return false;
    before = found->step - 1;
  }
  for (std::size_t d = 0; d < policies.size(); ++d) {
    model::Reader memory(state.policies[d]);
    policies[d]->load(memory);
  }
  CITYBRAIN_TRY(publisher.restore(state.sequences));
  return true;
}

Result<void> Node::Impl::snapshot() {
  state.positions = intake.positions();
  state.sequences = publisher.save();
  state.policies.resize(policies.size());
  for (std::size_t d = 0; d < policies.size(); ++d) {
    model::Writer memory;
    policies[d]->save(memory);
    state.policies[d] = memory.take();
  }
  model::Writer w;
  w(state);
  return store->put_snapshot({state.step, w.take()});
}

/// Fusion, once a view: each takes from the admitted batch what it was granted.
void Node::Impl::see(EventTime now) {
  state.heard.take(admitted.batch, gathered.records, network);
  for (std::size_t v = 0; v < fusers.size(); ++v) {
    auto& view = state.views[v];
    dispatch::fill_signals(network, state.dispatch, now, view.situation.signals);
    fusers[v].fuse(admitted.batch, now, now, view.filters, view.situation);
  }
}

void Node::Impl::decide() {
  proposals.clear();
  for (std::size_t d = 0; d < policies.size(); ++d) {
    const std::size_t first = proposals.size();
    const auto& situation = state.views[options.desks[d].view.value].situation;
    policies[d]->propose(situation, proposals);
    for (std::size_t i = first; i < proposals.size(); ++i) {
      proposals[i].priority += options.desks[d].priority;
      proposals[i].reason.causes = state.heard.causes(proposals[i], situation, network);
    }
  }
}

void Node::Impl::publish(const std::vector<model::Command>& commands, EventTime now) {
  for (const auto& c : commands) {
    const auto& junction = network[c.junction];
    message.set_id(c.id);
    message.set_junction(junction.name);
    message.set_effective_ms(c.effective.ms);
    message.set_greens(c.greens);
    message.set_yellows(c.yellows);
    message.set_phase(c.phase);
    message.set_reason_code(c.reason.code);
    message.set_reason_value(c.reason.value);
    message.set_reason_runner_up(c.reason.runner_up);
    message.set_reason_detail(c.reason.detail);
    message.set_desk(c.desk.value);
    payload.clear();
    message.SerializeToString(&payload);
    publisher.publish(schemas::topic::kCommands, junction.district.value, schemas::kSignalCommand,
                      now, c.effective, identifier(c.id), junction.name, payload, c.reason.causes);
  }
  publisher.barrier(schemas::topic::kDecided, now);
}

Result<void> Node::Impl::commit(Step step, const dispatch::Orders& orders) {
  store::StepWrite write(step);
  for (std::uint32_t v = 0; v < state.views.size(); ++v)
    write_situation(step, v, state.views[v], write);
  write_audit(step, admitted.quarantined, orders.refusals, write);
  write_orders(step, orders.commands, gathered.acks, write);
  write_positions(intake.positions(), write);
  write.put(store::Family::kDigests, store::Key().u32(step).view(),
            digest(step, gathered, orders.commands, state.views));
  return store->commit(std::move(write));
}

Result<Turn> Node::turn() {
  auto& m = *impl_;
  const Step step = m.state.step + 1;
  const EventTime now = m.options.epoch.at(step);

  CITYBRAIN_TRY(m.intake.gather(now, m.gathered));  // network
  dispatch::acknowledge(m.gathered.acks, m.state.dispatch);
  m.rules.admit(m.gathered.records, m.state.access, m.admitted);  // access
  m.see(now);                                                     // fusion
  m.decide();                                                     // brain
  auto orders = dispatch::execute(m.network, m.options.safety, m.proposals, now,
                                  m.options.lookahead_ms, m.state.dispatch);  // dispatch
  for (auto& c : orders.commands) c.because = m.gathered.because;

  m.state.step = step;
  m.state.totals.commands += orders.commands.size();
  m.state.totals.proposals_refused += orders.refusals.size();
  m.state.totals.commands_refused = m.state.dispatch.refused_by_device;
  m.publish(orders.commands, now);
  CITYBRAIN_TRY(m.publisher.send());      // network
  CITYBRAIN_TRY(m.commit(step, orders));  // store
  if (step % m.options.snapshot_steps == 0) {
    CITYBRAIN_TRY(
        m.publisher.flush());  // a snapshot never runs ahead of the log that it points into
    CITYBRAIN_TRY(m.snapshot());
  }
  return Turn{step, static_cast<std::uint32_t>(m.gathered.records.size()),
              static_cast<std::uint32_t>(orders.commands.size())};
}

Result<void> Node::sync() {
  CITYBRAIN_TRY(impl_->publisher.flush());
  return impl_->store->sync();
}

Step Node::done() const { return impl_->state.step; }
const model::Situation& Node::situation(model::ViewId view) const {
  return impl_->state.views[view.value].situation;
}
const std::vector<access::Counters>& Node::counters() const { return impl_->state.access.counters; }
Totals Node::totals() const { return impl_->state.totals; }
store::Store& Node::store() { return *impl_->store; }

}  // namespace citybrain::node
