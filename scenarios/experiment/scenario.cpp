#include "scenarios/experiment/scenario.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "scenarios/experiment/digest.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/scenario_parts.h"
#include "scenarios/experiment/sensor_fields.h"
#include "scenarios/experiment/sumo_scenario.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

constexpr const char* kModeNames[] = {"silo", "point-to-point", "hub"};

/// A named choice of the scenario that --set changes and that texts use as ${name}.
struct Parameter {
  std::string chosen;
  std::map<std::string, std::string> choices;
};
using ParameterTable = std::map<std::string, Parameter>;

bool bounded(const YAML::Node& node, int depth, std::size_t& nodes) {
  if (++nodes > 20'000 || depth > 32) return false;
  if (node.IsSequence())
    return std::all_of(node.begin(), node.end(),
                       [&](const auto& n) { return bounded(n, depth + 1, nodes); });
  if (node.IsMap()) {
    return std::all_of(node.begin(), node.end(), [&](const auto& e) {
      return bounded(e.first, depth + 1, nodes) && bounded(e.second, depth + 1, nodes);
    });
  }
  return true;
}

std::vector<std::string> keys_of(const YAML::Node& map) {
  std::vector<std::string> out;
  if (map.IsDefined() && map.IsMap())
    for (const auto& e : map)
      if (e.first.IsScalar()) out.push_back(e.first.Scalar());
  return out;
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == by) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// Puts `value` at the dotted path `key`; list elements are named by their index.
Result<void> set_path(YAML::Node root, const std::string& key, const std::string& value) {
  YAML::Node at = root;
  const auto parts = split(key, '.');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    YAML::Node next;
    if (at.IsSequence()) {
      char* end = nullptr;
      const unsigned long index = std::strtoul(parts[i].c_str(), &end, 10);
      if (parts[i].empty() || *end != '\0' || index >= at.size())
        return Error{"CB-USAGE-SET",
                     fmt::format("\"{}\" is not an element of a list of {}", parts[i], at.size()),
                     "--set " + key, ""};
      next.reset(at[index]);
    } else if (at.IsMap() || !at.IsDefined() || at.IsNull()) {
      next.reset(at[parts[i]]);
    } else {
      return Error{"CB-USAGE-SET", fmt::format("\"{}\" has no parts", parts[i - 1]), "--set " + key,
                   ""};
    }
    if (is_last) {
      YAML::Node parsed = YAML::Load(value);
      next = parsed;
    }
    at.reset(next);
  }
  return {};
}

Result<void> apply_settings(YAML::Node root, const ScenarioRequest& request,
                            std::map<std::string, std::string>& chosen) {
  const auto parameters = keys_of(root["parameters"]);
  constexpr const char* kRoots[] = {
      "city",    "events",  "emergencies", "day_to_day_s", "start",     "horizon_s", "lookahead_s",
      "seed",    "sharing", "sensors",     "safety",       "modes",     "publish",   "navigation",
      "parking", "taxis",   "clouds",      "law",          "protection"};
  for (const auto& [key, value] : request.settings) {
    if (std::find(parameters.begin(), parameters.end(), key) != parameters.end()) {
      chosen[key] = value;
      continue;
    }
    std::vector<std::string> valid = parameters;
    valid.insert(valid.end(), std::begin(kRoots), std::end(kRoots));
    const std::string first = split(key, '.').front();
    if (std::find(std::begin(kRoots), std::end(kRoots), first) == std::end(kRoots)) {
      const auto near = catalog::nearest(first, valid);
      return Error{"CB-USAGE-SET", fmt::format("the scenario has no parameter or key \"{}\"", key),
                   "--set " + key,
                   near.empty() ? fmt::format("valid: {}", fmt::join(valid, ", "))
                                : fmt::format("did you mean \"{}\"?", near)};
    }
    CITYBRAIN_TRY(set_path(root, key, value));
  }
  return {};
}

