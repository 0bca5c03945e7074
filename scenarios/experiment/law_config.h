// The law of a scenario (docs/sharing-law.md lists every key of `law`): under which rules desks get
// data, what is asked for when, how providers behave, and which windows of the weeks are simulated.
// Values after loading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/catalog/calendar.h"
#include "hub/catalog/law.h"
#include "hub/catalog/request.h"
#include "hub/catalog/request_log.h"
#include "scenarios/city/city.h"

namespace citybrain::experiment {

/// How a provider, and the authority on its requests, use their time and their rights.
struct ProviderHabits {
  double least = 1, most = 1;  ///< share of each limit that is used, drawn evenly in between
  double returned = 0;         ///< probability that a request is returned once
  double negotiated = 0;       ///< that the provider negotiates before it answers
  double refused = 0;          ///< that it refuses
};

/// A request for data, as a department will file it.
struct RequestConfig {
  std::string id, by, dataset, purpose;
  model::EventTime filed;
  std::uint32_t days = 180;  ///< of the grant, with the day on which it is given
  bool on_platform = false;
  std::vector<catalog::MaskRule> masks;  ///< with which less is enough, beside the contract's
  bool escalates = true;                 ///< a refusal, which the authority then overrules
  std::vector<catalog::Event>
      later;          ///< steps at times of their own: revoke, correct, give-back, ...
  std::string where;  ///< file:line:column: field, for errors
};

/// Some time of the weeks that is simulated second by second.
struct WindowConfig {
  std::string name;
  model::EventTime start;
  double start_hour = 0;
  std::uint32_t horizon_s = 0;
  double trips_per_hour = 0;  ///< of a generated grid; 0: the scenario's
  std::vector<city::CityEvent> events;
  std::vector<city::EmergencySpec::CallSpec> calls;
};

struct LawConfig {
  std::string preset = "order-809";  ///< a name in schemas/laws, or a file beside the scenario
  std::string calendar = "china";    ///< a name in schemas/calendars, or a file
  std::string authority = catalog::kAuthority;
  std::filesystem::path log;  ///< file of `./citybrain request`, instead of requests; may be empty
  std::vector<RequestConfig> requests;
  std::map<std::string, ProviderHabits> providers;  ///< by department; "default" for all others
  std::vector<WindowConfig> windows;
  std::string window;  ///< the one that is run; empty: start and horizon of the scenario
  // From the files.
  std::shared_ptr<const catalog::Law> law;
  std::shared_ptr<const catalog::Calendar> days;
  std::shared_ptr<const catalog::RequestLog> filed;  ///< of `log`
};

/// A law by the name of a preset or as a file below `folder`; `home_directory` has the presets.
/// Errors CB-INPUT-LAW, with the nearest name.
model::Result<catalog::Law> find_law(const std::string& name, const std::filesystem::path& folder,
                                     const std::filesystem::path& home_directory);
/// Errors CB-INPUT-CALENDAR.
model::Result<catalog::Calendar> find_calendar(const std::string& name,
                                               const std::filesystem::path& folder,
                                               const std::filesystem::path& home_directory);
/// Reads the files that it names; `bytes` gets what an outcome depends on. Errors CB-INPUT-LAW,
/// CB-INPUT-CALENDAR, CB-INPUT-REQUESTS.
model::Result<void> load_law(LawConfig& law, const std::filesystem::path& folder,
                             const std::filesystem::path& home_directory, std::string& bytes);

}  // namespace citybrain::experiment
