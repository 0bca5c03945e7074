#include <fmt/format.h>

#include <algorithm>

#include "scenarios/experiment/report.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace {

/// Columns that a text takes on a terminal: two for each of the wide characters of Chinese.
int columns(std::string_view text) {
  int n = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    n += bytes >= 3 ? 2 : 1;
    i += bytes;
  }
  return n;
}

std::string padded(std::string_view text, int width) {
  std::string out(text);
  out.append(static_cast<std::size_t>(std::max(0, width - columns(text))), ' ');
  return out;
}

class Table {
 public:
  Table(Language language, int width, bool colour)
      : language_(language), width_(std::clamp(width, 40, 120)), colour_(colour) {}

  void title(const std::string& text) { out_ += bold(text) + "\n"; }
  void rule() {
    for (int i = 0; i < std::min(width_, 78); ++i) out_ += "─";
    out_ += "\n";
  }
  void row(const char* key, const std::string& value) {
    out_ += "  " + padded(word(key, language_), 46) + value + "\n";
  }
  void strong(const char* key, const std::string& value) {
    out_ += "  " + padded(word(key, language_), 46) + bold(value) + "\n";
  }
  void plain(const std::string& line) { out_ += line + "\n"; }
  std::string bold(const std::string& text) const {
    return colour_ ? "\x1b[1m" + text + "\x1b[0m" : text;
  }
  std::string take() { return std::move(out_); }

 private:
  Language language_;
  int width_;
  bool colour_;
  std::string out_;
};

/// Nothing where nothing locked up.
void gridlock_rows(Table& t, const evaluator::Gridlock& g, Language language) {
  if (g.standing_at_green_most > 0)
    t.row("standing_at_green", fmt::format("{}", g.standing_at_green_most));
  for (const auto& s : evaluator::sentences(g, language == Language::kChinese))
    t.strong("gridlock", s);
}

std::string policies_text(const std::map<std::string, std::string>& policies) {
  std::string out;
  for (const auto& [desk, policy] : policies)
    out += (out.empty() ? "" : ", ") + (desk + ": " + policy);
  return out;
}

std::string spread_text(const evaluator::Spread& s, Language language) {
  return fmt::format("{:.0f}   {} {:.0f}   p90 {:.0f}   n {}", s.mean, word("median", language),
                     s.p50, s.p90, s.n);
}

void add_emergencies(Table& t, const evaluator::Emergencies& e, Language language) {
  if (!e.any()) return;
  if (e.response_s.n > 0) t.strong("emergency_response_s", spread_text(e.response_s, language));
  if (e.hospital_s.n > 0) t.row("emergency_hospital_s", spread_text(e.hospital_s, language));
  t.row("emergency_calls", fmt::format("{} / {}", e.answered, e.calls));
  if (e.incidents > 0)
    t.row("police_response_s", e.police_s.n > 0 ? spread_text(e.police_s, language)
                                                : fmt::format("- / {}", e.incidents));
  if (e.preemptions > 0) t.row("preemptions", fmt::format("{}", e.preemptions));
}

void add_governance(Table& t, const LawReport& l, Language language) {
  const auto& f = l.figures;
  t.row("governance", l.window.empty() ? l.law : fmt::format("{}   {}", l.law, l.window));
  std::string states;
  for (const auto& [state, n] : f.by_state)
    states += fmt::format("{}{} {}", states.empty() ? "" : ", ", word(state.c_str(), language), n);
  t.row("requests", fmt::format("{}   {}", f.requests, states));
  t.strong("working_days_waited", fmt::format("{}", f.working_days_waited));
  t.row("requests_back", fmt::format("{} / {} / {}", f.returned, f.refused, f.escalated));
  if (f.corrections + f.disputes + f.given_back > 0)
    t.row("requests_care", fmt::format("{} / {} / {}", f.corrections, f.disputes, f.given_back));
  if (f.limits_missed > 0) t.row("limits_missed", fmt::format("{}", f.limits_missed));
  if (f.scope_violations_refused + f.steps_refused > 0)
    t.row("scope_violations_refused",
          fmt::format("{} / {}", f.scope_violations_refused, f.steps_refused));
}

/// The comparison in one outcome; nothing when the runs have it not.
void add_differences(Table& t, const CompareReport& r, const char* outcome, Language language) {
  if (std::none_of(r.differences.begin(), r.differences.end(),
                   [&](const auto& d) { return d.outcome == outcome; }) &&
      std::string_view(outcome) != "average_travel_time_s")
    return;
  t.plain("");
  t.plain(fmt::format("  {}{:>10}  {:>20}  {:>8}", padded(word(outcome, language), 34),
                      word("difference", language), word("interval", language),
                      word("relative", language)));
  for (const auto& d : r.differences) {
    if (d.outcome != outcome) continue;
    const std::string name =
        fmt::format("{} {} {}", mode_name(d.mode, language), word("against", language),
                    mode_name(d.baseline, language));
    const std::string interval = d.pairs > 1 ? fmt::format("[{:+.1f}, {:+.1f}]", d.low95, d.high95)
                                             : word("no_interval", language);
    t.plain(fmt::format("  {}{}  {:>20}  {:>7.1f}%", padded(name, 34),
                        t.bold(fmt::format("{:>10.1f}", d.difference)), interval,
                        d.relative * 100));
  }
}

}  // namespace

