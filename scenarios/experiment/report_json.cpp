#include <fmt/format.h>

#include <boost/json.hpp>

#include "scenarios/experiment/report.h"
#include "scenarios/experiment/report_gridlock.h"

namespace citybrain::experiment {

namespace bj = boost::json;

namespace {

/// Values are rounded to what they mean, so that a reader is not told of 1e-13 of a second.
double rounded(double v) {
  return static_cast<double>(static_cast<std::int64_t>(v * 1000 + (v < 0 ? -0.5 : 0.5))) / 1000;
}

void print(std::string& out, const bj::value& v, int depth);

void indent(std::string& out, int depth) { out.append(static_cast<std::size_t>(depth) * 2, ' '); }

void print_object(std::string& out, const bj::object& o, int depth) {
  out += "{\n";
  std::size_t n = 0;
  for (const auto& [k, e] : o) {
    indent(out, depth + 1);
    out += bj::serialize(bj::string(k)) + ": ";
    print(out, e, depth + 1);
    out += ++n < o.size() ? ",\n" : "\n";
  }
  indent(out, depth);
  out += "}";
}

void print_array(std::string& out, const bj::array& a, int depth) {
  const bool flat = a.empty() || !(a.front().is_object() || a.front().is_array());
  out += flat ? "[" : "[\n";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!flat) indent(out, depth + 1);
    print(out, a[i], depth + 1);
    if (i + 1 < a.size()) out += flat ? ", " : ",";
    if (!flat) out += "\n";
  }
  if (!flat) indent(out, depth);
  out += "]";
}

void print(std::string& out, const bj::value& v, int depth) {
  if (v.is_object()) return print_object(out, v.as_object(), depth);
  if (v.is_array()) return print_array(out, v.as_array(), depth);
  if (v.is_double()) {
    fmt::format_to(std::back_inserter(out), "{}", v.as_double());
    return;
  }
  out += bj::serialize(v);
}

bj::object spread(const evaluator::Spread& s) {
  if (s.n == 0) return {{"mean", nullptr}, {"p50", nullptr}, {"p90", nullptr}, {"n", 0}};
  return {{"mean", rounded(s.mean)}, {"p50", rounded(s.p50)}, {"p90", rounded(s.p90)}, {"n", s.n}};
}

evaluator::Spread parse_spread(const bj::object& outcomes, const char* key) {
  evaluator::Spread s;
  const auto* found = outcomes.if_contains(key);
  if (found == nullptr) return s;
  const auto& o = found->as_object();
  s.n = o.at("n").to_number<std::uint64_t>();
  if (s.n == 0) return s;
  s.mean = o.at("mean").to_number<double>();
  s.p50 = o.at("p50").to_number<double>();
  s.p90 = o.at("p90").to_number<double>();
  return s;
}

std::uint64_t parse_count(const bj::object& outcomes, const char* key) {
  const auto* found = outcomes.if_contains(key);
  return found == nullptr ? 0 : found->to_number<std::uint64_t>();
}

/// The inverse of gridlock_json. Throws as Boost.JSON does.
evaluator::Gridlock gridlock_of(const bj::object& o) {
  evaluator::Gridlock g;
  g.standing_at_green_most = o.at("standing_at_green_most").to_number<std::uint32_t>();
  g.vehicles_at_end = o.at("vehicles_at_end").to_number<std::uint32_t>();
  const auto names = [](const bj::value& list) {
    std::vector<std::string> out;
    for (const auto& n : list.as_array()) out.emplace_back(n.as_string());
    return out;
  };
  for (const auto& v : o.at("list").as_array())
    g.jams.push_back({v.at("began_s").to_number<double>(), v.at("seen_until_s").to_number<double>(),
                      v.at("dissolved").as_bool(), v.at("vehicles").to_number<std::uint32_t>(),
                      v.at("behind").to_number<std::uint32_t>(), names(v.at("roads")),
                      names(v.at("junctions"))});
  return g;
}

template <class List>
bj::array strings(const List& list) {
  bj::array out;
  for (const auto& s : list) out.emplace_back(s);
  return out;
}

