// The offline page: one file, no script needed, plots as inline SVG.
#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "scenarios/experiment/report.h"
#include "scenarios/experiment/svg.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace mustache = kainjow::mustache;

namespace {

constexpr const char* kPage = R"html(<!doctype html>
<html lang="{{lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} · citybrain</title>
<style>
:root{--ink:#1d2b33;--soft:#5c6f7a;--line:#dde4e8;--card:#fff;--back:#f3f6f7;--accent:#0b6e99}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}h1{font-size:26px;margin:0 0 2px}h2{font-size:17px;margin:0 0 12px}
.sub{color:var(--soft);margin:0 0 22px;overflow-wrap:anywhere}.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:18px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin-bottom:18px;overflow-x:auto}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin-bottom:18px}
.figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}.figure b{display:block;font-size:22px;white-space:nowrap;color:var(--accent);font-variant-numeric:tabular-nums}
.figure span{color:var(--soft);font-size:13px}table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--soft);font-weight:600}th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}
svg{width:100%;height:auto;display:block}svg .grid{stroke:#e3e9ec}svg .tick{font-size:11px;fill:#5c6f7a}svg .label{font-size:14px;fill:#1d2b33}svg .signal{fill:#1d2b33;stroke:#fff}
code{font-size:13px;overflow-wrap:anywhere}.warn{border-left:4px solid #c8553d}
</style></head><body><main>
<h1>{{title}}</h1><p class="sub">{{subtitle}}</p>
<div class="figures">{{#figures}}<div class="figure"><b>{{value}}</b><span>{{name}}</span></div>{{/figures}}</div>
{{#notes}}<div class="card warn">{{text}}</div>{{/notes}}
<div class="grid2">{{#plots}}<section class="card"><h2>{{heading}}</h2>{{{svg}}}</section>{{/plots}}</div>
{{#tables}}<section class="card"><h2>{{heading}}</h2><table><tr>{{#head}}<th{{#n}} class="n"{{/n}}>{{text}}</th>{{/head}}</tr>
{{#rows}}<tr>{{#cells}}<td{{#n}} class="n"{{/n}}>{{text}}</td>{{/cells}}</tr>{{/rows}}</table></section>{{/tables}}
<p class="sub">{{footer}}</p></main></body></html>
)html";

class Page {
 public:
  Page(std::string title, std::string subtitle, Language language) {
    data_.set("lang", language == Language::kChinese ? "zh-CN" : "en");
    data_.set("title", std::move(title));
    data_.set("subtitle", std::move(subtitle));
  }
  void figure(const std::string& name, const std::string& value) {
    mustache::data d;
    d.set("name", name);
    d.set("value", value);
    figures_.push_back(d);
  }
  void note(const std::string& text) {
    mustache::data d;
    d.set("text", text);
    notes_.push_back(d);
  }
  void plot(const std::string& heading, const std::string& svg) {
    mustache::data d;
    d.set("heading", heading);
    d.set("svg", svg);
    plots_.push_back(d);
  }
  /// Columns from `numbers_from` on are numbers.
  void table(const std::string& heading, const std::vector<std::string>& head,
             const std::vector<std::vector<std::string>>& rows, std::size_t numbers_from) {
    if (rows.empty()) return;
    mustache::data d, lines{mustache::data::type::list};
    d.set("heading", heading);
    d.set("head", cells(head, numbers_from));
    for (const auto& r : rows) {
      mustache::data line;
      line.set("cells", cells(r, numbers_from));
      lines.push_back(line);
    }
    d.set("rows", lines);
    tables_.push_back(d);
  }
  std::string render(const std::string& footer) {
    data_.set("figures", figures_);
    data_.set("notes", notes_);
    data_.set("plots", plots_);
    data_.set("tables", tables_);
    data_.set("footer", footer);
    mustache::mustache page(kPage);
    return page.render(data_);
  }

 private:
  static mustache::data cells(const std::vector<std::string>& texts, std::size_t numbers_from) {
    mustache::data list{mustache::data::type::list};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      mustache::data d;
      d.set("text", texts[i]);
      if (i >= numbers_from) d.set("n", mustache::data::type::bool_true);
      list.push_back(d);
    }
    return list;
  }
  mustache::data data_;
  mustache::data figures_{mustache::data::type::list}, notes_{mustache::data::type::list},
      plots_{mustache::data::type::list}, tables_{mustache::data::type::list};
};

std::string policies_text(const std::map<std::string, std::string>& policies) {
  std::string out;
  for (const auto& [desk, policy] : policies)
    out += (out.empty() ? "" : ", ") + (desk + ": " + policy);
  return out;
}

void add_plots(Page& page, const RunReport& r, const model::RoadNetwork& network, Language l) {
  const auto& s = r.evaluation.series;
  page.plot(word("over_time", l), line_chart(s.at_s,
                                             {{word("running", l), s.running},
                                              {word("queued", l), s.queued},
                                              {word("waiting", l), s.waiting_outside}},
                                             word("time", l)));
  page.plot(word("speed", l),
            line_chart(s.at_s, {{word("speed", l), s.mean_speed_mps}}, word("time", l)));
  std::vector<double> delay;
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < r.evaluation.roads.size(); ++i) {
    const auto& road = r.evaluation.roads[i];
    delay.push_back(road.delay_s_per_vehicle);
    titles.push_back(fmt::format("{}: {:.0f} s, {:.1f} m/s, {:.1f}", network.roads[i].name,
                                 road.delay_s_per_vehicle, road.mean_speed_mps, road.mean_queued));
  }
  auto sorted = delay;
  std::sort(sorted.begin(), sorted.end());
  const double top = sorted.empty() ? 1 : std::max(10.0, sorted[sorted.size() * 95 / 100]);
  page.plot(word("map", l), road_map(network, delay, titles, top, word("delay", l)));
  std::vector<Line> errors;
  for (const auto& [view, values] : s.queue_rmse) errors.push_back({view, values});
  if (!errors.empty())
    page.plot(word("queue_error", l), line_chart(s.at_s, errors, word("time", l)));
}

void add_tables(Page& page, const RunReport& r, Language l) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& d : r.decisions)
    rows.push_back({fmt::format("{:.0f}", d.at_s), d.junction, d.desk, d.policy,
                    fmt::format("{}", d.phase + 1), reason_sentence(d, l)});
  page.table(word("decisions", l),
             {word("time", l), word("junction", l), word("desk", l), word("policy", l),
              word("phase", l), word("reason", l)},
             rows, 99);
  rows.clear();
  for (const auto& s : r.evaluation.estimation)
    rows.push_back({s.view, word(s.quantity, l), fmt::format("{:.2f}", s.rmse),
                    fmt::format("{:.1f}%", s.mape * 100), fmt::format("{:+.2f}", s.bias),
                    fmt::format("{:.1f}%", s.coverage95 * 100)});
  page.table(word("estimation", l),
             {word("view", l), word("quantity", l), word("rmse", l), word("mape", l),
              word("bias", l), word("coverage95", l)},
             rows, 2);
  rows.clear();
  for (const auto& d : r.datasets)
    rows.push_back({d.dataset, fmt::format("{}", d.records), fmt::format("{}", d.observations),
                    fmt::format("{}", d.admitted), fmt::format("{}", d.duplicates),
                    fmt::format("{}", d.late), fmt::format("{}", d.quarantined)});
  page.table(word("hub", l),
             {word("dataset", l), word("records_in", l), word("observations_in", l),
              word("admitted", l), word("duplicates", l), word("late", l), word("quarantined", l)},
             rows, 1);
}

/// Freshness, completeness, validity and repeats (鲜活、完整、有效、重复).
void add_quality(Page& page, const RunReport& r, Language l) {
  const auto seconds = [](double v) { return v < 0 ? std::string("-") : fmt::format("{:.1f}", v); };
  const auto share = [](double v) {
    return v < 0 ? std::string("-") : fmt::format("{:.2f}%", v * 100);
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& d : r.datasets) {
    const auto& q = d.quality;
    rows.push_back({d.dataset, seconds(q.freshness_mean_s), seconds(q.freshness_worst_s),
                    seconds(q.freshness_promised_s), share(q.completeness), share(q.validity),
                    share(q.duplicate_rate), share(q.late_rate)});
  }
  page.table(word("data_quality", l),
             {word("dataset", l), word("freshness", l), word("freshness_worst", l),
              word("freshness_promised", l), word("completeness", l), word("validity", l),
              word("duplicate_rate", l), word("late_rate", l)},
             rows, 1);
}

void add_emergencies(Page& page, const evaluator::Emergencies& e, Language l) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const char* key, const evaluator::Spread& s, std::uint64_t of) {
    if (of == 0) return;
    const auto show = [&](double v) { return s.n > 0 ? fmt::format("{:.0f}", v) : "-"; };
    rows.push_back(
        {word(key, l), show(s.mean), show(s.p50), show(s.p90), fmt::format("{} / {}", s.n, of)});
  };
  add("emergency_response_s", e.response_s, e.calls);
  add("emergency_hospital_s", e.hospital_s, e.calls);
  add("police_response_s", e.police_s, e.incidents);
  if (e.preemptions > 0)
    rows.push_back({word("preemptions", l), "", "", "", fmt::format("{}", e.preemptions)});
  page.table(word("emergencies", l),
             {word("quantity", l), word("mode_mean", l), word("median", l), "p90", "n"}, rows, 1);
}

}  // namespace

std::string run_html(const RunReport& r, const model::RoadNetwork& network, Language l) {
  const auto& o = r.evaluation.outcomes;
  Page page(r.title.empty() ? r.scenario : r.title,
            fmt::format("{}: {} ({}) · {} {} · {} {:.0f} s", word("mode", l),
                        mode_name(r.sharing, l), policies_text(r.policies), word("seed", l), r.seed,
                        word("horizon", l), r.horizon_s),
            l);
  if (r.evaluation.truth_present) {
    page.figure(word("average_travel_time_s", l), fmt::format("{:.1f}", o.average_travel_time_s));
    page.figure(word("average_travel_time_paper_s", l),
                fmt::format("{:.1f}", o.average_travel_time_paper_s));
    page.figure(word("vehicles_finished", l),
                fmt::format("{} / {}", o.vehicles_finished, o.vehicles_entered));
    page.figure(word("mean_queue_veh", l), fmt::format("{:.1f}", o.mean_queue_veh));
    if (o.parking.any())
      page.figure(word("parking_search_s", l), fmt::format("{:.1f}", o.parking.search_mean_s));
    if (o.vehicles_rerouted > 0)
      page.figure(word("vehicles_rerouted", l), fmt::format("{}", o.vehicles_rerouted));
    if (o.emergencies.response_s.n > 0)
      page.figure(word("emergency_response_s", l),
                  fmt::format("{:.0f}", o.emergencies.response_s.mean));
    page.figure(word("missed_turns", l), fmt::format("{}", o.missed_turns));
  }
  page.figure(word("observations_in", l), fmt::format("{}", r.hub.observations_in));
  page.figure(word("commands", l), fmt::format("{}", r.hub.commands));
  if (r.perfect_sensors) page.note(word("perfect", l));
  for (const auto& w : r.warnings) page.note(w);
  for (const auto& f : r.evaluation.monitor_faults)
    page.note(std::string(word("monitor", l)) + ": " + f);
  for (const auto& s : evaluator::sentences(r.evaluation.gridlock, l == Language::kChinese))
    page.note(fmt::format("{}: {}", word("gridlock", l), s));
  if (const auto n = r.evaluation.gridlock.standing_at_green_most; n > 0)
    page.note(fmt::format("{}: {}", word("standing_at_green", l), n));
  if (r.evaluation.truth_present) add_plots(page, r, network, l);
  add_emergencies(page, o.emergencies, l);
  add_tables(page, r, l);
  add_quality(page, r, l);
  return page.render(fmt::format("citybrain {} · {} {} · config {} · fsync {} · CPU {:.2f} s",
                                 r.version, word("outcome_hash", l), r.evaluation.outcome_hash,
                                 r.config_hash, r.fsync, r.cpu_s));
}

std::string compare_html(const CompareReport& r, Language l) {
  Page page(r.title.empty() ? r.scenario : r.title,
            fmt::format("{:.0f} s · {} {}", r.horizon_s,
                        r.modes.empty() ? 0 : r.modes.front().seeds.size(), word("pairs", l)),
            l);
  std::vector<Row> dots;
  for (const auto& m : r.modes)
    dots.push_back({mode_name(m.mode, l), m.outcomes.at("average_travel_time_s")});
  for (const auto& d : r.differences)
    if (d.outcome == "average_travel_time_s")
      page.figure(fmt::format("{} {} {}", mode_name(d.mode, l), word("against", l),
                              mode_name(d.baseline, l)),
                  fmt::format("{:+.1f}%", d.relative * 100));
  for (const auto& w : r.warnings) page.note(w);
  page.plot(word("by_seed", l), dot_chart(dots, word("average_travel_time_s", l)));
  std::vector<std::vector<std::string>> rows;
  for (const auto& d : r.differences)
    rows.push_back({fmt::format("{} {} {}", mode_name(d.mode, l), word("against", l),
                                mode_name(d.baseline, l)),
                    word(d.outcome, l), fmt::format("{:.2f}", d.baseline_mean),
                    fmt::format("{:.2f}", d.mean), fmt::format("{:+.2f}", d.difference),
                    d.pairs > 1 ? fmt::format("[{:+.2f}, {:+.2f}]", d.low95, d.high95)
                                : std::string(word("no_interval", l)),
                    fmt::format("{:+.1f}%", d.relative * 100)});
  page.table(word("difference", l),
             {word("mode", l), word("quantity", l), word("baseline_mean", l), word("mode_mean", l),
              word("difference", l), word("interval", l), word("relative", l)},
             rows, 2);
  rows.clear();
  for (const auto& m : r.modes) rows.push_back({mode_name(m.mode, l), policies_text(m.policies)});
  page.table(word("policy", l), {word("mode", l), word("policy", l)}, rows, 99);
  return page.render(
      fmt::format("citybrain {} · config {} · CPU {:.1f} s", r.version, r.config_hash, r.cpu_s));
}

}  // namespace citybrain::experiment
