// Clocks of requests against a plain simulation, day by day, that knows nothing of how they are
// kept: random laws, calendars and courses of requests.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "hub/catalog/request.h"

namespace citybrain::catalog {
namespace {

using std::chrono::days;

const std::filesystem::path kSchemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";

/// What an observer would write down who looks once a day, at its end.
struct Tally {
  std::uint32_t counted = 0;
  bool runs = false;
  Date began;  ///< the day on which it was last seen to start
};

/// A working day is a day that is not a weekend, but for what the year's arrangement says.
bool plain_working_day(Date d, const std::vector<Date>& holidays, const std::vector<Date>& worked) {
  if (std::find(worked.begin(), worked.end(), d) != worked.end()) return true;
  if (std::find(holidays.begin(), holidays.end(), d) != holidays.end()) return false;
  const auto weekday = (d.time_since_epoch().count() + 4) % 7;  // 0: Sunday
  return weekday != 0 && weekday != 6;
}

struct World {
  std::vector<Date> holidays, worked;
  Calendar calendar;
};

/// 2026 with random holidays and worked weekends.
World random_world() {
  World w;
  const Date first = *parse_date("2026-01-01");
  std::string holidays, worked;
  const auto picks = *rc::gen::container<std::vector<int>>(30, rc::gen::inRange(0, 365));
  for (const int p : picks) {
    const Date d = first + days{p};
    const bool is_free = std::find(w.holidays.begin(), w.holidays.end(), d) != w.holidays.end();
    if (is_weekend(d) && !is_free && p % 2 == 0) {
      w.worked.push_back(d);
      worked += (worked.empty() ? "" : ", ") + date_text(d);
    } else if (!is_free && std::find(w.worked.begin(), w.worked.end(), d) == w.worked.end()) {
      w.holidays.push_back(d);
      holidays += (holidays.empty() ? "" : ", ") + ("{name: x, from: " + date_text(d)) +
                  ", until: " + date_text(d) + "}";
    }
  }
  const std::string text =
      "calendar: 1\nname: t\nutc_offset_minutes: 480\nyears:\n  - {year: 2026, source: x, "
      "holidays: "
      "[" +
      holidays + "], working_weekends: [" + worked + "]}\n";
  w.calendar = Calendar::parse(text, "random.yaml").value();
  return w;
}

/// Which clocks a step starts, lets stand still and goes on with, as the law has it.
void observe(Act act, State before, std::map<std::string, Tally>& clocks, Date today) {
  const auto start = [&](const char* name) { clocks[name] = {0, true, today}; };
  const auto stop = [&](const char* name) { clocks[name].runs = false; };
  const auto stop_all = [&] {
    for (auto& [name, c] : clocks) c.runs = false;
  };
  switch (act) {
    case Act::kFile:
      stop("completion");
      start("check");
      break;
    case Act::kPass:
      stop("check");
      start("answer");
      break;
    case Act::kReturn:
      stop("check");
      start("completion");
      break;
    case Act::kNegotiate:
      stop("answer");
      start("negotiation");
      break;
    case Act::kAgree:
      stop("negotiation");
      if (before == State::kNegotiating && clocks.contains("answer")) {
        clocks["answer"].runs = true;
        clocks["answer"].began = today;
      }
      break;
    case Act::kEscalate:
      stop_all();
      start("escalation");
      break;
    case Act::kGrant:
      stop_all();
      start("delivery");
      break;
    default:
      stop_all();
  }
}

struct Choice {
  Act act;
  const char* by;
};

std::vector<Choice> choices(const Request& r) {
  switch (r.state) {
    case State::kDrafted:
    case State::kReturned:
      return {{Act::kFile, "city_brain"}, {Act::kClose, "city_brain"}};
    case State::kChecking:
      return {{Act::kPass, kAuthority}, {Act::kReturn, kAuthority}, {Act::kRefuse, kAuthority}};
    case State::kWithProvider:
      return {{Act::kNegotiate, "navigation"},
              {Act::kGrant, "navigation"},
              {Act::kRefuse, "navigation"},
              {Act::kEscalate, "city_brain"}};
    case State::kNegotiating:
      return {{Act::kAgree, "navigation"}, {Act::kEscalate, "city_brain"}};
    case State::kEscalated:
      return {{Act::kGrant, kAuthority}, {Act::kRefuse, kAuthority}};
    case State::kGranted:
      return {{Act::kDeliver, "navigation"}, {Act::kRevoke, "navigation"}};
    case State::kRefused:
      return {{Act::kEscalate, "city_brain"}};
    default:
      return {};
  }
}

RC_GTEST_PROP(RequestClocks, AgreeWithASimulationDayByDay, ()) {
  static const Catalog catalog = Catalog::load(kSchemas / "contracts").value();
  static const Law law = Law::load(kSchemas / "laws/order-809.yaml").value();
  const World world = random_world();
  const Rules rules{law, world.calendar, catalog};
  Book book;
  const Date first = *parse_date("2026-01-01");
  Date today = first + days{*rc::gen::inRange(0, 60)};
  std::map<std::string, Tally> tallies;
  bool drafted = false;
  for (int step = 0; step < 14; ++step) {
    // Days pass; at the end of each the observer counts what runs and began before.
    const int wait = *rc::gen::inRange(0, 12);
    for (int i = 0; i < wait; ++i) {
      today += days{1};
      if (!plain_working_day(today, world.holidays, world.worked)) continue;
      for (auto& [name, c] : tallies)
        if (c.runs) ++c.counted;
    }
    Event e;
    e.at = world.calendar.begin_of(today) + 36'000'000 + step;
    e.request = "r1";
    if (!drafted) {
      e.act = Act::kDraft;
      e.by = "city_brain";
      e.dataset = "navigation.probes";
      e.purpose = "signal_control";
      RC_ASSERT(static_cast<bool>(apply(rules, e, book)));
      drafted = true;
      continue;
    }
    const Request before = book.requests.at("r1");
    const auto possible = choices(before);
    if (possible.empty()) break;
    const auto choice = *rc::gen::elementOf(possible);
    e.act = choice.act;
    e.by = choice.by;
    e.reason = "x";
    e.expires = today + days{200};
    if (!apply(rules, e, book)) {
      RC_ASSERT(e.act == Act::kReturn || e.act == Act::kEscalate);  // once; not before its time
      if (e.act == Act::kEscalate && before.state == State::kWithProvider)
        RC_ASSERT(tallies["answer"].counted <= law.limits.conditional);
      continue;
    }
    if (e.act == Act::kEscalate && before.state == State::kWithProvider)
      RC_ASSERT(tallies["answer"].counted > law.limits.conditional);
    observe(e.act, before.state, tallies, today);
    // The last clock of each kind says what was counted, and whether it is over its limit.
    std::map<std::string, const Clock*> last;
    for (const auto& c : book.requests.at("r1").clocks) last[std::string(name_of(c.kind))] = &c;
    for (const auto& [name, clock] : last) {
      RC_ASSERT(*counted(world.calendar, *clock, today) == tallies[name].counted);
      RC_ASSERT(clock->since.has_value() == tallies[name].runs);
    }
  }
  // Due days: count on from here, day by day.
  for (const auto& c : book.requests.at("r1").clocks) {
    const auto until = due(world.calendar, c);
    if (!until || !*until || c.spent >= c.limit) continue;
    std::uint32_t n = c.spent;
    Date d = *c.since;
    while (n < c.limit) {
      d += days{1};
      if (plain_working_day(d, world.holidays, world.worked)) ++n;
    }
    RC_ASSERT(d == **until);
  }
}

RC_GTEST_PROP(RequestClocks, TheStateIsAFunctionOfTheEvents, ()) {
  static const Catalog catalog = Catalog::load(kSchemas / "contracts").value();
  static const Law law = Law::load(kSchemas / "laws/county-2024.yaml").value();
  static const Calendar calendar = Calendar::load(kSchemas / "calendars/china.yaml").value();
  const Rules rules{law, calendar, catalog};
  std::vector<Event> events;
  model::EventTime at = *parse_time("2026-01-05T09:00:00+08:00");
  const auto acts =
      *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(kActs)));
  for (const int a : acts) {
    Event e;
    at = at + *rc::gen::inRange(0, 200'000'000);
    e.at = at;
    e.act = static_cast<Act>(a);
    e.request = *rc::gen::elementOf(std::vector<std::string>{"r1", "r2"});
    e.by = *rc::gen::elementOf(std::vector<std::string>{"city_brain", "navigation", kAuthority});
    e.reason = "x";
    e.dataset = "navigation.probes";
    e.purpose = "signal_control";
    e.expires = *parse_date("2026-12-31");
    events.push_back(e);
  }
  Book whole, parts;
  fold(rules, events, whole);
  const auto cut = *rc::gen::inRange<std::size_t>(0, events.size() + 1);
  fold(rules, std::span(events).first(cut), parts);
  fold(rules, std::span(events).subspan(cut), parts);
  RC_ASSERT(whole.requests.size() == parts.requests.size());
  for (const auto& [id, r] : whole.requests) {
    RC_ASSERT(r.state == parts.requests.at(id).state);
    RC_ASSERT(r.clocks == parts.requests.at(id).clocks);
  }
  RC_ASSERT(whole.refused.size() == parts.refused.size());
}

}  // namespace
}  // namespace citybrain::catalog
