#include "scenarios/experiment/compare_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/law_plan.h"
#include "scenarios/experiment/run_cells.h"

namespace citybrain::experiment {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr double kDayMs = 86'400'000;

/// The scenario in one window under one law.
struct Variant {
  std::string law, window;
  Scenario scenario;
  World world;
};
using Variants = std::vector<std::unique_ptr<Variant>>;

Result<Variants> variants_of(const ScenarioRequest& request, const std::filesystem::path& home,
                             const std::vector<std::string>& laws, bool lenient) {
  CITYBRAIN_ASSIGN(base, load_scenario(request, home));
  if (!base.law || base.law->windows.empty())
    return Error{"CB-USAGE-LAWS", "the scenario has no law with windows to compare laws in",
                 base.file.string(), "./citybrain compare sharing-law --laws order-809,refusal"};
  if (laws.size() < 2)
    return Error{"CB-USAGE-LAWS", "expected at least two laws, the first is the baseline", "--laws",
                 "for example --laws unconditional,order-809"};
  Variants out;
  for (const auto& law : laws) {
    for (const auto& window : base.law->windows) {
      ScenarioRequest r = request;
      r.settings.emplace_back("law.preset", law);
      r.settings.emplace_back("law.window", window.name);
      auto v = std::make_unique<Variant>();
      v->law = law;
      v->window = window.name;
      CITYBRAIN_ASSIGN(scenario, load_scenario(r, home));
      v->scenario = std::move(scenario);
      CITYBRAIN_ASSIGN(world, build_world(v->scenario, lenient));
      v->world = std::move(world);
      out.push_back(std::move(v));
    }
  }
  return std::move(out);
}

/// Law by law, in it seed by seed, in it window by window.
Result<std::vector<RunCell>> cells_of(const Variants& variants, std::size_t windows,
                                      const CompareOptions& options) {
  std::vector<RunCell> cells;
  for (std::size_t first = 0; first < variants.size(); first += windows) {
    for (std::uint32_t i = 0; i < options.seeds; ++i) {
      for (std::size_t w = 0; w < windows; ++w) {
        const Variant& v = *variants[first + w];
        RunOptions o;
        o.seed = options.first_seed + i;
        o.horizon_s = options.horizon_s;
        o.policy = options.policy;
        o.lenient = options.lenient;
        o.fsync = options.fsync;
        o.kafka = options.kafka;
        if (o.kafka && !o.kafka->prefix.empty())
          o.kafka->prefix += fmt::format("-{}-{}-seed-{}", v.law, v.window, *o.seed);
        o.out = options.out / v.law / v.window / fmt::format("seed-{}", *o.seed);
        o.language = options.language;
        o.shares_process = true;
        CITYBRAIN_ASSIGN(settled, settle(v.scenario, std::move(o)));
        cells.push_back({&v.scenario, &v.world, std::move(settled)});
      }
    }
  }
  return cells;
}

/// When a seed's requests were filed, and when the last of them was in use; `end` where one never
/// was.
struct Waiting {
  EventTime from, until;
  double days() const { return static_cast<double>(until - from) / kDayMs; }
};

Waiting waiting_of(const Scenario& scenario, const catalog::Catalog& catalog, std::uint64_t seed,
                   EventTime end) {
  Waiting w{end, {INT64_MIN}};
  std::size_t asked = 0, used = 0;
  for (const auto& e : plan_requests(*scenario.law, catalog, seed).events) {
    if (e.act == catalog::Act::kDraft) {
      ++asked;
      w.from = std::min(w.from, e.at);
    }
    if (e.act != catalog::Act::kUse) continue;
    ++used;
    w.until = std::max(w.until, e.at);
  }
  if (used < asked || asked == 0 || w.until > end) w.until = end;
  return w;
}

double vehicle_hours(const RunReport& r) {
  const auto& o = r.evaluation.outcomes;
  return o.average_travel_time_s * static_cast<double>(o.vehicles_entered) / 3600;
}

/// One seed's windows together.
void add_seed(std::span<const RunCell> windows, const Waiting& waiting, ModeSummary& law) {
  double hours = 0, response = 0, calls = 0;
  for (const auto& cell : windows) {
    hours += vehicle_hours(*cell.report);
    const auto& r = cell.report->evaluation.outcomes.emergencies.response_s;
    response += r.mean * static_cast<double>(r.n);
    calls += static_cast<double>(r.n);
    law.policies = cell.report->policies;
    law.outcome_hashes.push_back(cell.report->evaluation.outcome_hash);
  }
  law.seeds.push_back(*windows.front().options.seed);
  law.outcomes["vehicle_hours"].push_back(hours);
  if (calls > 0) law.outcomes["emergency_response_s"].push_back(response / calls);
  law.outcomes["waiting_days"].push_back(waiting.days());
}

/// What every seed's runs differ by, a day that its requests waited.
void add_cost_of_days(CompareReport& r) {
  const auto& base = r.modes.front().outcomes.at("vehicle_hours");
  const auto& base_days = r.modes.front().outcomes.at("waiting_days");
  for (auto& law : r.modes) {
    for (std::size_t i = 0; i < base.size(); ++i) {
      const double days = law.outcomes.at("waiting_days")[i] - base_days[i];
      const double more = law.outcomes.at("vehicle_hours")[i] - base[i];
      law.outcomes["vehicle_hours_per_day"].push_back(days > 0 ? more / days : 0);
    }
  }
}

/// Outcomes that some seed lacks cannot be paired.
void drop_unpaired(CompareReport& r) {
  std::size_t seeds = r.modes.front().seeds.size();
  bool all = true;
  for (const auto& m : r.modes) {
    const auto it = m.outcomes.find("emergency_response_s");
    all = all && it != m.outcomes.end() && it->second.size() == seeds;
  }
  if (!all)
    for (auto& m : r.modes) m.outcomes.erase("emergency_response_s");
}

class Gathering {
 public:
  Gathering(const Variants& variants, std::size_t windows, std::span<const RunCell> cells,
            const catalog::Catalog& catalog, const CompareOptions& options)
      : variants_(variants),
        windows_(windows),
        cells_(cells),
        catalog_(catalog),
        options_(options) {
    for (const auto& v : variants)
      end_ = std::max(end_, model::Epoch{v->scenario.start}.at(v->scenario.horizon_s));
  }

