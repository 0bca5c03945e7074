#include "scenarios/experiment/who_saw.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <tuple>

#include "hub/catalog/catalog.h"
#include "hub/network/framing.h"
#include "hub/protection/key_file.h"
#include "hub/protection/vault.h"
#include "hub/registry/own.h"
#include "scenarios/experiment/audit_entries.h"
#include "scenarios/experiment/guard.h"
#include "schemas/protection.h"

namespace citybrain::experiment {

namespace json = boost::json;
using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::size_t kWhoSawPoll = 4096;
constexpr std::size_t kMostShown = 20;

struct Access {
  std::uint64_t from = 0, to = 0;
  Step step = 0;
  std::string view;
};

/// What the chains say, by dataset and partition.
struct Chains {
  std::map<std::pair<std::string, std::uint32_t>, std::vector<Access>> accesses;
  std::map<std::tuple<std::string, std::uint32_t, std::uint64_t>, std::string> quarantined;
  std::map<std::pair<std::string, std::string>, Viewer> viewers;  // by dataset and view
  std::vector<std::pair<std::string, std::string>> grants;        // dataset, text; in order
  std::set<std::string> datasets;
  std::vector<std::pair<std::string, std::string>> erasures;  // subject, text; in order
};

void take(const AuditRow& row, const AuditNames& names, Chains& out) {
  if (const auto* e = std::get_if<catalog::Accessed>(&row.entry.body)) {
    const auto dataset = names.dataset(e->dataset), view = names.view(e->view);
    out.accesses[{dataset, e->partition}].push_back({e->from, e->to, row.at.step, view});
    auto& viewer = out.viewers[{dataset, view}];
    if (viewer.steps == 0 || row.at.step < viewer.first) viewer.first = row.at.step;
    viewer.view = view;
    viewer.desks = names.desks_of(e->view);
    viewer.dataset = dataset;
    viewer.records += e->records;
    viewer.last = std::max(viewer.last, row.at.step);
    ++viewer.steps;
  } else if (const auto* q = std::get_if<catalog::Isolated>(&row.entry.body)) {
    out.quarantined[{names.dataset(q->dataset), q->partition, q->position}] = q->fault;
  } else if (const auto* g = std::get_if<catalog::GrantChanged>(&row.entry.body)) {
    static constexpr const char* kWhat[] = {"opened", "closed", "revoked"};
    const auto what = std::min<std::size_t>(static_cast<std::size_t>(g->what), 2);
    auto text = fmt::format("{} {} {} {}", kWhat[what], g->grantee, g->dataset, g->version);
    if (!g->reference.empty())
      text += fmt::format(" for {} by request {}, step {}", g->purpose, g->reference, row.at.step);
    if (row.at.chain == 0)  // every chain says the same
      out.grants.emplace_back(g->dataset, std::move(text));
  } else if (const auto* d = std::get_if<catalog::Deleted>(&row.entry.body)) {
    out.erasures.emplace_back(d->subject,
                              fmt::format("step {}: erasure begun: {}", row.at.step, d->reason));
  } else if (const auto* k = std::get_if<catalog::KeyDestroyed>(&row.entry.body)) {
    out.erasures.emplace_back(
        k->subject, fmt::format("step {}: key destroyed in {}, proof {}", row.at.step, k->key,
                                catalog::hex(k->proof).substr(0, 16)));
  } else if (const auto* o = std::get_if<catalog::Opened>(&row.entry.body)) {
    for (const auto& d : o->datasets) out.datasets.insert(d.name);
  }
}

/// Whether some value of a message is the text.
bool has_value(const json::value& value, const std::string& text) {
  if (value.is_string()) return value.get_string() == text;
  if (value.is_array())
    return std::any_of(value.get_array().begin(), value.get_array().end(),
                       [&](const json::value& v) { return has_value(v, text); });
  if (value.is_object())
    return std::any_of(value.get_object().begin(), value.get_object().end(),
                       [&](const auto& member) { return has_value(member.value(), text); });
  return value.is_number() && json::serialize(value) == text;
}

/// A person's tag: as it was asked, or of "KIND:NAME" under the run's key; empty for anybody else.
Result<std::string> tag_of(const std::string& asked, const std::filesystem::path& keys) {
  if (protection::tag_from_hex(asked)) return asked;
  const auto colon = asked.find(':');
  std::error_code ec;
  const auto file = keys / kKeyFile;
  if (keys.empty() || colon == asked.npos || !std::filesystem::exists(file, ec))
    return std::string();
  CITYBRAIN_ASSIGN(all, protection::KeyFile::load(file));
  const auto& list = all.keys();
  const auto key = std::find_if(list.begin(), list.end(), [](const protection::KeyEntry& k) {
    return k.kind == protection::KeyKind::kSubject;
  });
  if (key == list.end()) return std::string();
  return protection::to_hex(
      protection::tag_of(key->material, asked.substr(0, colon), asked.substr(colon + 1)));
}

/// `tag`: the subject's where it is a person; the boxes beside a record say whose they are.
bool names_subject(const network::RecordView& r, const std::string& subject,
                   const std::string& tag) {
  if (r.header("ce_subject") == subject) return true;
  if (!tag.empty()) {
    const auto bytes = protection::tag_from_hex(tag);
    const std::string_view view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    return r.header(schemas::header::kSealed).find(view) != std::string_view::npos;
  }
  const bool is_number = subject.find_first_not_of("0123456789") == subject.npos;
  if (!is_number && r.value.find(subject) == r.value.npos) return false;
  const auto framed = network::unframe(r.value);
  if (!framed) return false;
  json::error_code ec;
  const auto message = json::parse(registry::json_of(framed->schema, framed->payload), ec);
  return !ec && has_value(message, subject);
}

SeenRecord seen(const std::string& topic, network::Partition partition,
                const network::RecordView& r, const Chains& chains) {
  SeenRecord out{topic, partition, r.position, {}, {}, {}, 0, {}, {}};
  out.time = r.header("ce_time");
  out.id = r.header("ce_id");
  out.subject = r.header("ce_subject");
  if (const auto q = chains.quarantined.find({topic, partition, r.position});
      q != chains.quarantined.end()) {
    out.quarantined = q->second;
    return out;
  }
  const auto ranges = chains.accesses.find({topic, partition});
  if (ranges == chains.accesses.end()) return out;
  // Entries are in the order of Steps, and so of positions.
  auto at = std::partition_point(ranges->second.begin(), ranges->second.end(),
                                 [&](const Access& a) { return a.to <= r.position; });
  for (; at != ranges->second.end() && at->from <= r.position; ++at) {
    out.step = at->step;
    out.views.push_back(at->view);
  }
  return out;
}

Result<void> find_records(network::Log& log, const Chains& chains, WhoSaw& answer) {
  CITYBRAIN_ASSIGN(topics, log.topics());
  for (const auto& t : topics) {
    for (network::Partition p = 0; chains.datasets.contains(t.name) && p < t.partitions; ++p) {
      CITYBRAIN_ASSIGN(first, log.begin(t.name, p));
      CITYBRAIN_ASSIGN(cursor, log.cursor(t.name, p, first));
      for (bool more = true; more;) {
        CITYBRAIN_ASSIGN(records, cursor->poll(kWhoSawPoll));
        more = !records.empty();
        for (const auto& r : records)
          if (names_subject(r, answer.asked, answer.tag))
            answer.records.push_back(seen(t.name, p, r, chains));
      }
    }
  }
  return {};
}

/// Viewers of a subject's records.
std::vector<Viewer> viewers_of(const std::vector<SeenRecord>& records, const Chains& chains) {
  std::map<std::pair<std::string, std::string>, Viewer> out;
  for (const auto& r : records) {
    for (const auto& view : r.views) {
      auto& v = out[{r.topic, view}];
      if (v.records == 0 || r.step < v.first) v.first = r.step;
      v.view = view;
      v.dataset = r.topic;
      v.desks = chains.viewers.at({r.topic, view}).desks;
      ++v.records;
      v.steps += v.last == r.step ? 0U : 1U;
      v.last = std::max(v.last, r.step);
    }
  }
  std::vector<Viewer> list;
  for (auto& [key, v] : out) list.push_back(std::move(v));
  return list;
}

}  // namespace

