// A lineage as a tree for the terminal, and as JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "scenarios/experiment/lineage.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostInfluences = 6;  // shown of one estimate
constexpr std::size_t kMostMessage = 160;   // columns of a message

/// Lines that hang below each other.
class Tree {
 public:
  explicit Tree(Language language) : language_(language), zh_(language == Language::kChinese) {}
  Language language() const { return language_; }
  const char* say(const char* en, const char* zh) const { return zh_ ? zh : en; }
  void line(std::size_t depth, const std::string& text) {
    for (std::size_t i = 0; i + 1 < depth; ++i) out_ += "   ";
    out_ += depth > 0 ? "└─ " + text + "\n" : text + "\n";
  }
  std::string take() { return std::move(out_); }

 private:
  Language language_;
  bool zh_;
  std::string out_;
};

std::string shortened(const std::string& text) {
  return text.size() <= kMostMessage ? text : text.substr(0, kMostMessage) + "...";
}

std::string influence_text(const Influence& i) {
  std::string out = fmt::format("{} {}", i.kind, i.place);
  if (i.kind == "count" || i.kind == "arrivals")
    return out + fmt::format("  {:.0f} veh", i.observed);
  return out + fmt::format(
                   "  observed {:.2f}  gain {:.2f} (variance {:.2f} against {:.2f})  "
                   "weight {:.2f}",
                   i.observed, i.gain, i.prior_variance, i.noise_variance, i.weight);
}

void add_record(Tree& tree, std::size_t depth, const SourceRecord& r, const Lineage& l) {
  const auto dataset = std::find_if(l.datasets.begin(), l.datasets.end(),
                                    [&](const DatasetSteps& d) { return d.dataset == r.topic; });
  std::string text = fmt::format("{}/{} @ {}", r.topic, r.partition, r.position);
  if (r.expired) return tree.line(depth, text + tree.say("  expired", "  已过期"));
  tree.line(depth, text + fmt::format("  {}  {}  {}", r.time, r.source, r.subject));
  if (dataset != l.datasets.end()) {
    const auto& d = *dataset;
    tree.line(depth + 1, fmt::format(fmt::runtime(tree.say("admitted by contract {} {} ({}, {})",
                                                           "按契约 {} {} 准入 ({}, {})")),
                                     d.dataset, d.version, d.department, d.message));
  }
  for (const auto& i : r.identifiers) tree.line(depth + 1, i);
  if (!r.message.empty()) tree.line(depth + 1, shortened(r.message));
}

void add_estimates(Tree& tree, std::size_t depth, const Lineage& l) {
  for (const auto& e : l.estimates) {
    tree.line(depth,
              fmt::format(fmt::runtime(tree.say(
                              "fusion, view {}: {} = {:.2f} {} (variance {:.2f}); a second "
                              "before {:.2f} ({:.2f})",
                              "融合,视图 {}:{} = {:.2f} {}(方差 {:.2f});一秒前 {:.2f}({:.2f})")),
                          l.view, e.name, e.value, e.unit, e.variance, e.prior, e.prior_variance));
    for (std::size_t i = 0; i < std::min(e.influences.size(), kMostInfluences); ++i) {
      const auto& one = e.influences[i];
      tree.line(depth + 1, fmt::format("{}{} s  {}", one.step == l.step ? "" : "-",
                                       l.step - one.step, influence_text(one)));
      add_record(tree, depth + 2, l.records[one.record], l);
    }
    if (e.influences.size() > kMostInfluences)
      tree.line(depth + 1, fmt::format(fmt::runtime(tree.say("and {} more within {} s (--json)",
                                                             "{1} 秒内另有 {0} 项(--json)")),
                                       e.influences.size() - kMostInfluences, l.window_s));
    tree.line(depth + 1, fmt::format(fmt::runtime(tree.say("what was known before: weight {:.2f}",
                                                           "此前所知:权重 {:.2f}")),
                                     e.older));
  }
}

