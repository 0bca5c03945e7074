// The mapping `law` of a scenario.
#include <fmt/format.h>

#include <cstdlib>
#include <set>

#include "hub/model/nearest.h"
#include "scenarios/experiment/scenario.h"
#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

namespace {

model::EventTime read_time(Fields& f, const char* key, bool required) {
  std::string text;
  if (required) f.require(key);
  if (!f.has(key)) return {};
  f.text(key, text);
  if (const auto time = catalog::parse_time(text)) return *time;
  f.fail(f.raw(key), key, "expected a time like 2026-03-02T09:00:00+08:00, found \"" + text + "\"");
  return {};
}

/// Calls take(fields, item) for each mapping of a list.
template <class Take>
void each(Document& document, Fields& f, const char* key, const std::string& path,
          const Take& take) {
  const YAML::Node list = f.raw(key);
  if (!list.IsDefined()) return;
  if (!list.IsSequence()) return f.fail(list, key, "expected a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    Fields item(document, list[i], fmt::format("{}.{}[{}]", path, key, i));
    take(item, list[i].Mark(), fmt::format("{}.{}[{}]", path, key, i));
    item.finish();
  }
}

/// Whose step it is, where the scenario does not say.
std::string party(const catalog::Event& e, const RequestConfig& r, const LawConfig& law) {
  switch (e.act) {
    case catalog::Act::kFile:
    case catalog::Act::kClose:
    case catalog::Act::kUse:
    case catalog::Act::kGiveBack:
    case catalog::Act::kCorrect:
    case catalog::Act::kDispute:
    case catalog::Act::kEscalate:
      return r.by;
    case catalog::Act::kPass:
    case catalog::Act::kReturn:
    case catalog::Act::kSettle:
    case catalog::Act::kRevoke:
      return law.authority;
    default:
      return r.dataset.substr(0, r.dataset.find('.'));
  }
}

catalog::Event read_step(Fields& f, const RequestConfig& r, const LawConfig& law) {
  catalog::Event e;
  std::string act;
  for (const char* key : {"at", "act"}) f.require(key);
  e.at = read_time(f, "at", true);
  f.text("act", act);
  if (const auto known = catalog::act_of(act)) {
    e.act = *known;
  } else if (!act.empty()) {
    std::vector<std::string> names;
    for (std::uint32_t a = 0; a < catalog::kActs; ++a)
      names.emplace_back(catalog::name_of(static_cast<catalog::Act>(a)));
    const auto near = model::nearest(act, names);
    f.fail(f.raw("act"), "act", fmt::format("there is no step \"{}\"", act),
           near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near));
  }
  e.request = r.id;
  e.by = party(e, r, law);
  f.text("by", e.by);
  f.text("reason", e.reason);
  f.text("item", e.item);
  f.text("purpose", e.purpose);
  return e;
}

void read_request(Document& document, Fields& f, const YAML::Mark& mark, const std::string& path,
                  LawConfig& law) {
  RequestConfig r;
  for (const char* key : {"id", "by", "dataset", "purpose", "filed"}) f.require(key);
  f.text("id", r.id);
  f.text("by", r.by);
  f.text("dataset", r.dataset);
  f.text("purpose", r.purpose);
  r.filed = read_time(f, "filed", true);
  f.whole("days", r.days, 1, 3650);
  f.flag("on_platform", r.on_platform);
  f.flag("escalates", r.escalates);
  r.masks = catalog::read_masking(
      f.raw("masks"), document.file, {},
      [&](const YAML::Node& at, const std::string& what, const std::string& mend) {
        document.fail(at.Mark(), path + ".masks", what, mend);
      });
  each(document, f, "later", path, [&](Fields& step, const YAML::Mark&, const std::string&) {
    r.later.push_back(read_step(step, r, law));
  });
  for (const auto& other : law.requests)
    if (other.id == r.id)
      f.fail(f.raw("id"), "id", fmt::format("there is a request \"{}\" already", r.id));
  r.where = mark.is_null() ? document.file
                           : fmt::format("{}:{}:{}", document.file, mark.line + 1, mark.column + 1);
  r.where += ": " + path;
  law.requests.push_back(std::move(r));
}

