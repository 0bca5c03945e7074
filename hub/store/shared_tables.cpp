// Tables of what warehouses of a federation share.
#include "hub/store/cells.h"
#include "hub/store/columns.h"
#include "hub/store/shared_rows.h"

namespace citybrain::store {

namespace {

constexpr const char* kNow = "shared.now";
constexpr const char* kWas = "shared.was";

const Column kResource{"resource", "", "PARTY.NAME, as its contract names it"};
const Column kEntity{"entity", "", "what the row is about"};
const Columns kSharedValues = {
    {"link", "", "over which it came; empty: this warehouse's own"},
    {"version", "1", "counted by the lead source"},
    {"change", "1", "counted by this warehouse, over all its resources"},
    {"at_ms", "ms", "event time of the change"},
    {"heard_ms", "ms", "event time at which this warehouse took it"},
    {"values", "", "in the order of the contract's fields, as a line of CSV"}};

std::string csv(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& v : values) {
    if (&v != &values.front()) out += ',';
    if (v.find_first_of("\",\r\n") == std::string::npos) {
      out += v;
      continue;
    }
    out += '"';
    for (const char c : v) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  return out;
}

/// Key parts, then the row.
bool decode_shared(const RowContext&, std::span<const Cell> key, std::string_view value,
                   const Emit& emit) {
  SharedRow row;
  if (!read_row(value, row)) return false;
  std::vector<Cell> out(key.begin(), key.end());
  out.insert(out.end(), {row.link, number(row.version), number(row.change), row.at_ms, row.heard_ms,
                         csv(row.values)});
  emit(out);
  return true;
}

TableSpec resources() {
  return {"resources",
          "base",
          Family::kBase,
          "resource",
          {{"resource", kText}},
          {kResource,
           {"provider", "", "party that is its lead source"},
           {"title", "", "in English"},
           {"title_zh", "", "in Chinese"},
           {"domain", "", "what it belongs to"},
           {"sharing", "", "unconditional, conditional, not-shared"},
           {"contract", "", "version of its contract"},
           {"frequency", "s", "between two changes"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Resources that this warehouse has or was granted",
          "本仓库拥有或获授权的数据资源",
          decode_row<ResourceRow>};
}

TableSpec shared_latest() {
  return {"shared_latest",
          "theme",
          Family::kTheme,
          kNow,
          {{"resource", kText}, {"entity", kText}},
          plus({kResource, kEntity}, kSharedValues),
          2,
          Keeps::kLatest,
          "shared_history",
          "until the grant ends",
          "Shared resources now, own and received",
          "共享资源当前数据(自有与接收)",
          decode_shared};
}

TableSpec shared_history() {
  return {"shared_history",
          "theme",
          Family::kTheme,
          kWas,
          {{"resource", kText}, {"entity", kText}, {"step", kU32}},
          plus({kResource, kEntity, kStep}, kSharedValues),
          3,
          Keeps::kVersions,
          nullptr,
          "until the grant ends",
          "Shared resources, every version",
          "共享资源历史版本",
          decode_shared};
}

TableSpec shared_usage() {
  return {"shared_usage",
          "special",
          Family::kSpecial,
          "shared.usage",
          {{"resource", kText}, {"by", kText}},
          {kResource,
           {"by", "", "party that used it"},
           {"rows", "1", "taken by it"},
           {"until_ms", "ms", "event time up to which it has reported"}},
          2,
          Keeps::kLatest,
          nullptr,
          kRun,
          "What others reported of their use (return flow)",
          "各方回流的使用情况",
          decode_row<UsageRow>};
}

const Columns kLinkValues = {
    {"provides", "", "this end sends rows and takes returns"},
    {"queued", "1", "last sequence in the outbox"},
    {"sent", "1", "of them, on the way or there"},
    {"acked", "1", "of them, heard by the other side"},
    {"attempts", "1", "messages sent, repeats counted"},
    {"ack_position", "1", "of the topic of answers, read next"},
    {"clock_ms", "ms", "since when an answer is waited for"},
    {"waiting_ms", "ms", "since when the oldest message waits"},
    {"backoff", "s", "above 0: nothing was heard for so long"},
    {"received", "1", "last sequence that took effect"},
    {"acks", "1", "answers given"},
    {"position", "1", "of the link's topic, read next"},
    {"rows", "1", "or items, put into the outbox"},
    {"bytes", "By", "of messages, put into the outbox"},
    {"loads", "1", "resources sent whole, when a grant began"},
    {"retries", "1", "waits for an answer that were in vain"},
    {"lost", "1", "messages and answers that the link lost"},
    {"oldest_wait", "ms", "longest wait of a message for its answer"},
    {"taken", "1", "rows or items that took effect"},
    {"delayed", "1", "of them, late"},
    {"duplicates", "1", "messages that had been heard"},
    {"gaps", "1", "messages dropped, since one before was missing"},
    {"stale", "1", "rows or corrections of a version that is over"},
    {"refused", "1", "rows that came without a grant"},
    {"invalid", "1", "rows, items or messages that break a contract"},
    {"withdrawn", "1", "rows withheld: their grant ended while they waited"},
    {"erased", "1", "rows, when the grant ended"},
    {"forwarded", "1", "items passed on towards the lead source"}};

TableSpec links() {
  return {"links",
          "system",
          Family::kPositions,
          "link",
          {{"link", kText}},
          plus({{"link", "", "its name"}}, kLinkValues),
          1,
          Keeps::kLatest,
          nullptr,
          kRun,
          "Links to other warehouses, as this end counts them",
          "与其他仓库的链路(本端计数)",
          decode_row<LinkRow>};
}

template <class Row>
std::string bytes_of(const Row& row) {
  model::Writer w;
  w(row);
  return w.take();
}

/// The first key behind all rows of a resource.
std::string behind(const char* prefix, std::string_view resource) {
  auto key = Key().text(prefix).text(resource).take();
  key.back() = 1;
  return key;
}

}  // namespace

std::vector<TableSpec> shared_tables() {
  return {resources(), shared_latest(), shared_history(), shared_usage(), links()};
}

std::string shared_key(std::string_view resource, std::string_view entity) {
  return Key().text(kNow).text(resource).text(entity).take();
}

std::string shared_history_key(std::string_view resource, std::string_view entity,
                               model::Step step) {
  return Key().text(kWas).text(resource).text(entity).u32(step).take();
}

std::string link_key(std::string_view link) { return Key().text("link").text(link).take(); }

std::string usage_key(std::string_view resource, std::string_view by) {
  return Key().text("shared.usage").text(resource).text(by).take();
}

void put(StepWrite& write, const std::string& name, const ResourceRow& row) {
  write.put(Family::kBase, Key().text("resource").text(name).view(), bytes_of(row));
}

void put(StepWrite& write, std::string_view link, const LinkRow& row) {
  write.put(Family::kPositions, link_key(link), bytes_of(row));
}

void put(StepWrite& write, std::string_view resource, std::string_view by, const UsageRow& row) {
  write.put(Family::kSpecial, usage_key(resource, by), bytes_of(row));
}

void put(StepWrite& write, model::Step step, std::string_view resource, std::string_view entity,
         const SharedRow& row) {
  const auto bytes = bytes_of(row);
  write.put(Family::kTheme, shared_key(resource, entity), bytes);
  write.put(Family::kTheme, shared_history_key(resource, entity, step), bytes);
}

void erase_shared(StepWrite& write, std::string_view resource) {
  for (const char* prefix : {kNow, kWas})
    write.erase_range(Family::kTheme, Key().text(prefix).text(resource).view(),
                      behind(prefix, resource));
}

}  // namespace citybrain::store