void add_command(Tree& tree, const Lineage& l) {
  const auto& c = *l.command;
  tree.line(
      0, fmt::format(fmt::runtime(tree.say("command {}  junction {}  {}", "指令 {}  路口 {}  {}")),
                     c.id, c.junction, c.shown));
  tree.line(1, fmt::format(fmt::runtime(tree.say(
                               "safety filter: second {} of the run, the change "
                               "was decided in second {} ({} commands: {})",
                               "安全过滤:运行第 {} 秒,该切换于第 {} 秒决定(共 {} 条指令:{})")),
                           c.decided, c.asked, c.change.size(), fmt::join(c.change, ", ")));
  for (const auto& r : c.refusals)
    tree.line(2, fmt::format(fmt::runtime(tree.say("refused {}", "已拒绝 {}")), r));
  if (l.replayed)
    tree.line(1, fmt::format(fmt::runtime(tree.say("arbitration, proposals: {}", "仲裁,提案数:{}")),
                             c.proposals.size()));
  for (const auto& p : c.proposals)
    tree.line(2, fmt::format("{} ({}) {}  priority {}  benefit {:.1f}  {}  {}", p.desk, p.policy,
                             p.asked, p.priority, p.benefit, p.reason,
                             p.won ? tree.say("won", "采纳") : tree.say("lost", "未采纳")));
  const KeyDecision decision{0, c.junction, c.desk, c.policy, -1, c.reason, c.value, c.runner_up};
  tree.line(1, fmt::format(fmt::runtime(tree.say("desk {}, policy {}: {}", "席位 {},策略 {}:{}")),
                           c.desk, c.policy.empty() ? "-" : c.policy,
                           reason_sentence(decision, tree.language())));
  if (c.audit_entry)
    tree.line(2,
              fmt::format(fmt::runtime(tree.say("audit entry {}", "审计条目 {}")), *c.audit_entry));
}

void add_grants(Tree& tree, const Lineage& l) {
  for (const auto& d : l.datasets)
    tree.line(
        1, fmt::format(fmt::runtime(tree.say("grant: view {} reads {} {} of {}{}",
                                             "授权:视图 {} 读取 {} {}(属 {}){}")),
                       l.view, d.dataset, d.version, d.department,
                       d.grant_entry
                           ? fmt::format(fmt::runtime(tree.say(", audit entry {}", ",审计条目 {}")),
                                         *d.grant_entry)
                           : ""));
}

void add_ranges(Tree& tree, const Lineage& l) {
  for (const auto& r : l.read) {
    std::string text = fmt::format("{}/{} @ {}..{}", r.topic, r.partition, r.from, r.to);
    if (r.expired > 0)
      text += fmt::format(fmt::runtime(tree.say("  ({} expired)", "  ({} 条已过期)")), r.expired);
    tree.line(1,
              fmt::format(fmt::runtime(tree.say("read in that second: {}", "该秒读取:{}")), text));
  }
}

json::array texts(const std::vector<std::string>& list) {
  return json::array(list.begin(), list.end());
}

json::object object_of(const Influence& i) {
  json::object o{{"kind", i.kind},
                 {"record", i.record},
                 {"step", i.step},
                 {"place", i.place},
                 {"observed", i.observed}};
  if (i.kind == "picture" || i.kind == "speed") {
    o["gain"] = i.gain;
    o["weight"] = i.weight;
    o["innovation"] = i.innovation;
    o["noise_variance"] = i.noise_variance;
    o["prior_variance"] = i.prior_variance;
  }
  return o;
}

json::object object_of(const EstimateLineage& e) {
  json::array influences;
  for (const auto& i : e.influences) influences.push_back(object_of(i));
  return {{"name", e.name},
          {"unit", e.unit},
          {"value", e.value},
          {"variance", e.variance},
          {"a_second_before", json::object{{"value", e.prior}, {"variance", e.prior_variance}}},
          {"weight_of_what_was_known_before", e.older},
          {"influences", std::move(influences)}};
}

json::object object_of(const SourceRecord& r) {
  json::object o{
      {"topic", r.topic},     {"partition", r.partition}, {"position", r.position},
      {"expired", r.expired}, {"time", r.time},           {"source", r.source},
      {"id", r.id},           {"subject", r.subject},     {"identifiers", texts(r.identifiers)}};
  json::error_code ec;
  auto message = json::parse(r.message, ec);
  if (!ec) o["message"] = std::move(message);
  return o;
}