Result<WhoSaw> who_saw(const store::Store& store, network::Log* log, const std::string& asked,
                       const std::filesystem::path& keys) {
  Chains chains;
  CITYBRAIN_TRY(each_entry(store, [&](const AuditRow& row, const AuditNames& names) {
    take(row, names, chains);
    return true;
  }));
  WhoSaw answer;
  answer.asked = asked;
  answer.is_dataset = chains.datasets.contains(asked);
  if (answer.is_dataset) {
    for (const auto& [key, viewer] : chains.viewers)
      if (key.first == asked) answer.viewers.push_back(viewer);
  } else {
    if (log == nullptr)
      return Error{"CB-USAGE-NETWORK", "a subject is looked for in the log, which is on Kafka",
                   "--network", "say at which broker: --network kafka:HOST:PORT"};
    CITYBRAIN_ASSIGN(tag, tag_of(asked, keys));
    answer.tag = tag;
    for (const auto& [subject, text] : chains.erasures)
      if (!tag.empty() && subject == tag) answer.erased.push_back(text);
    CITYBRAIN_TRY(find_records(*log, chains, answer));
    answer.viewers = viewers_of(answer.records, chains);
    if (answer.records.empty() && answer.erased.empty()) {
      const std::vector<std::string> names(chains.datasets.begin(), chains.datasets.end());
      const auto near = catalog::nearest(asked, names);
      return Error{"CB-INPUT-AUDIT",
                   fmt::format("\"{}\" is no dataset, and no record of the log names it", asked),
                   "SUBJECT|DATASET",
                   near.empty() ? fmt::format("datasets: {}", fmt::join(names, ", "))
                                : fmt::format("did you mean \"{}\"?", near)};
    }
  }
  std::set<std::string> concerned;
  if (answer.is_dataset) concerned.insert(asked);
  for (const auto& r : answer.records) concerned.insert(r.topic);
  for (const auto& [dataset, text] : chains.grants)
    if (concerned.contains(dataset)) answer.grants.push_back(text);
  return answer;
}

