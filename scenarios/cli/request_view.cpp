#include "scenarios/cli/request_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "hub/model/nearest.h"
#include "scenarios/experiment/words.h"

namespace citybrain::cli {

namespace bj = boost::json;
using catalog::Request;
using experiment::Language;
using experiment::word;
using model::Error;
using model::EventTime;
using model::Result;

namespace {

/// A clock as of a day.
struct Reading {
  std::string request, kind, item;
  std::uint32_t counted = 0, limit = 0;
  std::string due;  ///< empty: it stands still or has stopped
  bool stopped = false, late = false;
};

Result<std::vector<Reading>> readings(const RequestFile& file, const Request& r, EventTime now) {
  std::vector<Reading> out;
  const auto& calendar = file.calendar();
  for (const auto& c : r.clocks) {
    CITYBRAIN_ASSIGN(days, catalog::counted(calendar, c, calendar.day_of(now)));
    CITYBRAIN_ASSIGN(until, catalog::due(calendar, c));
    out.push_back({r.id, std::string(catalog::name_of(c.kind)), c.item, days, c.limit,
                   until ? catalog::date_text(*until) : "", c.stopped, days > c.limit});
  }
  return out;
}

Result<const Request*> find(const RequestFile& file, const std::string& id) {
  const auto it = file.book().requests.find(id);
  if (it != file.book().requests.end()) return &it->second;
  std::vector<std::string> names;
  for (const auto& [name, r] : file.book().requests) names.push_back(name);
  const auto near = model::nearest(id, names);
  return Error{"CB-INPUT-REQUEST", fmt::format("there is no request \"{}\"", id), id,
               near.empty() ? "./citybrain request list shows those that there are"
                            : fmt::format("did you mean \"{}\"?", near)};
}

std::string state_of(const RequestFile& file, const Request& r, EventTime now) {
  return std::string(catalog::name_of(r.state_at(file.calendar(), now)));
}

bj::object json_of(const Reading& c) {
  bj::object o{{"request", c.request}, {"clock", c.kind},      {"counted", c.counted},
               {"limit", c.limit},     {"stopped", c.stopped}, {"late", c.late}};
  if (!c.item.empty()) o["item"] = c.item;
  if (!c.due.empty()) o["due"] = c.due;
  return o;
}

Result<bj::object> json_of(const RequestFile& file, const Request& r, EventTime now) {
  bj::object o{{"request", r.id},        {"state", state_of(file, r, now)},
               {"law", file.law_name()}, {"requester", r.requester},
               {"provider", r.provider}, {"dataset", r.dataset},
               {"purpose", r.purpose},   {"on_platform", r.on_platform}};
  if (r.filed) o["filed"] = catalog::date_text(*r.filed);
  if (r.expires) o["expires"] = catalog::date_text(*r.expires);
  if (!r.conditions.empty()) o["conditions"] = r.conditions;
  if (!r.masks.empty()) {
    auto& masks = o["masks"].emplace_array();
    for (const auto& rule : r.masks) masks.emplace_back(catalog::rule_text(rule));
  }
  if (!r.reason.empty()) o["reason"] = r.reason;
  bj::array clocks;
  CITYBRAIN_ASSIGN(all, readings(file, r, now));
  for (const auto& c : all) clocks.push_back(json_of(c));
  o["clocks"] = std::move(clocks);
  return o;
}

std::string line_of(const Reading& c, bool zh) {
  std::string note;
  if (c.late) note = zh ? "  超期" : "  late";
  if (!c.due.empty()) note = fmt::format(fmt::runtime(zh ? "  截止 {}" : "  due {}"), c.due) + note;
  const std::string name = c.item.empty() ? c.kind : c.kind + " " + c.item;
  return fmt::format(fmt::runtime(zh ? "  {:12} {:20} {} / {} 个工作日{}\n"
                                     : "  {:12} {:20} {} of {} working days{}\n"),
                     c.request, name, c.counted, c.limit, note);
}

std::string line_of(const RequestFile& file, const Request& r, EventTime now, Language language) {
  return fmt::format("{:12} {:16} {:32} {} > {}  {}\n", r.id,
                     word(state_of(file, r, now), language), r.dataset, r.provider, r.requester,
                     r.purpose);
}

}  // namespace

Result<std::string> show_request(const RequestFile& file, const std::string& id, EventTime now,
                                 bool json, Language language) {
  CITYBRAIN_ASSIGN(r, find(file, id));
  if (json) {
    CITYBRAIN_ASSIGN(o, json_of(file, *r, now));
    return bj::serialize(o) + "\n";
  }
  const bool zh = language == Language::kChinese;
  std::string out = line_of(file, *r, now, language);
  if (r->expires)
    out += fmt::format(fmt::runtime(zh ? "  至 {} 止  {}\n" : "  until {}  {}\n"),
                       catalog::date_text(*r->expires), r->conditions);
  for (const auto& rule : r->masks)
    out +=
        fmt::format(fmt::runtime(zh ? "  脱敏:{}\n" : "  masked: {}\n"), catalog::rule_text(rule));
  if (!r->reason.empty())
    out += fmt::format(fmt::runtime(zh ? "  理由:{}\n" : "  because: {}\n"), r->reason);
  CITYBRAIN_ASSIGN(all, readings(file, *r, now));
  for (const auto& c : all) out += line_of(c, zh);
  return out;
}

Result<std::string> list_requests(const RequestFile& file, const std::string& state, EventTime now,
                                  bool json, Language language) {
  std::vector<std::string> states;
  for (std::uint32_t s = 0; s < catalog::kStates; ++s)
    states.emplace_back(catalog::name_of(static_cast<catalog::State>(s)));
  if (!state.empty() && std::find(states.begin(), states.end(), state) == states.end()) {
    const auto near = model::nearest(state, states);
    return Error{"CB-USAGE-STATE", fmt::format("there is no state \"{}\"", state), "--state",
                 near.empty() ? fmt::format("states: {}", fmt::join(states, ", "))
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  std::string out;
  bj::array list;
  for (const auto& [id, r] : file.book().requests) {
    if (!state.empty() && state_of(file, r, now) != state) continue;
    if (!json) {
      out += line_of(file, r, now, language);
      continue;
    }
    CITYBRAIN_ASSIGN(o, json_of(file, r, now));
    list.push_back(std::move(o));
  }
  return json ? bj::serialize(list) + "\n" : out;
}

Result<std::string> show_clocks(const RequestFile& file, const std::string& id, EventTime now,
                                bool json, Language language) {
  if (!id.empty()) CITYBRAIN_TRY(find(file, id));
  std::string out;
  bj::array list;
  for (const auto& [name, r] : file.book().requests) {
    if (!id.empty() && name != id) continue;
    CITYBRAIN_ASSIGN(all, readings(file, r, now));
    for (const auto& c : all) {
      out += line_of(c, language == Language::kChinese);
      list.push_back(json_of(c));
    }
  }
  return json ? bj::serialize(list) + "\n" : out;
}

}  // namespace citybrain::cli
