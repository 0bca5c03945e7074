#include "hub/federation/party.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "hub/model/archive.h"
#include "hub/runtime/files.h"
#include "hub/store/rows.h"
#include "hub/store/table.h"

namespace citybrain::federation {

using model::Error;
using model::EventTime;
using model::Result;
using model::Step;
using store::Family;

namespace {

std::string memory_key() { return store::Key().text("party").take(); }

Error damaged(std::string_view what, std::string_view where) {
  return {"CB-STORE-DAMAGED", std::string(what), std::string(where),
          "restore the folder from a backup, or run again without --resume"};
}

template <class T>
bool read_value(std::string_view bytes, T& value) {
  model::Reader r(bytes);
  r(value);
  return r.complete();
}

/// So that ./citybrain store reads the party's warehouse as that of a run.
Result<void> say_which(const std::filesystem::path& folder, const std::string& identity) {
  std::string quoted;
  for (const char c : identity) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return runtime::write_file_atomically(
      folder / "run.json", fmt::format("{{\"identity\": \"{}\"}}\n", quoted), "CB-STORE-WRITE");
}

}  // namespace

Result<std::unique_ptr<Party>> Party::open(const Plan& plan, const PartySpec& spec,
                                           const World& world, const Options& options,
                                           network::Log& network) {
  std::unique_ptr<Party> party(new Party(plan, spec, world, network));
  const auto folder = options.folder / spec.name;
  const std::string identity = options.identity + ", " + spec.name;
  CITYBRAIN_ASSIGN(warehouse, store::Store::open({folder / "store", identity, true}));
  party->store_ = std::move(warehouse);
  network::EmbeddedOptions log_options;
  log_options.directory = folder / "log";
  log_options.fsync = options.fsync;
  log_options.identity = identity;
  log_options.memtable_bytes = 4U << 20;
  CITYBRAIN_ASSIGN(log, network::open_embedded(log_options));
  party->own_ = std::move(log);
  CITYBRAIN_TRY(say_which(folder, identity));
  CITYBRAIN_TRY(party->restore());
  for (const auto& link : plan.links)
    if (link.from == spec.name || link.to == spec.name) CITYBRAIN_TRY(party->open_line(link));
  // What begins with the start is news in Step 1.
  const auto known = plan.epoch.at(party->step_) - (party->step_ == 0 ? 1 : 0);
  CITYBRAIN_ASSIGN(flows, Flows::open(plan, network, known));
  party->flows_ = std::move(flows);
  CITYBRAIN_ASSIGN(publisher,
                   network::Publisher::make(network, "federation/" + spec.name, plan.seed));
  if (!party->memory_.sequences.empty()) CITYBRAIN_TRY(publisher.restore(party->memory_.sequences));
  party->publisher_ = std::move(publisher);
  return party;
}

Result<void> Party::open_line(const LinkSpec& link) {
  auto line = std::make_unique<Line>();
  line->link = &link;
  CITYBRAIN_ASSIGN(bytes, store_->get(Family::kPositions, store::link_key(link.name)));
  if (bytes && !read_value(*bytes, line->row))
    return damaged("the state of a link was altered", link.name);
  line->row.provides = link.from == spec_->name;
  const bool provides = line->row.provides;
  CITYBRAIN_ASSIGN(sender, Sender::open(Way::of(*plan_, link, !provides), spec_->name, *own_,
                                        *network_, line->row.out, line->row.counters));
  line->sender = std::move(sender);
  CITYBRAIN_ASSIGN(receiver, Receiver::open(Way::of(*plan_, link, provides), *network_,
                                            line->row.in, line->row.counters));
  line->receiver = std::move(receiver);
  lines_.push_back(std::move(line));
  return {};
}

/// What the last commit left; nothing in a new warehouse.
Result<void> Party::restore() {
  CITYBRAIN_ASSIGN(last, store_->last_step());
  step_ = last.value_or(0);
  write_ = store::StepWrite(next_commit());
  if (!last) {
    introduce();
    return {};
  }
  CITYBRAIN_ASSIGN(bytes, store_->get(Family::kPositions, memory_key()));
  if (!bytes || !read_value(*bytes, memory_)) return damaged("its state was altered", spec_->name);
  CITYBRAIN_TRY(restore_rows());
  holdings_.count_from(memory_.changes);
  return {};
}

Result<void> Party::restore_rows() {
  const auto rows = [&](const char* name, const auto& take) -> Result<void> {
    CITYBRAIN_ASSIGN(table, store::find_table(name));
    bool whole = true;
    CITYBRAIN_TRY(store_->scan(table->family, store::Key().text(table->prefix).view(),
                               [&](std::string_view key, std::string_view value) {
                                 const auto parts = store::parse_key(*table, key);
                                 whole = parts && take(std::get<std::string>((*parts)[0]),
                                                       std::get<std::string>((*parts)[1]), value);
                                 return whole;
                               }));
    if (!whole) return damaged("a row was altered", name);
    return {};
  };
  CITYBRAIN_TRY(rows("shared_latest", [&](const std::string& resource, const std::string& entity,
                                          std::string_view value) {
    store::SharedRow row;
    if (!read_value(value, row)) return false;
    holdings_.keep(resource, entity, std::move(row));
    return true;
  }));
  return rows("shared_usage",
              [&](const std::string& resource, const std::string& by, std::string_view value) {
                return read_value(value, usage_[{resource, by}]);
              });
}

/// The first rows of a new warehouse: whose it is, which resources it has and may be given.
void Party::introduce() {
  store::CityRow city;
  city.name = spec_->name;
  city.start_ms = plan_->epoch.start.ms;
  store::put(write_, city);
  const auto add = [&](const catalog::Contract& c) {
    store::put(
        write_, c.dataset,
        store::ResourceRow{c.department, c.title, c.title_zh, c.domain,
                           std::string(catalog::name_of(c.sharing)), c.version, c.frequency_s});
  };
  if (const auto own = plan_->catalogs.find(spec_->name); own != plan_->catalogs.end())
    for (const auto& contract : own->second.contracts()) add(contract);
  for (const auto& grant : plan_->grants) {
    const auto* link = plan_->link(grant.link);
    const auto* contract = plan_->contract(grant.resource);
    if (link != nullptr && contract != nullptr && link->to == spec_->name) add(*contract);
  }
}

Step Party::next_commit() const {
  return std::min(step_ / kCommitEvery * kCommitEvery + kCommitEvery,
                  std::max(plan_->horizon_s, step_ + 1));
}

void Party::put(const std::string& resource, const std::string& entity, store::SharedRow row) {
  const auto& kept = holdings_.put(resource, entity, std::move(row));
  store::put(write_, step_ + 1, resource, entity, kept);
}

Party::Line* Party::inbound(const std::string& resource) {
  for (const auto& line : lines_)
    if (!line->row.provides && flows_->is_open(line->link->name, resource)) return line.get();
  return nullptr;
}

Result<void> Party::step() {
  const EventTime now = plan_->epoch.at(step_ + 1);
  CITYBRAIN_ASSIGN(horizon, network_->horizon());
  CITYBRAIN_TRY(flows_->step(now, horizon));
  CITYBRAIN_TRY(receive(now, horizon));
  erase_closed();
  take_own(now);
  CITYBRAIN_TRY(export_changes(now));
  report_usage(now);
  CITYBRAIN_TRY(queue_returns(now));
  CITYBRAIN_TRY(send(now));
  ++step_;
  if (step_ == write_.step()) return commit();
  return {};
}

/// The logs first, so that what the warehouse says was queued and sent is there.
Result<void> Party::commit() {
  CITYBRAIN_TRY(own_->sync());
  CITYBRAIN_TRY(publisher_->flush());
  memory_.changes = holdings_.changes();
  memory_.sequences = publisher_->save();
  model::Writer w;
  w(memory_);
  write_.put(Family::kPositions, memory_key(), w.bytes());
  for (const auto& line : lines_) store::put(write_, line->link->name, line->row);
  for (const auto& key : reported_) store::put(write_, key.first, key.second, usage_[key]);
  reported_.clear();
  CITYBRAIN_TRY(store_->commit(std::move(write_)));
  write_ = store::StepWrite(next_commit());
  for (const auto& line : lines_) CITYBRAIN_TRY(line->sender->forget());
  return {};
}

PartyState Party::state() const {
  PartyState out;
  out.name = spec_->name;
  out.step = step_;
  if (const auto own = plan_->catalogs.find(spec_->name); own != plan_->catalogs.end())
    out.resources = own->second.contracts().size();
  model::Writer w;
  for (const auto& [resource, rows] : holdings_.all()) {
    const bool is_own = Plan::provider_of(resource) == spec_->name;
    (is_own ? out.own_rows : out.received_rows) += rows.size();
    out.received_resources += is_own ? 0 : 1;
    std::set<std::string> over;
    for (const auto& [entity, row] : rows) {
      if (!is_own) over.insert(row.link);
      w(resource, entity, row);
    }
    for (const auto& link : over) out.received.emplace_back(resource, link);
  }
  for (const auto& line : lines_) {
    out.links.emplace_back(line->link->name, line->row);
    w(line->row);
  }
  for (const auto& [key, usage] : usage_) {
    out.used_rows += usage.rows;
    w(key.first, key.second, usage);
  }
  out.refused_steps = flows_->refused_steps();
  const auto h = XXH3_128bits(w.bytes().data(), w.bytes().size());
  out.digest = fmt::format("{:016x}{:016x}", h.high64, h.low64);
  return out;
}

}  // namespace citybrain::federation