  CompareLawsReport run() {
    const auto& first = variants_.front()->scenario;
    auto& out = report_.laws;
    out.scenario = first.name;
    out.title = options_.language == Language::kChinese ? first.title_zh : first.title_en;
    out.config_hash = first.config_hash;
    out.version = CITYBRAIN_VERSION;
    for (std::size_t w = 0; w < windows_; ++w) out.horizon_s += cells_[w].options.horizon_s;
    for (const auto& c : cells_) out.cpu_s += c.report->cpu_s;
    for (std::size_t l = 0; l < variants_.size() / windows_; ++l) add_law(l);
    drop_unpaired(out);
    add_cost_of_days(out);
    pair_differences(out);
    for (std::size_t w = 0; w < windows_; ++w) add_window(w);
    return std::move(report_);
  }

 private:
  const RunCell& cell(std::size_t law, std::size_t seed, std::size_t window) const {
    return cells_[(law * options_.seeds + seed) * windows_ + window];
  }
  Waiting waiting(std::size_t law, std::size_t seed) const {
    return waiting_of(variants_[law * windows_]->scenario, catalog_, options_.first_seed + seed,
                      end_);
  }
  void add_law(std::size_t l) {
    auto& law = report_.laws.modes.emplace_back();
    law.mode = variants_[l * windows_]->law;
    for (std::size_t s = 0; s < options_.seeds; ++s)
      add_seed(cells_.subspan((l * options_.seeds + s) * windows_, windows_), waiting(l, s), law);
    for (const auto& warning : cell(l, 0, 0).report->warnings)
      report_.laws.warnings.push_back(law.mode + ": " + warning);
  }
  void add_window(std::size_t w) {
    CompareReport one;
    for (std::size_t l = 0; l < variants_.size() / windows_; ++l) {
      auto& law = one.modes.emplace_back();
      law.mode = variants_[l * windows_]->law;
      for (std::size_t s = 0; s < options_.seeds; ++s)
        law.outcomes["vehicle_hours"].push_back(vehicle_hours(*cell(l, s, w).report));
    }
    pair_differences(one);
    for (std::size_t l = 1; l < variants_.size() / windows_; ++l) {
      const auto& v = *variants_[l * windows_ + w];
      std::size_t waits = 0;
      for (std::size_t s = 0; s < options_.seeds; ++s)
        waits += waiting(l, s).until > v.scenario.start ? 1 : 0;
      report_.windows.push_back(
          {v.window, catalog::time_text(v.scenario.start, v.scenario.law->days->utc_offset_min()),
           static_cast<double>(waits) / options_.seeds, one.differences[l - 1]});
    }
  }

  const Variants& variants_;
  std::size_t windows_;
  std::span<const RunCell> cells_;
  const catalog::Catalog& catalog_;
  const CompareOptions& options_;
  EventTime end_;
  CompareLawsReport report_;
};

}  // namespace

Result<CompareLawsReport> compare_laws(const ScenarioRequest& request,
                                       const std::filesystem::path& home_directory,
                                       const catalog::Catalog& catalog,
                                       const std::vector<std::string>& laws,
                                       const CompareOptions& options, const CompareHooks& hooks) {
  const auto wall = std::chrono::steady_clock::now();
  CITYBRAIN_ASSIGN(variants, variants_of(request, home_directory, laws, options.lenient));
  const std::size_t windows = variants.size() / laws.size();
  CITYBRAIN_ASSIGN(cells, cells_of(variants, windows, options));
  CITYBRAIN_TRY(open_comparison(options));
  CITYBRAIN_TRY(run_cells(cells, catalog, options, hooks));
  auto report = Gathering(variants, windows, cells, catalog, options).run();
  report.laws.wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(write_file(options.out / "compare.json", compare_laws_json(report)));
  return report;
}

}  // namespace citybrain::experiment