std::string run_table(const RunReport& r, Language language, int width, bool colour) {
  Table t(language, width, colour);
  const auto& o = r.evaluation.outcomes;
  t.title(r.title.empty() ? r.scenario : r.title);
  t.rule();
  t.row("mode", fmt::format("{}  ({})", mode_name(r.sharing, language), policies_text(r.policies)));
  t.row("seed", fmt::format("{}   {} {:.0f} s", r.seed, word("horizon", language), r.horizon_s));
  if (r.evaluation.truth_present) {
    t.strong("average_travel_time_s", fmt::format("{:.1f}", o.average_travel_time_s));
    t.row("average_travel_time_paper_s", fmt::format("{:.1f}", o.average_travel_time_paper_s));
    t.row("vehicles_finished", fmt::format("{} / {}", o.vehicles_finished, o.vehicles_entered));
    t.row("vehicles_waiting_outside", fmt::format("{}", o.vehicles_waiting_outside));
    t.row("mean_queue_veh", fmt::format("{:.1f}", o.mean_queue_veh));
    t.row("mean_speed_mps", fmt::format("{:.2f}", o.mean_speed_mps));
    if (o.parking.any())
      t.row("parking_search_s",
            fmt::format("{:.1f}   p90 {:.0f}   n {}   {} {}   {} {:.1f}%", o.parking.search_mean_s,
                        o.parking.search_p90_s, o.parking.parked, word("parking_gave_up", language),
                        o.parking.gave_up, word("searching_share", language),
                        o.parking.searching_share * 100));
    if (o.vehicles_rerouted > 0) t.row("vehicles_rerouted", fmt::format("{}", o.vehicles_rerouted));
    add_emergencies(t, o.emergencies, language);
    t.row("missed_turns", fmt::format("{}", o.missed_turns));
    gridlock_rows(t, r.evaluation.gridlock, language);
  }
  for (const auto& s : r.evaluation.estimation)
    if (s.quantity == "queue_veh")
      t.row("queue_error", fmt::format("{:.2f}  ({})", s.rmse, s.view));
  if (r.law) add_governance(t, *r.law, language);
  const auto& h = r.hub;
  t.row("observations_in",
        fmt::format("{}  ({:.0f} {})", h.observations_in,
                    static_cast<double>(h.observations_in) / std::max(1.0, r.horizon_s),
                    word("per_second", language)));
  t.row("records_in",
        fmt::format("{}   {} {}, {} {}, {} {}", h.records_in, word("duplicates", language),
                    h.duplicates, word("quarantined", language), h.quarantined,
                    word("late", language), h.late));
  t.row("commands", fmt::format("{}   {} {}", h.commands, word("commands_refused", language),
                                h.commands_refused));
  if (!r.evaluation.monitor_faults.empty())
    t.strong("monitor", fmt::format("{}: {}", r.evaluation.monitor_faults.size(),
                                    r.evaluation.monitor_faults.front()));
  t.row("outcome_hash", r.evaluation.outcome_hash);
  t.row("cpu", fmt::format("{:.2f} s   {} {:.2f} s   fsync {}", r.cpu_s, word("wall", language),
                           r.wall_s, r.fsync));
  if (r.perfect_sensors) t.plain(fmt::format("  {}", word("perfect", language)));
  for (const auto& w : r.warnings) t.plain(fmt::format("  {}: {}", word("warnings", language), w));
  return t.take();
}

std::string compare_table(const CompareReport& r, Language language, int width, bool colour) {
  Table t(language, width, colour);
  t.title(r.title.empty() ? r.scenario : r.title);
  t.rule();
  for (const auto& m : r.modes) {
    const auto& values = m.outcomes.at("average_travel_time_s");
    double mean = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    t.plain(fmt::format("  {}{:>9.1f}   {}", padded(mode_name(m.mode, language), 18), mean,
                        policies_text(m.policies)));
  }
  add_differences(t, r, "average_travel_time_s", language);
  add_differences(t, r, "emergency_response_s", language);
  if (!r.differences.empty())
    t.plain(fmt::format("  {} {}", r.differences.front().pairs, word("pairs", language)));
  t.plain(fmt::format("  {} {:.1f} s   {} {:.1f} s", word("cpu", language), r.cpu_s,
                      word("wall", language), r.wall_s));
  for (const auto& w : r.warnings) t.plain(fmt::format("  {}: {}", word("warnings", language), w));
  return t.take();
}

}  // namespace citybrain::experiment
