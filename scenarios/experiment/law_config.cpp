#include "scenarios/experiment/law_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hub/model/nearest.h"
#include "hub/runtime/files.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

bool is_file(const std::string& name) { return name.ends_with(".yaml"); }

/// A preset below `folder`, or an error with the nearest name.
Result<fs::path> preset(const std::string& name, const fs::path& folder, const char* code,
                        const char* what) {
  std::error_code ec;
  if (const auto file = folder / (name + ".yaml");
      name.find('/') == std::string::npos && fs::exists(file, ec))
    return file;
  std::vector<std::string> names;
  for (const auto& e : fs::directory_iterator(folder, ec))
    if (e.path().extension() == ".yaml") names.push_back(e.path().stem().string());
  std::sort(names.begin(), names.end());
  const auto near = model::nearest(name, names);
  return Error{code, fmt::format("there is no {} \"{}\"", what, name), folder.string(),
               near.empty()
                   ? fmt::format("there are: {}; or a file, NAME.yaml", fmt::join(names, ", "))
                   : fmt::format("did you mean \"{}\"?", near)};
}

Result<fs::path> file_of(const std::string& name, const fs::path& folder, const fs::path& presets,
                         const char* code, const char* what) {
  if (is_file(name)) return folder / name;  // an absolute one stays what it is
  return preset(name, presets, code, what);
}

Result<fs::path> law_file(const std::string& name, const fs::path& folder, const fs::path& home) {
  return file_of(name, folder, home / "schemas" / "laws", "CB-INPUT-LAW", "law");
}
Result<fs::path> calendar_file(const std::string& name, const fs::path& folder,
                               const fs::path& home) {
  return file_of(name, folder, home / "schemas" / "calendars", "CB-INPUT-CALENDAR", "calendar");
}

}  // namespace

Result<catalog::Law> find_law(const std::string& name, const fs::path& folder,
                              const fs::path& home_directory) {
  CITYBRAIN_ASSIGN(file, law_file(name, folder, home_directory));
  return catalog::Law::load(file);
}

Result<catalog::Calendar> find_calendar(const std::string& name, const fs::path& folder,
                                        const fs::path& home_directory) {
  CITYBRAIN_ASSIGN(file, calendar_file(name, folder, home_directory));
  return catalog::Calendar::load(file);
}

Result<void> load_law(LawConfig& law, const fs::path& folder, const fs::path& home_directory,
                      std::string& bytes) {
  if (!law.log.empty()) {
    const auto file = folder / law.log;
    CITYBRAIN_ASSIGN(text, runtime::read_file(file, "CB-INPUT-REQUESTS"));
    CITYBRAIN_ASSIGN(log, catalog::parse_request_log(text, file.string()));
    law.preset = log.law;
    law.calendar = log.calendar;
    law.filed = std::make_shared<const catalog::RequestLog>(std::move(log));
    bytes += text;
  }
  CITYBRAIN_ASSIGN(rules_file, law_file(law.preset, folder, home_directory));
  CITYBRAIN_ASSIGN(rules_text, runtime::read_file(rules_file, "CB-INPUT-LAW"));
  CITYBRAIN_ASSIGN(rules, catalog::Law::parse(rules_text, rules_file.string()));
  CITYBRAIN_ASSIGN(days_file, calendar_file(law.calendar, folder, home_directory));
  CITYBRAIN_ASSIGN(days_text, runtime::read_file(days_file, "CB-INPUT-CALENDAR"));
  CITYBRAIN_ASSIGN(days, catalog::Calendar::parse(days_text, days_file.string()));
  law.law = std::make_shared<const catalog::Law>(std::move(rules));
  law.days = std::make_shared<const catalog::Calendar>(std::move(days));
  bytes += rules_text + days_text;
  return {};
}

}  // namespace citybrain::experiment
