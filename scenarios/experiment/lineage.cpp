#include "scenarios/experiment/lineage.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "hub/model/archive.h"
#include "scenarios/experiment/audit_entries.h"
#include "scenarios/experiment/lineage_records.h"
#include "scenarios/experiment/lineage_replay.h"
#include "scenarios/experiment/past_hub.h"
#include "scenarios/experiment/trace_walk.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;
using model::Step;
using store::Family;

namespace {

constexpr std::int64_t kDay_s = 86'400, kBeijing_s = 8 * 3600;

std::string hexadecimal(std::uint64_t id) { return fmt::format("{:016x}", id); }

std::int64_t city_second(model::EventTime t) { return (t.ms / 1000 + kBeijing_s) % kDay_s; }

std::string city_clock(model::EventTime t) {
  const auto s = city_second(t);
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string trace_name(const model::TraceContext& trace) {
  std::string out;
  model::append_trace_name(trace, out);
  return out;
}

bool same_reason(const model::Command& a, const model::Command& b) {
  model::Writer x, y;
  x(a.reason);
  y(b.reason);
  return a.phase == b.phase && a.desk == b.desk && x.bytes() == y.bytes();
}

Result<void> each_command(const store::Store& store,
                          const std::function<bool(const StoredCommand&)>& use) {
  return store.scan(Family::kSpecial, store::Key().text("decision").view(),
                    [&](std::string_view key, std::string_view value) {
                      StoredCommand c;
                      model::Reader r(value);
                      r(c.command);
                      if (key.size() < 12 || !r.complete()) return true;
                      const auto number = [&](std::size_t from_end) {
                        std::uint32_t v = 0;
                        for (const char b : key.substr(key.size() - from_end, 4))
                          v = v << 8 | static_cast<unsigned char>(b);
                        return v;
                      };
                      c.step = number(12);
                      c.district = number(8);
                      return use(c);
                    });
}

Error no_such_command(const std::string& id, const std::vector<std::string>& ids) {
  std::size_t most = 0;
  std::string near;
  for (const auto& other : ids) {
    std::size_t same = 0;
    for (std::size_t i = 0; i < id.size(); ++i) same += id[i] == other[i] ? 1U : 0U;
    if (same > most) {
      most = same;
      near = other;
    }
  }
  return {"CB-INPUT-COMMAND", "the run has no such command", id,
          near.empty() ? "the run has no command at all"
                       : fmt::format("the nearest is {}; ./citybrain audit ls RUN --kind decision "
                                     "lists them",
                                     near)};
}

/// The change that a command belongs to, up to it: its first command is the one that was asked for.
Result<std::vector<StoredCommand>> change_of(const store::Store& store, std::uint64_t id) {
  std::optional<StoredCommand> wanted;
  std::vector<std::string> ids;
  CITYBRAIN_TRY(each_command(store, [&](const StoredCommand& c) {
    if (c.command.id == id) wanted = c;
    if (!wanted) ids.push_back(hexadecimal(c.command.id));
    return !wanted;
  }));
  if (!wanted) return no_such_command(hexadecimal(id), ids);
  std::vector<StoredCommand> change;
  CITYBRAIN_TRY(each_command(store, [&](const StoredCommand& c) {
    if (c.command.junction != wanted->command.junction) return true;
    if (!change.empty() && !same_reason(change.back().command, c.command)) change.clear();
    change.push_back(c);
    return c.command.id != id;
  }));
  return change;
}

/// A junction's name from the base database, which is there whatever the scenario has become.
Result<std::string> junction_name(const store::Store& store, model::JunctionId junction) {
  CITYBRAIN_ASSIGN(
      row, store.get(Family::kBase, store::Key().text("junction").u32(junction.value).view()));
  std::string name;
  const std::string bytes = row.value_or("");
  model::Reader r(bytes);
  r(name);
  return r.failed() ? fmt::format("#{}", junction.value) : name;
}

/// What the audit chains know: names, the grants' entries and the command's.
struct Audited {
  AuditNames names;  ///< of the chain of district 0
  std::map<std::pair<std::string, std::string>, std::uint64_t> grants;  ///< by view and dataset
  std::optional<std::uint64_t> command;
};

Result<Audited> audited(const store::Store& store, std::uint64_t command) {
  Audited out;
  const auto read = each_entry(store, [&](const AuditRow& row, const AuditNames& names) {
    const auto& body = row.entry.body;
    if (std::holds_alternative<catalog::Opened>(body) && row.at.chain == 0) out.names = names;
    if (const auto* g = std::get_if<catalog::GrantChanged>(&body);
        g != nullptr && row.at.chain == 0 && g->what == catalog::GrantChanged::What::kOpened)
      out.grants[{g->grantee, g->dataset}] = row.entry.number;
    if (const auto* d = std::get_if<catalog::Decided>(&body); d != nullptr && d->command == command)
      out.command = row.entry.number;
    return true;
  });
  if (!read && read.error().code != "CB-INPUT-AUDIT") return read.error();
  return out;
}

class Walk {
 public:
  Walk(const PastRun& run, network::Log& log, const store::Store& store,
       const LineageOptions& options)
      : run_(run), log_(log), store_(store), options_(options) {}

  Result<Lineage> of_command(std::uint64_t id) {
    CITYBRAIN_ASSIGN(change, change_of(store_, id));
    CITYBRAIN_ASSIGN(seen, audited(store_, id));
    audited_ = std::move(seen);
    CITYBRAIN_TRY(describe(change));
    auto plan = plan_of(run_, options_.data);
    const auto replayed =
        plan ? replay_command(std::move(*plan), change) : Result<void>(plan.error());
    if (!replayed) CITYBRAIN_TRY(without_replay(replayed.error(), id));
    return std::move(out_);
  }

  Result<Lineage> of_estimate(const LineageQuestion& q) {
    CITYBRAIN_ASSIGN(seen, audited(store_, 0));
    audited_ = std::move(seen);
    CITYBRAIN_ASSIGN(plan, plan_of(run_, options_.data));
    CITYBRAIN_ASSIGN(target, target_of(q, *plan.world.network));
    CITYBRAIN_ASSIGN(step, step_of(q, plan));
    out_.step = step;
    CITYBRAIN_ASSIGN(view, view_of(plan));
    ReplayQuestion question{step, step, view, {target}, {}, options_.window_s};
    CITYBRAIN_TRY(replay(std::move(plan), question));
    return std::move(out_);
  }

 private:
  Result<void> describe(const std::vector<StoredCommand>& change) {
    const auto& last = change.back();
    auto& c = out_.command.emplace();
    c.id = hexadecimal(last.command.id);
    CITYBRAIN_ASSIGN(name, junction_name(store_, last.command.junction));
    c.junction = std::move(name);
    c.desk = audited_.names.desk(last.command.desk.value);
    c.decided = last.step;
    c.asked = change.front().step;
    c.effective_ms = last.command.effective.ms;
    c.reason = last.command.reason.code;
    c.value = static_cast<double>(last.command.reason.value);
    c.runner_up = static_cast<double>(last.command.reason.runner_up);
    c.shown = fmt::format("phase {}, greens {:#x}, yellows {:#x}", last.command.phase + 1,
                          last.command.greens, last.command.yellows);
    for (const auto& one : change) c.change.push_back(hexadecimal(one.command.id));
    for (const auto& cause : last.command.reason.causes) c.causes.push_back(trace_name(cause));
    c.audit_entry = audited_.command;
    out_.step = c.asked;
    for (const auto& r : change.front().command.because) {
      ReadRange range{audited_.names.dataset(r.topic), r.partition, r.from, r.to, 0};
      CITYBRAIN_ASSIGN(first, log_.begin(range.topic, range.partition));
      range.expired = std::min(std::max(first, range.from), range.to) - range.from;
      out_.read.push_back(std::move(range));
    }
    return {};
  }

  Result<void> replay_command(HubPlan plan, const std::vector<StoredCommand>& change) {
    const auto& asked = change.front();
    const auto& desks = plan.hub.desks;
    model::ViewId view{0};
    if (asked.command.desk.value < desks.size()) view = desks[asked.command.desk.value].view;
    ReplayQuestion question{asked.step,
                            change.back().step,
                            view,
                            targets_of(asked.command, *plan.world.network),
                            asked.command.junction,
                            options_.window_s};
    if (asked.command.desk.value < desks.size())
      out_.command->policy = desks[asked.command.desk.value].policy.name;
    return replay(std::move(plan), question);
  }

  Result<void> replay(HubPlan plan, const ReplayQuestion& question) {
    const model::Epoch epoch{plan.scenario.start};
    const auto before =
        question.step > question.window_s + 1 ? question.step - question.window_s - 1 : 0;
    CITYBRAIN_ASSIGN(hub, PastHub::open(run_, std::move(plan), log_, store_, before));
    LineageRecords records(log_, hub->plan().catalog);
    out_.replay_from = hub->began();
    CITYBRAIN_TRY(replay_lineage(*hub, question, records, out_));
    CITYBRAIN_ASSIGN(agrees, hub->agrees(store_, hub->node().done()));
    out_.replayed = true;
    out_.replay = agrees ? "agrees" : "differs";
    CITYBRAIN_TRY(records.find_identifiers(epoch.at(question.step)));
    out_.datasets = records.datasets();
    out_.records = records.take();
    out_.view = hub->plan().hub.views[question.view.value].name;
    out_.time = city_clock(epoch.at(question.step));
    for (auto& d : out_.datasets)
      if (const auto g = audited_.grants.find({out_.view, d.dataset}); g != audited_.grants.end())
        d.grant_entry = g->second;
    for (const auto& desk : hub->plan().hub.desks)
      if (desk.view == question.view) out_.desks.push_back(desk.name);
    return {};
  }

  /// What the store and the log alone say.
  Result<void> without_replay(const Error& why, std::uint64_t id) {
    out_.estimates.clear();
    out_.replayed = false;
    out_.replay = fmt::format("{}: {}{}", why.code, why.what,
                              why.where.empty() ? "" : " (" + why.where + ")");
    CITYBRAIN_ASSIGN(chain, follow(log_, id));
    for (const auto& r : chain.causes)
      out_.records.push_back({r.topic,
                              r.partition,
                              r.position,
                              false,
                              r.time,
                              r.source,
                              r.id,
                              r.subject,
                              r.message,
                              {}});
    return {};
  }

  Result<Step> step_of(const LineageQuestion& q, const HubPlan& plan) const {
    CITYBRAIN_ASSIGN(last, store_.last_step());
    const model::Epoch epoch{plan.scenario.start};
    std::int64_t step = q.time_s;
    if (q.is_clock) step = (step - city_second(epoch.start) + kDay_s) % kDay_s;
    if (step >= 1 && step <= last.value_or(0)) return static_cast<Step>(step);
    return Error{"CB-USAGE-LINEAGE",
                 fmt::format("the run has the seconds 1 to {}, {} to {}", last.value_or(0),
                             city_clock(epoch.at(1)), city_clock(epoch.at(last.value_or(0)))),
                 "@TIME", "choose a time within them"};
  }

  Result<model::ViewId> view_of(const HubPlan& plan) const {
    std::vector<std::string> names;
    for (std::uint32_t v = 0; v < plan.hub.views.size(); ++v) {
      if (options_.view.empty() || options_.view == plan.hub.views[v].name) return model::ViewId{v};
      names.push_back(plan.hub.views[v].name);
    }
    return Error{"CB-USAGE-LINEAGE", fmt::format("the run has no view \"{}\"", options_.view),
                 "--view",
                 fmt::format("did you mean \"{}\"?", catalog::nearest(options_.view, names))};
  }

  const PastRun& run_;
  network::Log& log_;
  const store::Store& store_;
  const LineageOptions& options_;
  Audited audited_;
  Lineage out_;
};

}  // namespace

Result<Lineage> trace_lineage(const PastRun& run, network::Log& log,
                              const LineageQuestion& question, std::string_view asked,
                              const LineageOptions& options) {
  CITYBRAIN_ASSIGN(store, run.store());
  Walk walk(run, log, *store, options);
  auto lineage = question.command ? walk.of_command(*question.command) : walk.of_estimate(question);
  if (!lineage) return lineage;
  lineage->asked = asked;
  lineage->run = run.identity;
  lineage->window_s = options.window_s;
  return lineage;
}

}  // namespace citybrain::experiment
