#include "hub/node/district.h"

#include <fmt/format.h>

#include <algorithm>

#include "citybrain/v1/hub.pb.h"
#include "citybrain/v1/records.pb.h"
#include "hub/node/audit.h"
#include "hub/node/rows.h"
#include "schemas/audit.h"
#include "schemas/schemas.h"

namespace citybrain::node {

using model::Error;
using model::EventTime;
using model::Result;
using model::Step;

namespace {

std::string identifier(std::uint64_t id) { return fmt::format("{:016x}", id); }

}  // namespace

std::string source_of(const model::RoadNetwork& network, model::DistrictId district) {
  return fmt::format("hub/{}", network.districts[district.value]);
}

std::string part_of(const model::RoadNetwork& network, model::DistrictId district) {
  return fmt::format("{:04}", district.value) + "-" +
         (network.districts[district.value].find('/') == std::string::npos
              ? network.districts[district.value]
              : std::string("district"));
}

std::vector<std::string> sources_of(const model::RoadNetwork& network) {
  std::vector<std::string> out;
  for (std::uint32_t d = 0; d < network.districts.size(); ++d)
    out.push_back(source_of(network, model::DistrictId{d}));
  return out;
}

DistrictWorker::DistrictWorker(Board& board, model::DistrictId id, Intake intake,
                               network::Publisher publisher)
    : board_(board),
      id_(id),
      intake_(std::move(intake)),
      publisher_(std::move(publisher)),
      contributions_(board.views.size()),
      audit_(id.value) {
  if (board.options.keeps_audit) {
    open_chain(board.network.districts[id.value], board.options, board.catalog, audit_);
  }
  state_.dispatch = dispatch::initial_state(board.districts[id].junctions);
  state_.passed_on.district = passing_on_.district = id;
  state_.passed_on.views.resize(board.views.size());
  state_.readers.resize(board.views.size());
  seen_.resize(board.views.size());
  for (auto& view : state_.passed_on.views) view.entries.resize(board.districts[id].entries.size());
}

Result<std::unique_ptr<DistrictWorker>> DistrictWorker::open(network::Log& log, Board& board,
                                                             model::DistrictId id) {
  CITYBRAIN_ASSIGN(intake, Intake::of_district(log, board.catalog, board.network, id));
  CITYBRAIN_ASSIGN(publisher,
                   network::Publisher::make(log, source_of(board.network, id), board.options.seed));
  std::unique_ptr<DistrictWorker> worker(
      new DistrictWorker(board, id, std::move(intake), std::move(publisher)));
  CITYBRAIN_TRY(worker->make_desks());
  return worker;
}

/// A desk over the whole city sits in every district: policies look at the approaches and exits of
/// one junction at a time.
Result<void> DistrictWorker::make_desks() {
  for (std::uint32_t d = 0; d < board_.options.desks.size(); ++d) {
    const auto& desk = board_.options.desks[d];
    CITYBRAIN_CHECK(desk.view.value < board_.options.views.size());
    std::vector<model::JunctionId> here;
    for (const auto j : desk.junctions)
      if (board_.districts.of(j) == id_) here.push_back(j);
    policies_.emplace_back();
    if (here.empty()) continue;
    CITYBRAIN_ASSIGN(
        policy, brain::make_policy(desk.policy,
                                   {model::DeskId{d}, std::move(here), board_.options.epoch.start,
                                    board_.options.lookahead_ms},
                                   board_.network));
    policies_.back() = std::move(policy);
  }
  return {};
}

/// What a view sees through its masks: of what was admitted here, and of what others passed on of
/// their roads.
std::span<const model::ObservationBatch> DistrictWorker::read(
    std::size_t view, std::span<const Exchange* const> others, model::SourceMask grants,
    EventTime now) {
  batches_.assign(1, &admitted_.batch);
  for (const auto* o : others) batches_.push_back(&o->observations);
  board_.readers[view]->see(batches_, now, grants, state_.readers[view], seen_[view]);
  return seen_[view].batches;
}

/// Fusion, once a view: each takes from the admitted batch what it was granted. A view that is
/// granted more goes on with what it knows; one that lost a grant begins anew, in this district and
/// with what it hears of others, so that nothing is left of what it may see no longer.
void DistrictWorker::see(std::span<const Exchange* const> others, const GrantReader* law,
                         EventTime now) {
  if (board_.options.keeps_lineage)
    state_.heard.take(admitted_.batch, gathered_.records, board_.network);
  for (std::size_t v = 0; v < board_.fusers.size(); ++v) {
    auto& view = board_.views[v];
    const bool lost = law != nullptr && law->lost(v);
    if (lost) board_.start_anew(id_, v);
    if (law != nullptr) {
      view.situation.grants = law->grants(v);
      board_.follow(*law, v);
    }
    std::span<const model::ObservationBatch> seen;
    if (board_.readers[v]) seen = read(v, others, view.situation.grants, now);
    neighbours_.clear();
    for (std::size_t o = 0; o < others.size(); ++o)
      neighbours_.push_back({seen.empty() ? &others[o]->observations : &seen[o + 1],
                             lost ? fusion::Tally{} : others[o]->views[v].tally});
    dispatch::fill_signals(board_.network, state_.dispatch, now, view.situation.signals);
    contributions_[v].clear();
    board_.fusers[v].fuse(id_, seen.empty() ? admitted_.batch : seen.front(), neighbours_, now, now,
                          view.filters, view.situation,
                          board_.explains ? &contributions_[v] : nullptr);
  }
}

/// What stands on the first roads of other districts is known as of the step before, also where
/// this process knows better; called again, it puts back what was there.
void DistrictWorker::swap_entries(std::span<const Exchange* const> others, const GrantReader* law) {
  std::size_t n = 0;
  const bool puts_back = !entries_.empty();
  for (std::size_t v = 0; v < board_.views.size(); ++v) {
    auto& lanes = board_.views[v].situation.lanes;
    const bool lost = law != nullptr && law->lost(v);
    for (const auto* o : others) {
      const auto& ids = board_.districts[o->district].entries;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        float& queue = lanes[ids[i].value].queue_veh.value;
        if (puts_back) {
          queue = entries_[n++];
        } else {
          entries_.push_back(queue);
          queue = lost ? 0 : o->views[v].entries[i];
        }
      }
    }
  }
  if (puts_back) entries_.clear();
}