void read_parameters(Fields& root, const std::map<std::string, std::string>& chosen,
                     ParameterTable& out) {
  Fields table = root.map("parameters");
  if (!table.present()) return;
  for (const auto& name : keys_of(root.raw("parameters"))) {
    Fields f = table.map(name.c_str());
    Parameter p;
    std::string about;
    f.text("about", about);
    f.require("default");
    f.text("default", p.chosen);
    Fields choices = f.map("choices");
    for (const auto& c : keys_of(f.raw("choices"))) choices.text(c.c_str(), p.choices[c]);
    f.finish();
    if (const auto it = chosen.find(name); it != chosen.end()) p.chosen = it->second;
    if (!p.choices.empty() && !p.choices.contains(p.chosen)) {
      std::vector<std::string> valid;
      for (const auto& [k, v] : p.choices) valid.push_back(k);
      f.fail(YAML::Node(YAML::NodeType::Undefined), "default",
             fmt::format("\"{}\" is not one of: {}", p.chosen, fmt::join(valid, ", ")),
             fmt::format("use --set {}={}", name, valid.front()));
    }
    out[name] = p;
  }
  table.finish();
}

/// Replaces ${name} by the chosen value of that parameter.
std::string expand(std::string text, const ParameterTable& parameters) {
  for (const auto& [name, p] : parameters) {
    const std::string key = "${" + name + "}";
    const auto choice = p.choices.find(p.chosen);
    const std::string& value = choice == p.choices.end() ? p.chosen : choice->second;
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size()))
      text.replace(at, key.size(), value);
  }
  return text;
}

