#include "scenarios/experiment/run_request.h"

#include <boost/json.hpp>

namespace citybrain::experiment {

namespace fs = std::filesystem;
namespace json = boost::json;
using model::Error;
using model::Result;

namespace {

fs::path whole(const fs::path& path) {
  std::error_code ec;
  const auto absolute = path.empty() ? path : fs::absolute(path, ec);
  return ec ? path : absolute;
}

Error wrong(const std::string& where, const std::string& what) {
  return {"CB-INPUT-RUN", what, where, "run the scenario again with this version"};
}

}  // namespace

RunRequest request_of(const Scenario& scenario, const RunOptions& options) {
  RunRequest r;
  r.scenario = scenario.request;
  const auto home_directory = home();
  const auto library = home_directory ? *home_directory / "scenarios" / "library" : fs::path();
  if (whole(scenario.file).parent_path().parent_path() != whole(library))
    r.scenario.name_or_path = whole(scenario.file).string();
  for (auto* path : {&r.scenario.data, &r.scenario.roadnet, &r.scenario.flow, &r.scenario.clouds})
    *path = whole(*path);
  r.sharing = options.sharing;
  r.policy = options.policy;
  r.seed = *options.seed;
  r.horizon_s = options.horizon_s;
  r.perfect_sensors = options.perfect_sensors;
  r.lenient = options.lenient;
  return r;
}

std::string request_json(const RunRequest& r) {
  json::object settings;
  for (const auto& [key, value] : r.scenario.settings) settings[key] = value;
  return json::serialize(json::object{{"scenario", r.scenario.name_or_path},
                                      {"data", r.scenario.data.string()},
                                      {"roadnet", r.scenario.roadnet.string()},
                                      {"flow", r.scenario.flow.string()},
                                      {"settings", std::move(settings)},
                                      {"sharing", r.sharing},
                                      {"policy", r.policy},
                                      {"seed", r.seed},
                                      {"horizon_s", r.horizon_s},
                                      {"perfect_sensors", r.perfect_sensors},
                                      {"lenient", r.lenient}});
}

Result<RunRequest> parse_request(std::string_view text, const std::string& where) {
  json::error_code ec;
  const auto parsed = json::parse(json::string_view(text.data(), text.size()), ec);
  if (ec || !parsed.is_object()) return wrong(where, "it does not say how the run was asked for");
  const auto& o = parsed.get_object();
  bool good = true;
  const auto text_of = [&](const char* key) {
    const auto* v = o.if_contains(key);
    good = good && v != nullptr && v->is_string();
    return good ? std::string(v->get_string()) : std::string();
  };
  const auto number_of = [&](const char* key) -> std::uint64_t {
    const auto* v = o.if_contains(key);
    json::error_code not_one;
    const auto n = v == nullptr ? 0 : v->to_number<std::uint64_t>(not_one);
    good = good && v != nullptr && !not_one;
    return n;
  };
  const auto flag_of = [&](const char* key) {
    const auto* v = o.if_contains(key);
    good = good && v != nullptr && v->is_bool();
    return good && v->get_bool();
  };
  RunRequest r;
  r.scenario.name_or_path = text_of("scenario");
  r.scenario.data = text_of("data");
  r.scenario.roadnet = text_of("roadnet");
  r.scenario.flow = text_of("flow");
  r.sharing = text_of("sharing");
  r.policy = text_of("policy");
  r.seed = number_of("seed");
  r.horizon_s = static_cast<std::uint32_t>(number_of("horizon_s"));
  r.perfect_sensors = flag_of("perfect_sensors");
  r.lenient = flag_of("lenient");
  const auto* settings = o.if_contains("settings");
  good = good && settings != nullptr && settings->is_object();
  if (!good) return wrong(where, "what it says of how the run was asked for is not complete");
  for (const auto& [key, value] : settings->get_object())
    if (value.is_string())
      r.scenario.settings.emplace_back(std::string(key), std::string(value.get_string()));
  return r;
}

}  // namespace citybrain::experiment