json::object object_of(const DatasetSteps& d) {
  json::object o{{"dataset", d.dataset},
                 {"contract_version", d.version},
                 {"department", d.department},
                 {"lead_source", d.lead_source},
                 {"message", d.message},
                 {"id_scheme", d.id_scheme},
                 {"crs", d.crs},
                 {"time_zone", d.time_zone},
                 {"fields", texts(d.fields)}};
  if (d.grant_entry) o["grant_audit_entry"] = *d.grant_entry;
  return o;
}

json::object object_of(const CommandLineage& c) {
  json::array proposals;
  for (const auto& p : c.proposals)
    proposals.push_back(json::object{{"desk", p.desk},
                                     {"policy", p.policy},
                                     {"asked", p.asked},
                                     {"priority", p.priority},
                                     {"benefit", p.benefit},
                                     {"reason", p.reason},
                                     {"reason_value", p.value},
                                     {"reason_runner_up", p.runner_up},
                                     {"won", p.won}});
  json::object o{{"id", c.id},
                 {"junction", c.junction},
                 {"shown", c.shown},
                 {"effective_ms", c.effective_ms},
                 {"issued_step", c.decided},
                 {"decided_step", c.asked},
                 {"change", texts(c.change)},
                 {"desk", c.desk},
                 {"policy", c.policy},
                 {"reason", c.reason},
                 {"reason_value", c.value},
                 {"reason_runner_up", c.runner_up},
                 {"causes", texts(c.causes)},
                 {"proposals", std::move(proposals)},
                 {"refusals", texts(c.refusals)}};
  if (c.audit_entry) o["audit_entry"] = *c.audit_entry;
  return o;
}

template <class T>
json::array objects(const std::vector<T>& list) {
  json::array out;
  for (const auto& one : list) out.push_back(object_of(one));
  return out;
}

}  // namespace

std::string lineage_text(const Lineage& l, Language language) {
  Tree tree(language);
  if (l.command)
    add_command(tree, l);
  else
    tree.line(0, fmt::format(
                     fmt::runtime(tree.say("{}  second {} of the run, {}", "{}  运行第 {} 秒,{}")),
                     l.asked, l.step, l.time));
  add_estimates(tree, 1, l);
  if (!l.replayed)
    for (const auto& r : l.records) add_record(tree, 1, r, l);
  add_grants(tree, l);
  add_ranges(tree, l);
  std::string replay = l.replay;
  if (l.replayed)
    replay = fmt::format(
        fmt::runtime(
            l.replay == "agrees"
                ? tree.say("replayed from second {}: the same as the run's own hub",
                           "自第 {} 秒重放:与运行时的中枢一致")
                : tree.say("replayed from second {}: NOT the same as the run's own hub: "
                           "log, store or program were changed",
                           "自第 {} 秒重放:与运行时的中枢不一致:日志、仓库或程序已被改动")),
        l.replay_from);
  tree.line(1, replay);
  return tree.take();
}

std::string lineage_json(const Lineage& l) {
  json::array read;
  for (const auto& r : l.read)
    read.push_back(json::object{{"topic", r.topic},
                                {"partition", r.partition},
                                {"from", r.from},
                                {"to", r.to},
                                {"expired", r.expired}});
  json::object o{{"asked", l.asked},
                 {"run", l.run},
                 {"step", l.step},
                 {"time", l.time},
                 {"view", l.view},
                 {"desks", texts(l.desks)},
                 {"window_s", l.window_s},
                 {"replayed", l.replayed},
                 {"replay_from_step", l.replay_from},
                 {"replay", l.replay},
                 {"estimates", objects(l.estimates)},
                 {"records", objects(l.records)},
                 {"datasets", objects(l.datasets)},
                 {"read", std::move(read)}};
  if (l.command) o["command"] = object_of(*l.command);
  return json::serialize(o);
}

}  // namespace citybrain::experiment