bj::object outcomes(const evaluator::Evaluation& e) {
  const auto& o = e.outcomes;
  bj::object out{{"average_travel_time_s", rounded(o.average_travel_time_s)},
                 {"average_travel_time_paper_s", rounded(o.average_travel_time_paper_s)},
                 {"vehicles_entered", o.vehicles_entered},
                 {"vehicles_finished", o.vehicles_finished},
                 {"vehicles_running", o.vehicles_running},
                 {"vehicles_waiting_outside", o.vehicles_waiting_outside},
                 {"mean_queue_veh", rounded(o.mean_queue_veh)},
                 {"mean_speed_mps", rounded(o.mean_speed_mps)},
                 {"missed_turns", o.missed_turns},
                 {"gridlock", gridlock_json(e.gridlock)},
                 {"parking_search_s", bj::object{{"mean", rounded(o.parking.search_mean_s)},
                                                 {"p90", rounded(o.parking.search_p90_s)},
                                                 {"n", o.parking.parked}}},
                 {"parking_gave_up", o.parking.gave_up},
                 {"searching_share", rounded(o.parking.searching_share)},
                 {"vehicles_rerouted", o.vehicles_rerouted},
                 {"emergency_response_s", spread(o.emergencies.response_s)}};
  const auto& m = o.emergencies;
  if (m.any()) {
    out["emergency_calls"] = m.calls;
    out["emergency_hospital_s"] = spread(m.hospital_s);
    out["incidents"] = m.incidents;
    out["police_response_s"] = spread(m.police_s);
    out["preemptions"] = m.preemptions;
  }
  return out;
}

bj::object estimation(const evaluator::Evaluation& e) {
  bj::object views;
  for (const auto& s : e.estimation) {
    auto& view = views[s.view];
    if (!view.is_object()) view = bj::object{};
    view.as_object()[s.quantity] = bj::object{{"rmse", rounded(s.rmse)},
                                              {"mape", rounded(s.mape)},
                                              {"bias", rounded(s.bias)},
                                              {"coverage95", rounded(s.coverage95)},
                                              {"samples", s.samples}};
  }
  return views;
}

bj::object hub(const HubCounters& h) {
  return {{"records_in", h.records_in}, {"observations_in", h.observations_in},
          {"admitted", h.admitted},     {"quarantined", h.quarantined},
          {"duplicates", h.duplicates}, {"late", h.late},
          {"commands", h.commands},     {"commands_refused", h.commands_refused},
          {"api_calls", h.api_calls},   {"indicators", h.indicators}};
}

/// Null where it cannot be said.
bj::value known(double v) { return v < 0 ? bj::value() : bj::value(rounded(v)); }

bj::object dataset(const DatasetCounters& d) {
  const auto& q = d.quality;
  return {{"records", d.records},
          {"observations", d.observations},
          {"admitted", d.admitted},
          {"quarantined", d.quarantined},
          {"duplicates", d.duplicates},
          {"late", d.late},
          {"freshness_s", bj::object{{"mean", known(q.freshness_mean_s)},
                                     {"worst", known(q.freshness_worst_s)},
                                     {"promised", rounded(q.freshness_promised_s)},
                                     {"share_kept", known(q.fresh_share)}}},
          {"completeness", known(q.completeness)},
          {"validity", known(q.validity)},
          {"duplicate_rate", known(q.duplicate_rate)},
          {"late_rate", known(q.late_rate)}};
}

bj::object governance(const LawReport& l) {
  const auto& f = l.figures;
  bj::object states;
  for (const auto& [state, n] : f.by_state) states[state] = n;
  bj::array requests;
  for (const auto& r : l.requests)
    requests.push_back(bj::object{{"id", r.id},
                                  {"requester", r.requester},
                                  {"dataset", r.dataset},
                                  {"purpose", r.purpose},
                                  {"state", r.state},
                                  {"working_days_waited", r.working_days_waited}});
  return {{"law", l.law},
          {"calendar", l.calendar},
          {"window", l.window},
          {"requests", f.requests},
          {"by_state", states},
          {"working_days_waited", f.working_days_waited},
          {"returned", f.returned},
          {"refused", f.refused},
          {"negotiated", f.negotiated},
          {"escalated", f.escalated},
          {"expired", f.expired},
          {"revoked", f.revoked},
          {"given_back", f.given_back},
          {"corrections", f.corrections},
          {"corrections_late", f.corrections_late},
          {"disputes", f.disputes},
          {"limits_missed", f.limits_missed},
          {"scope_violations_refused", f.scope_violations_refused},
          {"steps_refused", f.steps_refused},
          {"list", requests}};
}

