// What a comparison of laws says: compare.json and the terminal's table.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "scenarios/experiment/compare_laws.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace bj = boost::json;

namespace {

double rounded(double v) {
  return static_cast<double>(static_cast<std::int64_t>(v * 1000 + (v < 0 ? -0.5 : 0.5))) / 1000;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

bj::object difference(const PairedDifference& d) {
  return {{"law", d.mode},
          {"baseline", d.baseline},
          {"outcome", d.outcome},
          {"baseline_mean", rounded(d.baseline_mean)},
          {"mean", rounded(d.mean)},
          {"difference", rounded(d.difference)},
          {"low95", rounded(d.low95)},
          {"high95", rounded(d.high95)},
          {"relative", rounded(d.relative)},
          {"pairs", d.pairs}};
}

std::string interval(const PairedDifference& d, Language language) {
  return d.pairs > 1 ? fmt::format("[{:+.2f}, {:+.2f}]", d.low95, d.high95)
                     : word("no_interval", language);
}

void add_outcome(const CompareReport& r, const char* outcome, Language language, std::string& out) {
  if (!r.modes.front().outcomes.contains(outcome)) return;
  out += fmt::format("\n  {}\n", word(outcome, language));
  for (const auto& d : r.differences)
    if (d.outcome == outcome)
      out += fmt::format("  {:18}{:>10.2f}  {:>+9.2f}  {:>20}\n", d.mode, d.mean, d.difference,
                         interval(d, language));
}

}  // namespace

std::string compare_laws_json(const CompareLawsReport& r) {
  bj::array laws, differences, windows;
  for (const auto& m : r.laws.modes) {
    bj::object values;
    for (const auto& [k, v] : m.outcomes) {
      bj::array list;
      for (const double x : v) list.emplace_back(rounded(x));
      values[k] = std::move(list);
    }
    bj::array seeds, hashes;
    for (const auto s : m.seeds) seeds.emplace_back(s);
    for (const auto& h : m.outcome_hashes) hashes.emplace_back(h);
    laws.push_back(bj::object{
        {"law", m.mode}, {"seeds", seeds}, {"outcomes", values}, {"outcome_hashes", hashes}});
  }
  for (const auto& d : r.laws.differences) differences.push_back(difference(d));
  for (const auto& w : r.windows) {
    auto o = difference(w.hours);
    o["window"] = w.window;
    o["start"] = w.start;
    o["waiting"] = rounded(w.waiting);
    windows.push_back(std::move(o));
  }
  bj::array warnings;
  for (const auto& w : r.laws.warnings) warnings.emplace_back(w);
  return bj::serialize(bj::object{{"report", "citybrain.compare-laws"},
                                  {"report_version", 1},
                                  {"version", r.laws.version},
                                  {"scenario", r.laws.scenario},
                                  {"config_hash", r.laws.config_hash},
                                  {"horizon_s", r.laws.horizon_s},
                                  {"wall_s", rounded(r.laws.wall_s)},
                                  {"cpu_s", rounded(r.laws.cpu_s)},
                                  {"laws", laws},
                                  {"differences", differences},
                                  {"windows", windows},
                                  {"warnings", warnings}}) +
         "\n";
}

std::string compare_laws_table(const CompareLawsReport& r, Language language, int width,
                               bool colour) {
  std::string out = colour ? "\x1b[1m" + r.laws.title + "\x1b[0m\n" : r.laws.title + "\n";
  for (int i = 0; i < std::clamp(width, 40, 78); ++i) out += "─";
  out += "\n";
  for (const auto& m : r.laws.modes)
    out += fmt::format("  {:18}{} {:.1f}   {} {:.1f}\n", m.mode, word("vehicle_hours", language),
                       mean_of(m.outcomes.at("vehicle_hours")), word("waiting_days", language),
                       mean_of(m.outcomes.at("waiting_days")));
  for (const char* outcome : {"vehicle_hours", "emergency_response_s", "vehicle_hours_per_day"})
    add_outcome(r.laws, outcome, language, out);
  out += fmt::format("\n  {}: {}\n", word("windows", language), word("vehicle_hours", language));
  for (const auto& w : r.windows)
    out += fmt::format("  {:16} {}  {:16} {:>4.0f}%  {:>+8.2f}  {:>20}\n", w.window,
                       w.start.substr(0, 16), w.hours.mode, w.waiting * 100, w.hours.difference,
                       interval(w.hours, language));
  out += fmt::format("  {} {}   {} {:.1f} s   {} {:.1f} s\n", r.laws.modes.front().seeds.size(),
                     word("pairs", language), word("cpu", language), r.laws.cpu_s,
                     word("wall", language), r.laws.wall_s);
  for (const auto& w : r.laws.warnings)
    out += fmt::format("  {}: {}\n", word("warnings", language), w);
  return out;
}

}  // namespace citybrain::experiment