void read_grid(Fields f, city::GridSpec& g) {
  f.whole("rows", g.rows, 1, 100);
  f.whole("columns", g.columns, 1, 100);
  f.number("block_m", g.block_m, 60, 5000);
  f.whole("lanes", g.lanes, 1, 6);
  f.number("speed_limit_mps", g.speed_limit_mps, 1, 60);
  f.whole("districts", g.districts, 1, 64);
  f.number("trips_per_hour", g.trips_per_hour, 0, 1e7);
  f.number("duration_s", g.duration_s, 1, 86'400);
  f.number("through_share", g.through_share, 0, 1);
  f.finish();
}

void read_city(Fields f, const ParameterTable& parameters, const ScenarioRequest& request,
               const std::filesystem::path& folder, CityConfig& out) {
  std::string kind;
  f.require("kind");
  f.text("kind", kind);
  if (!kind.empty() && kind != "grid" && kind != "cityflow" && kind != "preset" && kind != "sumo")
    f.fail(f.raw("kind"), "kind", "expected grid, preset, cityflow or sumo, found " + kind);
  out.kind = kind == "cityflow" ? CityKind::kCityFlow
             : kind == "preset" ? CityKind::kPreset
             : kind == "sumo"   ? CityKind::kSumo
                                : CityKind::kGrid;
  Fields anchor = f.map("anchor");
  anchor.number("lon_deg", out.anchor.lon_deg, -180, 180);
  anchor.number("lat_deg", out.anchor.lat_deg, -85, 85);
  anchor.finish();
  if (out.kind == CityKind::kGrid) {
    read_grid(f.map("grid"), out.grid);
    out.grid.anchor = out.anchor;
  } else if (out.kind == CityKind::kPreset) {
    f.require("preset");
    f.text("preset", out.preset);
    f.number("vehicles", out.vehicles, 0, 1e6);
    if (!out.preset.empty() && !city::is_preset(out.preset))
      f.fail(f.raw("preset"), "preset",
             fmt::format("there is no generated city \"{}\"", out.preset),
             fmt::format("presets: {}", fmt::join(city::preset_names(), ", ")));
  } else if (out.kind == CityKind::kSumo) {
    read_sumo(
        f, request.data.empty() ? folder : request.data, request,
        [&](std::string text) { return expand(std::move(text), parameters); }, out);
  } else {
    std::string roadnet, flow;
    f.text("roadnet", roadnet);
    f.text("flow", flow);
    const auto base = request.data.empty() ? folder : request.data;
    const auto resolve = [&](const std::filesystem::path& given, const std::string& text) {
      if (!given.empty()) return given;
      return text.empty() ? std::filesystem::path{} : base / expand(text, parameters);
    };
    out.roadnet = resolve(request.roadnet, roadnet);
    out.flow = resolve(request.flow, flow);
  }
  f.finish();
}

constexpr std::pair<const char*, city::CityEvent::Kind> kEventKinds[] = {
    {"incident", city::CityEvent::Kind::kIncident},
    {"roadworks", city::CityEvent::Kind::kRoadworks},
    {"storm", city::CityEvent::Kind::kStorm},
    {"power-cut", city::CityEvent::Kind::kPowerCut},
    {"device-failure", city::CityEvent::Kind::kDeviceFailure},
    {"crowd", city::CityEvent::Kind::kCrowd}};
constexpr std::pair<const char*, city_port::Device> kDevices[] = {
    {"signal", city_port::Device::kSignal},
    {"loops", city_port::Device::kLoops},
    {"camera", city_port::Device::kCamera}};

/// One of the words of a table, or an error that lists them.
template <class Table, class Value>
void read_word(Fields& f, const char* key, const Table& table, Value& out) {
  if (!f.has(key)) return;
  std::string word;
  f.text(key, word);
  std::vector<std::string> words;
  for (const auto& [name, value] : table) {
    words.emplace_back(name);
    if (name == word) {
      out = value;
      return;
    }
  }
  f.fail(f.raw(key), key,
         fmt::format("expected one of {}, found \"{}\"", fmt::join(words, ", "), word));
}

void read_event(Fields f, city::CityEvent& e) {
  for (const char* key : {"kind", "from_s", "until_s"}) f.require(key);
  read_word(f, "kind", kEventKinds, e.kind);
  f.number("from_s", e.from_s, 0, 7 * 86'400);
  f.number("until_s", e.until_s, 0, 7 * 86'400);
  f.text("road", e.road);
  f.number("at_m", e.at_m, 0, 100'000);
  f.number("length_m", e.length_m, 1, 10'000);
  f.whole("lanes", e.lanes, 1, 32);
  f.text("junction", e.junction);
  read_word(f, "device", kDevices, e.device);
  f.number("speed_factor", e.speed_factor, 0.06, 1);
  f.number("headway_factor", e.headway_factor, 1, 5);
  f.whole("vehicles", e.vehicles, 0, 200'000);
  f.number("come_over_s", e.come_over_s, 0, 86'400);
  f.number("leave_over_s", e.leave_over_s, 0, 86'400);
  f.number("radius_m", e.radius_m, 0, 100'000);
  f.flag("from_gates", e.from_gates);
  f.finish();
}

}  // namespace

void read_events(Document& document, const YAML::Node& list, const std::string& path,
                 std::vector<city::CityEvent>& out) {
  if (!list.IsDefined()) return;
  if (!list.IsSequence()) {
    document.fail(list.Mark(), path, "expected a list");
    return;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    out.emplace_back();
    read_event(Fields(document, list[i], fmt::format("{}[{}]", path, i)), out.back());
  }
}

namespace {

void read_desk(Document& document, Fields f, DeskConfig& d) {
  std::string scope = "city";
  for (const char* key : {"department", "datasets", "policy"}) f.require(key);
  f.text("department", d.department);
  f.texts("datasets", d.datasets);
  f.text("policy", d.policy.name);
  f.text("scope", scope);
  if (scope != "city" && scope != "district")
    f.fail(f.raw("scope"), "scope", "expected city or district, found " + scope);
  d.per_district = scope == "district";
  f.flag("neighbours", d.neighbours);
  f.texts("needs", d.needs);
  f.whole("priority", d.priority, 0, 1000);
  read_bindings(document, f, d);
  Fields parameters = f.map("parameters");
  for (const auto& key : keys_of(f.raw("parameters")))
    parameters.number(key.c_str(), d.policy.parameters[key], -1e9, 1e9);
  const auto names = brain::policy_names();
  if (!d.policy.name.empty() &&
      std::find(names.begin(), names.end(), d.policy.name) == names.end()) {
    const auto near = catalog::nearest(d.policy.name, names);
    f.fail(f.raw("policy"), "policy", fmt::format("there is no policy \"{}\"", d.policy.name),
           near.empty() ? fmt::format("policies: {}", fmt::join(names, ", "))
                        : fmt::format("did you mean \"{}\"?", near));
  }
  f.finish();
}

void read_modes(Document& document, Fields f, std::vector<ModeConfig>& out) {
  for (const char* name : kModeNames) {
    if (!f.has(name)) continue;
    Fields mode = f.map(name);
    Fields desks = mode.map("desks");
    ModeConfig m{name, {}};
    for (const auto& desk : keys_of(mode.raw("desks"))) {
      m.desks.push_back({});
      m.desks.back().name = desk;
      read_desk(document, desks.map(desk.c_str()), m.desks.back());
    }
    if (m.desks.empty())
      mode.fail(YAML::Node(YAML::NodeType::Undefined), "desks", "expected at least one desk");
    mode.finish();
    out.push_back(std::move(m));
  }
  f.finish();
}

/// Where a law holds, desks say what they read for; elsewhere they need no more than they have.
void check_desks(Fields& f, const Scenario& s) {
  for (const auto& mode : s.modes)
    for (const auto& desk : mode.desks) {
      const std::string path = fmt::format("modes.{}.desks.{}", mode.name, desk.name);
      if (s.law && desk.purpose.empty())
        f.fail(f.raw("modes"), "modes",
               path + ": under a law a desk says what it uses data for (purpose)");
      if (!s.law && !desk.needs.empty())
        f.fail(f.raw("modes"), "modes", path + ": needs mean something under a law only",
               "add law: ...");
    }
}

/// "2026-03-02T07:00:00+08:00"
bool parse_start(const std::string& text, model::EventTime& out, double& hour) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, oh = 0, om = 0, read = 0;
  char sign = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d%n", &y, &mo, &d, &h, &mi, &s,
                  &sign, &oh, &om, &read) != 9 ||
      static_cast<std::size_t>(read) != text.size())
    return false;
  if (y < 1970 || y > 2200 || mo < 1 || mo > 12 || d < 1 || d > 31 || h < 0 || h > 23 || mi < 0 ||
      mi > 59 || s < 0 || s > 59 || oh < 0 || oh > 14 || om < 0 || om > 59 ||
      (sign != '+' && sign != '-'))
    return false;
  const std::int64_t days = std::chrono::sys_days{std::chrono::year{y} / static_cast<unsigned>(mo) /
                                                  static_cast<unsigned>(d)}
                                .time_since_epoch()
                                .count();
  const std::int64_t offset_min = (sign == '-' ? -1 : 1) * (oh * 60 + om);
  hour = h + mi / 60.0 + s / 3600.0;
  out.ms = (((days * 24 + h) * 60 + mi - offset_min) * 60 + s) * 1000;
  return true;
}

void read_times(Fields& f, Scenario& s) {
  std::string start = "2026-03-02T07:00:00+08:00";
  f.text("start", start);
  if (!parse_start(start, s.start, s.start_hour))
    f.fail(f.raw("start"), "start",
           "expected a time like 2026-03-02T07:00:00+08:00, found " + start);
  f.number("day_to_day_s", s.day_to_day_s, 0, 3600);
  f.whole("horizon_s", s.horizon_s, 1, 7 * 86'400);
  f.whole("lookahead_s", s.lookahead_s, 1, 60);
  f.whole("seed", s.seed, 0, UINT64_MAX / 16);
}

void read_head(Fields& f, Scenario& s) {
  std::uint32_t format = 0;
  f.require("citybrain");
  f.whole("citybrain", format, 1, 1);
  f.require("name");
  f.text("name", s.name);
  Fields title = f.map("title");
  title.text("en", s.title_en);
  title.text("zh", s.title_zh);
  title.finish();
}

Result<Scenario> read(Document& document, YAML::Node root, const std::filesystem::path& folder,
                      const ScenarioRequest& request) {
  std::map<std::string, std::string> chosen;
  CITYBRAIN_TRY(apply_settings(root, request, chosen));
  Scenario s;
  s.file = document.file;
  Fields f(document, root, "");
  if (!f.present())
    document.fail(root.Mark(), "scenario", "expected a mapping with citybrain: 1 and name: ...");
  read_head(f, s);
  ParameterTable parameters;
  read_parameters(f, chosen, parameters);
  f.require("city");
  read_city(f.map("city"), parameters, request, folder, s.city);
  read_times(f, s);
  read_events(document, f.raw("events"), "events", s.events);
  read_navigation(f.map("navigation"), s.navigation);
  read_parking(f.map("parking"), s.parking);
  read_taxis(f.map("taxis"), s.taxis);
  read_emergencies(document, f.map("emergencies"), s.emergencies);
  f.text("sharing", s.sharing);
  read_sensors(f.map("sensors"), s.sensors);
  f.texts("publish", s.publish);
  Fields safety = f.map("safety");
  safety.number("min_green_s", s.safety.min_green_s, 1, 120);
  safety.number("max_red_s", s.safety.max_red_s, 30, 3600);
  safety.finish();
  f.require("modes");
  read_modes(document, f.map("modes"), s.modes);
  read_protection(document, f.map("protection"), folder, s.protection);
  read_clouds(document, f.map("clouds"), s.clouds);
  read_law(document, f.map("law"), s.law);
  check_desks(f, s);
  choose_window(s);
  if (s.mode(s.sharing) == nullptr)
    f.fail(f.raw("sharing"), "sharing",
           fmt::format("mode \"{}\" is not among this scenario's modes", s.sharing));
  f.finish();
  if (document.error) return *document.error;
  root.remove("clouds");  // where things are computed changes no outcome
  std::string identity = YAML::Dump(root);
  for (const auto& [name, p] : parameters) identity += fmt::format("\n{}={}", name, p.chosen);
  s.config_hash = digest_text(identity);
  return s;
}

}  // namespace

Result<void> within_bounds(const YAML::Node& root, const Document& document) {
  std::size_t nodes = 0;
  if (bounded(root, 0, nodes)) return {};
  return Error{document.code, "the document is too large or contains itself", document.file,
               "a document has at most 20,000 nodes, 32 deep"};
}

const ModeConfig* Scenario::mode(std::string_view mode_name) const {
  const auto it = std::find_if(modes.begin(), modes.end(),
                               [&](const ModeConfig& m) { return m.name == mode_name; });
  return it == modes.end() ? nullptr : &*it;
}

Result<Scenario> parse_scenario(const std::string& text, const std::string& file_name,
                                const std::filesystem::path& folder,
                                const ScenarioRequest& request) {
  Document document{file_name, {}};
  try {
    YAML::Node root = YAML::Load(text);
    CITYBRAIN_TRY(within_bounds(root, document));
    return read(document, root, folder, request);
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? file_name
                         : fmt::format("{}:{}:{}", file_name, e.mark.line + 1, e.mark.column + 1);
    return Error{"CB-INPUT-SCENARIO", "not valid YAML: " + e.msg, where,
                 "check indentation and quotes at this place"};
  }
}

}  // namespace citybrain::experiment