bool DistrictWorker::has_its_needs(const DeskSpec& desk) const {
  const auto grants = board_.views[desk.view.value].situation.grants;
  return (grants | desk.needs) == grants;
}

/// While a desk that needs data has them, those below it rest here: they would act between its
/// decisions.
std::int32_t DistrictWorker::least_priority() const {
  std::int32_t least = INT32_MIN;
  for (std::size_t d = 0; d < policies_.size(); ++d) {
    const auto& desk = board_.options.desks[d];
    if (policies_[d] && desk.needs.bits != 0 && has_its_needs(desk))
      least = std::max(least, desk.priority);
  }
  return least;
}

void DistrictWorker::decide(std::span<const Exchange* const> others, const GrantReader* law) {
  proposals_.clear();
  swap_entries(others, law);
  const std::int32_t least = least_priority();
  for (std::size_t d = 0; d < policies_.size(); ++d) {
    if (!policies_[d]) continue;
    const auto& desk = board_.options.desks[d];
    const std::size_t first = proposals_.size();
    const auto& situation = board_.views[desk.view.value].situation;
    if (!has_its_needs(desk) || desk.priority < least) continue;
    policies_[d]->propose(situation, proposals_);
    for (std::size_t i = first; i < proposals_.size(); ++i) {
      proposals_[i].priority += desk.priority;
      if (board_.options.keeps_lineage)
        proposals_[i].reason.causes = state_.heard.causes(proposals_[i], situation, board_.network);
    }
  }
  swap_entries(others, law);
}

void DistrictWorker::publish(EventTime now) {
  v1::SignalCommand message;
  for (const auto& c : orders_.commands) {
    const auto& junction = board_.network[c.junction];
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
    payload_.clear();
    message.SerializeToString(&payload_);
    publisher_.publish(schemas::topic::kCommands, id_.value, schemas::kSignalCommand, now,
                       c.effective, identifier(c.id), junction.name, payload_, c.reason.causes);
  }
  if (board_.options.sharing && board_.districts.size() > 1) {
    const auto source = source_of(board_.network, id_);
    publisher_.publish(schemas::topic::kExchange, id_.value, schemas::kHubExchange, now, now,
                       fmt::format("exchange-{}", passing_on_.step), source, encode(passing_on_));
  }
  if (board_.options.keeps_audit) publish_seal(now);
  publisher_.barrier(schemas::topic::kDecided, now);
}

/// Once it is on the network, the step's part of the audit cannot be rewritten unnoticed.
void DistrictWorker::publish_seal(EventTime now) {
  const auto& sealed = audit_.sealed();
  v1::AuditSeal seal;
  seal.set_chain(sealed.chain);
  seal.set_step(sealed.step);
  seal.set_first(sealed.first);
  seal.set_count(sealed.count);
  seal.set_root(std::string(catalog::view(sealed.root)));
  seal.set_head(std::string(catalog::view(sealed.head)));
  publisher_.publish(schemas::topic::kAudit, id_.value, schemas::kAuditSeal, now, now,
                     fmt::format("seal-{}", sealed.step), source_of(board_.network, id_),
                     seal.SerializeAsString());
}