void read_habits(Fields f, ProviderHabits& h) {
  f.number("least", h.least, 0, 2);
  f.number("most", h.most, 0, 2);
  if (h.most < h.least) f.fail(f.raw("most"), "most", "expected no less than least");
  f.number("returned", h.returned, 0, 1);
  f.number("negotiated", h.negotiated, 0, 1);
  f.number("refused", h.refused, 0, 1);
  f.finish();
}

void read_window(Document& document, Fields& f, const std::string& path, LawConfig& law) {
  WindowConfig w;
  for (const char* key : {"name", "start", "horizon_s"}) f.require(key);
  f.text("name", w.name);
  std::string start;
  f.text("start", start);
  w.start = read_time(f, "start", true);
  if (start.size() == 25)  // its local hour
    w.start_hour = std::atoi(start.c_str() + 11) + std::atoi(start.c_str() + 14) / 60.0;
  f.whole("horizon_s", w.horizon_s, 1, 7 * 86'400);
  f.number("trips_per_hour", w.trips_per_hour, 0, 1e7);
  read_events(document, f.raw("events"), path + ".events", w.events);
  read_calls(document, f, path, w.calls);
  for (const auto& other : law.windows)
    if (other.name == w.name)
      f.fail(f.raw("name"), "name", fmt::format("there is a window \"{}\" already", w.name));
  law.windows.push_back(std::move(w));
}

void find_window(Fields& f, const LawConfig& law) {
  if (law.window.empty()) return;
  std::vector<std::string> names;
  for (const auto& w : law.windows) {
    if (w.name == law.window) return;
    names.push_back(w.name);
  }
  const auto near = model::nearest(law.window, names);
  f.fail(f.raw("window"), "window", fmt::format("there is no window \"{}\"", law.window),
         near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace

void read_law(Document& document, Fields f, std::optional<LawConfig>& out) {
  if (!f.present()) return;
  LawConfig law;
  std::string log;
  f.text("preset", law.preset);
  f.text("calendar", law.calendar);
  f.text("authority", law.authority);
  f.text("log", log);
  law.log = log;
  each(document, f, "requests", "law",
       [&](Fields& item, const YAML::Mark& mark, const std::string& path) {
         read_request(document, item, mark, path, law);
       });
  if (!log.empty() && !law.requests.empty())
    f.fail(f.raw("log"), "log", "expected either requests or the log that holds them");
  Fields providers = f.map("providers");
  const YAML::Node given = f.raw("providers");
  if (providers.present())
    for (const auto& entry : given)
      if (entry.first.IsScalar())
        read_habits(providers.map(entry.first.Scalar().c_str()),
                    law.providers[entry.first.Scalar()]);
  providers.finish();
  each(document, f, "windows", "law",
       [&](Fields& item, const YAML::Mark&, const std::string& path) {
         read_window(document, item, path, law);
       });
  f.text("window", law.window);
  find_window(f, law);
  f.finish();
  out = std::move(law);
}

void choose_window(Scenario& s) {
  if (!s.law || s.law->window.empty()) return;
  for (const auto& w : s.law->windows) {
    if (w.name != s.law->window) continue;
    s.start = w.start;
    s.start_hour = w.start_hour;
    s.horizon_s = w.horizon_s;
    if (w.trips_per_hour > 0) s.city.grid.trips_per_hour = w.trips_per_hour;
    s.events.insert(s.events.end(), w.events.begin(), w.events.end());
    auto& calls = s.emergencies.calls;
    calls.insert(calls.end(), w.calls.begin(), w.calls.end());
  }
}

}  // namespace citybrain::experiment