/// Those that vehicles came to.
bj::object junctions(const evaluator::Evaluation& e) {
  bj::object out;
  for (const auto& t : e.junctions)
    if (t.vehicles > 0)
      out[t.name] = bj::object{{"passages", t.passages},
                               {"mean_passage_s", rounded(t.mean_passage_s)},
                               {"vehicles", t.vehicles},
                               {"mean_approach_s", rounded(t.mean_approach_s)}};
  return out;
}

bj::array departures(const evaluator::Evaluation& e) {
  bj::array out;
  for (std::size_t i = 0; i < e.departures.size(); ++i)
    out.push_back(
        bj::object{{"from_s", static_cast<double>(i) * evaluator::DepartureTotals::kPeriod_s},
                   {"vehicles", e.departures[i].vehicles},
                   {"mean_travel_s", rounded(e.departures[i].mean_travel_s)}});
  return out;
}

}  // namespace

bj::object gridlock_json(const evaluator::Gridlock& g) {
  bj::array list;
  for (const auto& j : g.jams)
    list.push_back(bj::object{{"began_s", j.began_s},
                              {"seen_until_s", j.seen_until_s},
                              {"dissolved", j.dissolved},
                              {"vehicles", j.vehicles},
                              {"behind", j.behind},
                              {"roads", strings(j.roads)},
                              {"junctions", strings(j.junctions)}});
  return {{"jams", g.jams.size()},
          {"dissolved", g.dissolved()},
          {"vehicles_at_end", g.vehicles_at_end},
          {"standing_at_green_most", g.standing_at_green_most},
          {"list", list}};
}

std::string run_json(const RunReport& r) {
  bj::object policies, datasets;
  for (const auto& [desk, policy] : r.policies) policies[desk] = policy;
  for (const auto& d : r.datasets) datasets[d.dataset] = dataset(d);
  bj::object o{
      {"report", "citybrain.run"},
      {"report_version", 1},
      {"version", r.version},
      {"scenario", r.scenario},
      {"config_hash", r.config_hash},
      {"seed", r.seed},
      {"sharing", r.sharing},
      {"policies", policies},
      {"network", r.network},
      {"fsync", r.fsync},
      {"perfect_sensors", r.perfect_sensors},
      {"horizon_s", r.horizon_s},
      {"outcome_hash", r.evaluation.outcome_hash},
      {"truth", r.evaluation.truth_present ? "present" : "absent"},
      {"wall_s", rounded(r.wall_s)},
      {"cpu_s", rounded(r.cpu_s)},
      {"outcomes", outcomes(r.evaluation)},
      {"departures", departures(r.evaluation)},
      {"junctions", junctions(r.evaluation)},
      {"estimation", estimation(r.evaluation)},
      {"hub", hub(r.hub)},
      {"datasets", datasets},
      {"latency_ms",
       bj::object{{"record_to_command", bj::object{{"p50", rounded(r.record_to_command_p50_ms)},
                                                   {"p99", rounded(r.record_to_command_p99_ms)}}}}},
      {"monitor_faults", strings(r.evaluation.monitor_faults)},
      {"warnings", strings(r.warnings)}};
  if (r.law) o["governance"] = governance(*r.law);
  std::string out;
  print(out, o, 0);
  return out + "\n";
}