void DistrictWorker::pass_on(Step step) {
  auto& out = passing_on_;
  out.step = step;
  out.because = gathered_.because;
  out.views.resize(board_.views.size());
  for (std::size_t v = 0; v < board_.views.size(); ++v) {
    const auto& view = board_.views[v];
    out.views[v].tally = view.filters.districts[id_.value].tally;
    out.views[v].entries.clear();
    for (const auto lane : board_.districts[id_].entries)
      out.views[v].entries.push_back(view.situation.lanes[lane.value].queue_veh.value);
  }
  if (!board_.fusers.empty()) board_.fusers.front().pass_on(id_, admitted_.batch, out.observations);
}

Result<void> DistrictWorker::step(TableReader& tables, std::span<const Exchange* const> others,
                                  network::Horizon horizon) {
  const Step step = state_.step + 1;
  const EventTime now = board_.options.epoch.at(step);
  CITYBRAIN_TRY(intake_.gather(now, horizon, gathered_));  // network
  dispatch::acknowledge(gathered_.acks, state_.dispatch);
  board_.rules.admit(gathered_.records, state_.access, tables.tables(), admitted_);  // access
  note(admitted_.batch, state_.indicators);
  see(others, tables.law(), now);  // fusion
  decide(others, tables.law());    // brain
  orders_ = dispatch::execute(board_.network, board_.options.safety, proposals_, now,
                              board_.options.lookahead_ms, state_.dispatch);  // dispatch
  give_causes(tables, others);
  state_.step = step;
  state_.totals.commands += orders_.commands.size();
  state_.totals.proposals_refused += orders_.refusals.size();
  state_.totals.commands_refused = state_.dispatch.refused_by_device;
  measure(tables);
  pass_on(step);
  if (board_.options.keeps_audit) keep_audit(tables);
  publish(now);
  return {};
}

/// The positions behind each command, and the commands as they are kept.
void DistrictWorker::give_causes(const TableReader& tables,
                                 std::span<const Exchange* const> others) {
  order_rows_.clear();
  for (auto& c : orders_.commands) {
    const auto add = [&](const auto& ranges) {
      c.because.insert(c.because.end(), ranges.begin(), ranges.end());
    };
    if (board_.options.keeps_lineage) {
      add(gathered_.because);
      add(tables.gathered().because);
      for (const auto* o : others) add(o->because);
    }
    order_rows_.push_back(row_of(c));
  }
}

void DistrictWorker::keep_audit(const TableReader& tables) {
  grants_.clear();
  for (const auto& v : board_.views) grants_.push_back(v.situation.grants);
  if (id_ == model::kCityDistrict) {
    if (tables.law() != nullptr) note_law(*tables.law(), audit_);
    note_tables(tables.gathered(), audit_);
    note_quarantine(tables.admitted().quarantined, audit_);
    if (tables.erasures() != nullptr) note_erasures(*tables.erasures(), audit_);
  }
  note_access(gathered_, grants_, audit_);
  for (std::size_t v = 0; v < board_.readers.size(); ++v)
    if (const auto& reader = board_.readers[v])
      note_masks(board_.options.views[v].name, board_.catalog, reader->spec(), seen_[v].masked,
                 audit_);
  note_quarantine(admitted_.quarantined, audit_);
  note_orders(orders_, order_rows_, audit_);
  audit_.seal(state_.step);
}

StepView DistrictWorker::view() const {
  return {gathered_.records, gathered_.because, &admitted_.batch, admitted_.quarantined,
          proposals_,        orders_.commands,  orders_.refusals, contributions_};
}

void DistrictWorker::write(const TableReader& tables, store::StepWrite& write) {
  const Step step = state_.step;
  const bool is_city = id_ == model::kCityDistrict;
  for (std::uint32_t v = 0; v < board_.views.size(); ++v)
    write_situation(step, v, id_, board_.districts, board_.views[v], write);
  write_indicators(write);
  if (is_city && !tables.gathered().records.empty()) write_devices(tables.tables(), write);
  if (board_.options.keeps_audit)
    write.put(store::Family::kAudit, catalog::audit_key(id_.value, step),
              catalog::encode(audit_.sealed()));
  write_orders(step, id_, orders_.commands, order_rows_, gathered_.acks, write);
  write_positions(id_, intake_.positions(), write);
  Digest digest(step);
  if (is_city) digest.read(tables.gathered());
  if (is_city && tables.law() != nullptr) digest.read(tables.law()->read());
  digest.read(gathered_);
  digest.decided(orders_.commands);
  for (const auto& v : board_.views) digest.seen(board_.districts[id_], v.situation, is_city);
  write.put(store::Family::kDigests, store::Key().u32(step).u32(id_.value).view(), digest.bytes());
}