std::string who_saw_text(const WhoSaw& a, Language language) {
  const bool zh = language == Language::kChinese;
  std::string out = a.asked + "\n";
  if (a.viewers.empty()) out += zh ? "  无人看到\n" : "  nobody saw it\n";
  for (const auto& v : a.viewers)
    out += fmt::format(fmt::runtime(zh ? "  视图 {} (席位 {})  {}  {} 条记录, 第 {} 至 {} 步\n"
                                       : "  view {} (desks {})  {}  {} records, steps {} to {}\n"),
                       v.view, v.desks.empty() ? "-" : fmt::format("{}", fmt::join(v.desks, ", ")),
                       v.dataset, v.records, v.first, v.last);
  for (const auto& g : a.grants) out += fmt::format("  {} {}\n", zh ? "授权" : "grant", g);
  for (const auto& e : a.erased) out += fmt::format("  {} {}\n", zh ? "擦除" : "erasure", e);
  for (std::size_t i = 0; i < std::min(a.records.size(), kMostShown); ++i) {
    const auto& r = a.records[i];
    const auto who = !r.quarantined.empty()
                         ? fmt::format("{} ({})", zh ? "已隔离" : "quarantined", r.quarantined)
                         : fmt::format("{}", fmt::join(r.views, ", "));
    out += fmt::format("  {}/{} @ {}  {}  {}  {}\n", r.topic, r.partition, r.position, r.time,
                       r.subject, who.empty() ? (zh ? "无人" : "nobody") : who);
  }
  if (a.records.size() > kMostShown)
    out += fmt::format(fmt::runtime(zh ? "  另有 {} 条 (--json 列出全部)\n"
                                       : "  and {} more (--json lists them all)\n"),
                       a.records.size() - kMostShown);
  return out;
}

std::string who_saw_json(const WhoSaw& a) {
  const auto texts = [](const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
  };
  json::array viewers, records;
  for (const auto& v : a.viewers)
    viewers.push_back(json::object{{"view", v.view},
                                   {"desks", texts(v.desks)},
                                   {"dataset", v.dataset},
                                   {"records", v.records},
                                   {"first_step", v.first},
                                   {"last_step", v.last},
                                   {"steps", v.steps}});
  for (const auto& r : a.records)
    records.push_back(json::object{{"topic", r.topic},
                                   {"partition", r.partition},
                                   {"position", r.position},
                                   {"time", r.time},
                                   {"id", r.id},
                                   {"subject", r.subject},
                                   {"step", r.step},
                                   {"views", texts(r.views)},
                                   {"quarantined", r.quarantined}});
  return json::serialize(json::object{{"asked", a.asked},
                                      {"is_dataset", a.is_dataset},
                                      {"tag", a.tag},
                                      {"erased", texts(a.erased)},
                                      {"viewers", std::move(viewers)},
                                      {"grants", texts(a.grants)},
                                      {"records", std::move(records)}});
}

}  // namespace citybrain::experiment