model::Result<RunReport> parse_run_json(std::string_view text, std::string_view name) {
  boost::system::error_code error;
  const bj::value v = bj::parse(bj::string_view(text.data(), text.size()), error);
  const model::Error bad{"CB-INPUT-REPORT", "is no report.json of citybrain, version 1",
                         std::string(name), ""};
  if (error || !v.is_object()) return bad;
  try {
    const auto& o = v.as_object();
    if (o.at("report").as_string() != "citybrain.run" ||
        o.at("report_version").to_number<int>() != 1)
      return bad;
    RunReport r;
    r.scenario = o.at("scenario").as_string();
    r.config_hash = o.at("config_hash").as_string();
    r.version = o.at("version").as_string();
    r.seed = o.at("seed").to_number<std::uint64_t>();
    r.sharing = o.at("sharing").as_string();
    r.horizon_s = o.at("horizon_s").to_number<double>();
    r.cpu_s = o.at("cpu_s").to_number<double>();
    r.evaluation.outcome_hash = o.at("outcome_hash").as_string();
    for (const auto& [desk, policy] : o.at("policies").as_object())
      r.policies[desk] = policy.as_string();
    const auto& out = o.at("outcomes").as_object();
    auto& e = r.evaluation.outcomes;
    e.average_travel_time_s = out.at("average_travel_time_s").to_number<double>();
    e.average_travel_time_paper_s = out.at("average_travel_time_paper_s").to_number<double>();
    e.vehicles_entered = out.at("vehicles_entered").to_number<std::uint64_t>();
    e.vehicles_finished = out.at("vehicles_finished").to_number<std::uint64_t>();
    e.emergencies.response_s = parse_spread(out, "emergency_response_s");
    e.emergencies.answered = e.emergencies.response_s.n;
    e.emergencies.hospital_s = parse_spread(out, "emergency_hospital_s");
    e.emergencies.police_s = parse_spread(out, "police_response_s");
    e.emergencies.calls = parse_count(out, "emergency_calls");
    e.emergencies.incidents = parse_count(out, "incidents");
    e.emergencies.preemptions = parse_count(out, "preemptions");
    e.mean_queue_veh = out.at("mean_queue_veh").to_number<double>();
    e.mean_speed_mps = out.at("mean_speed_mps").to_number<double>();
    e.missed_turns = out.at("missed_turns").to_number<std::uint64_t>();
    r.evaluation.gridlock = gridlock_of(out.at("gridlock").as_object());
    return r;
  } catch (const std::exception&) {  // Boost.JSON throws for a missing key or another kind of value
    return bad;
  }
}

std::string compare_json(const CompareReport& r) {
  bj::array modes, differences;
  for (const auto& m : r.modes) {
    bj::object policies, values;
    for (const auto& [desk, policy] : m.policies) policies[desk] = policy;
    for (const auto& [k, v] : m.outcomes) {
      bj::array list;
      for (const double x : v) list.emplace_back(rounded(x));
      values[k] = std::move(list);
    }
    bj::array seeds;
    for (const auto s : m.seeds) seeds.emplace_back(s);
    modes.push_back(bj::object{{"mode", m.mode},
                               {"policies", policies},
                               {"seeds", seeds},
                               {"outcomes", values},
                               {"outcome_hashes", strings(m.outcome_hashes)}});
  }
  for (const auto& d : r.differences)
    differences.push_back(bj::object{{"mode", d.mode},
                                     {"baseline", d.baseline},
                                     {"outcome", d.outcome},
                                     {"baseline_mean", rounded(d.baseline_mean)},
                                     {"mean", rounded(d.mean)},
                                     {"difference", rounded(d.difference)},
                                     {"low95", rounded(d.low95)},
                                     {"high95", rounded(d.high95)},
                                     {"relative", rounded(d.relative)},
                                     {"pairs", d.pairs}});
  bj::object o{{"report", "citybrain.compare"},
               {"report_version", 1},
               {"version", r.version},
               {"scenario", r.scenario},
               {"config_hash", r.config_hash},
               {"horizon_s", r.horizon_s},
               {"wall_s", rounded(r.wall_s)},
               {"cpu_s", rounded(r.cpu_s)},
               {"modes", modes},
               {"differences", differences},
               {"warnings", strings(r.warnings)}};
  std::string out;
  print(out, o, 0);
  return out + "\n";
}

}  // namespace citybrain::experiment