/// Also in a replay, whose Steps nobody writes: the minute's beginning is working state.
void DistrictWorker::measure(const TableReader& tables) {
  const bool is_city = id_ == model::kCityDistrict;
  if (expected_.empty() || !tables.gathered().records.empty())
    expected_ = expected_per_s(board_.catalog, tables.tables(), board_.districts, id_);
  auto& began = state_.indicators.minute_began;
  auto counters = state_.access.counters, from = began;
  const std::size_t datasets = board_.catalog.contracts().size();
  counters.resize(datasets);
  from.resize(datasets);
  if (is_city) {
    const auto add = [](const auto& more, auto& to) {
      for (std::size_t d = 0; d < more.size(); ++d) to[d].add(more[d]);
    };
    add(tables.state().counters, counters);
    add(tables.minute_began(), from);
  }
  indicators_ = node::indicators(state_.step, board_.options.epoch.at(state_.step),
                                 {counters, from, state_.indicators.newest_ms, expected_});
  if (state_.step % store::kMinute == 0) began = state_.access.counters;
}

void DistrictWorker::write_indicators(store::StepWrite& write) const {
  model::Writer w;
  w(indicators_);
  write.put(store::Family::kTheme, store::Key().text(store::kIndicators).u32(id_.value).view(),
            w.bytes());
  if (state_.step % model::kSampleSteps == 0)
    write.put(store::Family::kTheme, store::indicator_key(id_.value, state_.step), w.bytes());
}

void DistrictWorker::erase_latest(store::StepWrite& write) const {
  for (std::uint32_t v = 0; v < board_.views.size(); ++v)
    for (std::uint32_t b = 0; b < board_.districts.blocks.size(); ++b)
      if (board_.districts.blocks[b].district == id_)
        write.erase(store::Family::kTheme, store::Key().text("now").u32(v).u32(b).view());
  for (const auto& c : state_.dispatch.outbox)
    write.erase(store::Family::kOutbox, store::Key().u64(c.id).view());
  write.erase(store::Family::kPositions, store::Key().text("read").u32(id_.value).view());
  write.erase(store::Family::kTheme, store::Key().text(store::kIndicators).u32(id_.value).view());
}

std::string DistrictWorker::save() {
  state_.positions = intake_.positions();
  state_.sequences = publisher_.save();
  state_.audit = audit_.state();
  state_.policies.resize(policies_.size());
  for (std::size_t d = 0; d < policies_.size(); ++d) {
    model::Writer memory;
    if (policies_[d]) policies_[d]->save(memory);
    state_.policies[d] = memory.take();
  }
  model::Writer w;
  w(kSnapshotFormat, id_, state_);
  for (std::size_t v = 0; v < board_.views.size(); ++v) {
    const auto& view = board_.views[v];
    board_.fusers[v].save(id_, view.filters, view.situation, w);
    for (std::size_t b = 0; b < view.minute.size(); ++b)
      if (board_.districts.blocks[b].district == id_) w(view.minute[b]);
    if (id_ == model::kCityDistrict) w(view.written);
  }
  return w.take();
}

Result<void> DistrictWorker::load(std::string_view bytes) {
  const Error other{"CB-NODE-SNAPSHOT", "the snapshot is of another district, format or scenario",
                    source_of(board_.network, id_), "start the run anew without --resume"};
  model::Reader r(bytes);
  std::uint32_t format = 0;
  model::DistrictId id;
  r(format, id);
  if (r.failed() || format != kSnapshotFormat || id != id_) return other;
  DistrictState state;
  r(state);
  const bool fits = state.policies.size() == policies_.size() &&
                    state.dispatch.junctions == board_.districts[id_].junctions &&
                    state.passed_on.views.size() == board_.views.size() &&
                    state.readers.size() == board_.views.size();
  if (r.failed() || !fits) return other;
  CITYBRAIN_TRY(intake_.seek(state.positions));
  for (std::size_t v = 0; v < board_.views.size(); ++v) {
    auto& view = board_.views[v];
    board_.fusers[v].load(id_, r, view.filters, view.situation);
    for (std::size_t b = 0; b < view.minute.size(); ++b)
      if (board_.districts.blocks[b].district == id_) r(view.minute[b]);
    if (id_ == model::kCityDistrict) r(view.written);
  }
  if (!r.complete()) return other;
  state_ = std::move(state);
  audit_.restore(state_.audit);
  for (std::size_t d = 0; d < policies_.size(); ++d) {
    model::Reader memory(state_.policies[d]);
    if (policies_[d]) policies_[d]->load(memory);
  }
  return publisher_.restore(state_.sequences);
}

}  // namespace citybrain::node
