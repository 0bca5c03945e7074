// Grants that open and close flows in a running scenario: from the Step on at which they start,
// also after a crash, also with several hubs; and what is said of requests that may not be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "citybrain/v1/records.pb.h"
#include "hub/catalog/audit.h"
#include "hub/catalog/request_log.h"
#include "hub/network/framing.h"
#include "scenarios/experiment/audit_entries.h"
#include "scenarios/experiment/compare_laws.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/law_plan.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/setup.h"
#include "scenarios/experiment/together.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

using catalog::Act;
using ::testing::HasSubstr;

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;
using Settings = std::vector<std::pair<std::string, std::string>>;

std::string library_text() {
  std::ifstream in(kHome / "scenarios/library/sharing-law/scenario.yaml");
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  for (; at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Everything is open to whoever asks; it is asked for two minutes into the run.
const Settings kOpen = {{"law.preset", "unconditional"}, {"start", "2026-03-02T08:58:00+08:00"}};
constexpr double kAsked_s = 120;

class SharingLaw : public ::testing::Test {
 protected:
  void use(const std::string& text, Settings settings = {}) {
    std::ofstream(folder.path() / "scenario.yaml") << text;
    ScenarioRequest r;
    r.name_or_path = folder.path() / "scenario.yaml";
    r.settings = std::move(settings);
    scenario = load_scenario(r, kHome).value();
    world = build_world(scenario, false).value();
  }
  RunOptions options(const std::string& name, std::uint32_t horizon_s) const {
    RunOptions o;
    o.out = folder.path() / name;
    o.horizon_s = horizon_s;
    return settle(scenario, o).value();
  }
  RunReport go(const std::string& name, std::uint32_t horizon_s) const {
    return run(scenario, world, catalog, options(name, horizon_s), {}).value();
  }
  /// Effective times of the commands of a run, seconds since the start, by desk.
  std::map<std::uint32_t, std::vector<double>> commands(const std::string& name) const {
    std::map<std::uint32_t, std::vector<double>> out;
    const auto log = open_past_log(folder.path() / name, {}).value();
    for (std::uint32_t d = 0; d < world.network->districts.size(); ++d) {
      const auto cursor = log->cursor(schemas::topic::kCommands, d, 0).value();
      for (;;) {
        const auto records = cursor->poll(1000).value();
        if (records.empty()) break;
        for (const auto& r : records) {
          v1::SignalCommand c;
          const auto framed = network::unframe(r.value);
          EXPECT_TRUE(
              c.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())));
          out[c.desk()].push_back(
              model::Epoch{scenario.start}.seconds(model::EventTime{c.effective_ms()}));
        }
      }
    }
    return out;
  }

  test::TemporaryFolder folder;
  Scenario scenario;
  World world;
  catalog::Catalog catalog = *catalog::Catalog::load(kHome / "schemas/contracts");
};

TEST_F(SharingLaw, GrantsOpenAndCloseFlowsInARunningScenario) {
  auto settings = kOpen;
  settings.emplace_back("law.requests.2.later",
                        "[{at: \"2026-03-02T09:01:30+08:00\", act: revoke, reason: misuse}]");
  use(library_text(), settings);
  const auto report = go("run", 300);
  auto by_desk = commands("run");
  by_desk.erase(catalog::kNobody);  // the safety filter's own
  ASSERT_TRUE(by_desk.contains(0));
  ASSERT_EQ(by_desk.size(), 3U) << "the brain decided in both districts";
  for (std::uint32_t desk : {1U, 2U})
    for (const double s : by_desk.at(desk)) {
      EXPECT_GE(s, kAsked_s + 1);
      EXPECT_LE(s, 210 + 6) << "what began before, yellow and all red, is finished";
    }
  EXPECT_LT(by_desk.at(0).front(), kAsked_s);
  EXPECT_GT(by_desk.at(0).back(), 210);
  for (const auto& d : report.decisions) {
    if (d.desk == "hub") continue;  // the safety filter's own
    const bool is_brains = d.desk.starts_with("district-brain/");
    EXPECT_EQ(d.policy, is_brains ? "look-ahead" : "actuated") << d.desk;
    EXPECT_TRUE(is_brains || d.desk == "signal-control") << d.desk;
    EXPECT_GE(d.at_s, is_brains ? kAsked_s + 1 : 0);
  }
  EXPECT_GT(report.decisions.size(), 10U);
  ASSERT_TRUE(report.law);
  EXPECT_EQ(report.law->figures.requests, 3U);
  EXPECT_EQ(report.law->figures.by_state.at("in-use"), 2U);
  EXPECT_EQ(report.law->figures.by_state.at("revoked"), 1U);
}

TEST_F(SharingLaw, WhatWasOpenAllAlongIsAsIfNoLawWere) {
  auto text = library_text();
  use(text, {{"law.preset", "unconditional"}, {"start", "2026-03-02T09:30:00+08:00"}});
  const auto with = go("with", 180);
  text = text.substr(0, text.find("\nlaw:\n") + 1);
  text = replaced(text, "        purpose: signal_control\n", "");
  text = replaced(text,
                  "        needs: [traffic_police.signal_loops, traffic_police.video_flow, "
                  "navigation.probes]\n",
                  "");
  text = replaced(text, "        datasets: []\n",
                  "        datasets: [traffic_police.signal_loops, traffic_police.video_flow, "
                  "navigation.probes]\n");
  const auto police = text.find("      signal-control:"),
             brain = text.find("      district-brain:");
  use(text.erase(police, brain - police), {{"start", "2026-03-02T09:30:00+08:00"}});
  const auto without = go("without", 180);
  EXPECT_EQ(with.hub.commands, without.hub.commands);
  EXPECT_EQ(with.evaluation.outcomes.average_travel_time_s,
            without.evaluation.outcomes.average_travel_time_s);
  const auto under = commands("with"), free = commands("without");
  ASSERT_EQ(under.size(), 2U) << "signal-control rests";
  EXPECT_EQ(under.at(1), free.at(0));
  EXPECT_EQ(under.at(2), free.at(1));
  EXPECT_FALSE(without.law);
}

TEST_F(SharingLaw, RefusalLeavesTheDeskThatHasItsOwn) {
  use(library_text(), {{"law.preset", "refusal"}, {"start", "2026-03-02T08:59:00+08:00"}});
  const auto report = go("run", 150);
  EXPECT_EQ(commands("run").size(), 1U);
  EXPECT_EQ(report.law->figures.refused, 3U);
}

TEST_F(SharingLaw, ARunThatWasStoppedGoesOnWithTheSameGrants) {
  auto settings = kOpen;
  settings.emplace_back("law.requests.2.later",
                        "[{at: \"2026-03-02T09:01:30+08:00\", act: revoke, reason: misuse}]");
  use(library_text(), settings);
  const auto whole = go("whole", 260);
  for (const model::Step at : {100U, 150U, 220U}) {  // before, under and after the grant
    SCOPED_TRACE(at);
    std::atomic<bool> stop = false;
    RunHooks hooks;
    hooks.stop = &stop;
    hooks.progress = [&](const Progress& p) { stop = p.step >= at; };
    auto o = options("stopped-" + std::to_string(at), 260);
    const auto cut = run(scenario, world, catalog, o, hooks);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, "CB-RUN-INTERRUPTED");
    o.resume = true;
    const auto resumed = run(scenario, world, catalog, o, {});
    ASSERT_TRUE(resumed) << resumed.error().text();
    EXPECT_EQ(resumed->evaluation.outcome_hash, whole.evaluation.outcome_hash);
  }
}

/// Positions of clients come as means of five minutes: the desk knows less by them than by each,
/// and the audit says which rule worked, from the Step on in which the request is in use.
TEST_F(SharingLaw, MasksOfARequestHoldFromItsUseOnAlsoForARunThatGoesOn) {
  use(library_text(), kOpen);
  const auto open = go("open", 200);
  auto settings = kOpen;
  settings.emplace_back("law.requests.2.masks",
                        "[{field: unix_s, rule: generalise-time, minutes: 1}, {rule: aggregate, "
                        "minimum_group: 3, window_s: 30}]");
  use(library_text(), settings);
  const auto masked = go("masked", 200);
  EXPECT_NE(masked.evaluation.outcome_hash, open.evaluation.outcome_hash);
  model::Step first = 0;
  std::set<std::string> rules;
  const auto store = past_run(folder.path() / "masked").value().store().value();
  each_entry(*store, [&](const AuditRow& row, const AuditNames&) {
    if (const auto* m = std::get_if<catalog::Masked>(&row.entry.body)) {
      if (first == 0 || row.at.step < first) first = row.at.step;
      EXPECT_EQ(m->dataset, "navigation.probes");
      EXPECT_EQ(m->grantee, "district-brain");
      EXPECT_GT(m->values, 0U);
      rules.insert(m->rule);
    }
    return true;
  }).value();
  EXPECT_GE(first, static_cast<model::Step>(kAsked_s));
  EXPECT_EQ(rules, (std::set<std::string>{"{field: unix_s, rule: generalise-time, minutes: 1}",
                                          "{rule: aggregate, minimum_group: 3, window_s: 30}"}));
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 150; };
  auto o = options("cut", 200);
  ASSERT_FALSE(run(scenario, world, catalog, o, hooks));
  o.resume = true;
  EXPECT_EQ(run(scenario, world, catalog, o, {}).value().evaluation.outcome_hash,
            masked.evaluation.outcome_hash);
  const auto shared = run_together(scenario, world, catalog, options("shared", 200), {}, 2);
  ASSERT_TRUE(shared) << shared.error().text();
  EXPECT_EQ(shared->evaluation.outcome_hash, masked.evaluation.outcome_hash);
}

/// Of three that ask for a masked dataset one rule cannot be carried out: said before the run.
TEST_F(SharingLaw, ARuleThatIsNotPossibleIsSaidWithItsPlace) {
  auto settings = kOpen;
  settings.emplace_back("law.requests.2.masks", "[{field: speed_kmh_x10, rule: pseudonym}]");
  use(library_text(), settings);
  const auto done = run(scenario, world, catalog, options("run", 10), {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "CB-INPUT-MASK");
  EXPECT_THAT(done.error().text(), HasSubstr("speed_kmh_x10"));
}

TEST_F(SharingLaw, SeveralHubsHaveTheOutcomeOfTheOneLoop) {
  auto settings = kOpen;
  settings.emplace_back("law.requests.2.later",
                        "[{at: \"2026-03-02T09:00:40+08:00\", act: revoke, reason: misuse}]");
  use(library_text(), settings);
  const auto loop = go("loop", 190);
  const auto shared = run_together(scenario, world, catalog, options("shared", 190), {}, 2);
  ASSERT_TRUE(shared) << shared.error().text();
  EXPECT_EQ(shared->evaluation.outcome_hash, loop.evaluation.outcome_hash);
  EXPECT_EQ(shared->law->figures.by_state, loop.law->figures.by_state);
}

TEST_F(SharingLaw, BeyondScopeIsSaidWithItsLineAndTheRestKeepsWorking) {
  const std::string more =
      "    - {id: ads, by: city_brain, dataset: navigation.probes, purpose: advertising, filed: "
      "\"2026-03-02T09:00:00+08:00\"}\n"
      "    - {id: late, by: city_brain, dataset: parking.counters, purpose: parking_guidance, "
      "filed: \"2026-12-31T09:00:00+08:00\"}\n"
      "  providers:\n";
  auto settings = kOpen;
  use(replaced(library_text(), "  providers:\n", more), settings);
  const auto report = go("run", 140);
  EXPECT_EQ(report.law->figures.scope_violations_refused, 1U);
  EXPECT_EQ(report.law->figures.by_state.at("in-use"), 3U);
  ASSERT_FALSE(report.warnings.empty());
  const auto& w = report.warnings;
  EXPECT_THAT(w, ::testing::Contains(::testing::AllOf(
                     HasSubstr("scenario.yaml:"), HasSubstr("law.requests[3]"),
                     HasSubstr("purpose"), HasSubstr("signal_control, traffic_estimation"))));
  scenario = {};
  use(replaced(library_text(), "  providers:\n", more), {});  // order-809: beyond the calendar
  const auto plan = plan_requests(*scenario.law, catalog, 1);
  EXPECT_THAT(plan.warnings, ::testing::Contains(::testing::AllOf(
                                 HasSubstr("law.requests[4]"), HasSubstr("outside of the calendar"),
                                 HasSubstr("china.yaml:"))));
  std::size_t used = 0;
  for (const auto& e : plan.events) used += e.act == Act::kUse ? 1 : 0;
  EXPECT_EQ(used, 3U);
}

TEST_F(SharingLaw, PlansKeepTheLawTheyAreMadeUnder) {
  for (const char* law : {"order-809", "county-2024", "2016-interim"}) {
    use(library_text(), {{"law.preset", law}});
    const catalog::Rules rules{*scenario.law->law, *scenario.law->days, catalog};
    std::size_t refused = 0, returned = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const auto plan = plan_requests(*scenario.law, catalog, seed);
      EXPECT_EQ(plan.events, plan_requests(*scenario.law, catalog, seed).events);
      EXPECT_TRUE(plan.warnings.empty()) << plan.warnings.front();
      catalog::Book book;
      catalog::fold(rules, plan.events, book);
      EXPECT_TRUE(book.refused.empty());
      const auto f =
          catalog::figures(rules, book, *catalog::parse_time("2026-07-01T00:00:00+08:00"));
      ASSERT_TRUE(f) << f.error().text();
      EXPECT_EQ(f->limits_missed, 0U);
      EXPECT_EQ(f->by_state.at("in-use"), 3U) << law << " " << seed;
      refused += f->refused;
      returned += f->returned;
    }
    EXPECT_GT(refused, 0U);
    EXPECT_GT(returned, 0U);
  }
}

TEST_F(SharingLaw, LawsDifferInHowLongTheyLetWait) {
  const auto waited = [&](const char* law) {
    use(library_text(), {{"law.preset", law}});
    const catalog::Rules rules{*scenario.law->law, *scenario.law->days, catalog};
    std::uint64_t days = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      catalog::Book book;
      catalog::fold(rules, plan_requests(*scenario.law, catalog, seed).events, book);
      days += catalog::figures(rules, book, *catalog::parse_time("2026-07-01T00:00:00+08:00"))
                  ->working_days_waited;
    }
    return days;
  };
  EXPECT_EQ(waited("unconditional"), 0U);
  EXPECT_LT(waited("county-2024"), waited("order-809"));
  EXPECT_GT(waited("county-2024"), 0U);
}

TEST_F(SharingLaw, DesksMustAskForWhatIsNotTheirs) {
  node::Options seated;
  use(replaced(library_text(), "        datasets: []\n",
               "        datasets: [navigation.probes]\n"));
  auto bad = seat(scenario, options("x", 10), catalog, *world.network, seated);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "CB-INPUT-SCOPE");
  EXPECT_THAT(bad.error().where, HasSubstr("desks.district-brain.datasets"));
  use(replaced(library_text(), "navigation.probes]\n        policy",
               "navigation.probes, parking.counters]\n        policy"));
  bad = seat(scenario, options("x", 10), catalog, *world.network, seated);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().what, HasSubstr("never asks for parking.counters"));
  use(replaced(library_text(), "dataset: navigation.probes,", "dataset: navigation.probs,"));
  bad = seat(scenario, options("x", 10), catalog, *world.network, seated);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "CB-INPUT-DATASET");
  EXPECT_THAT(bad.error().where, HasSubstr("law.requests[2]: dataset"));
}

TEST_F(SharingLaw, BadInputNamesLineAndField) {
  const auto error = [&](const char* from, const char* to) {
    std::ofstream(folder.path() / "bad.yaml") << replaced(library_text(), from, to);
    ScenarioRequest r;
    r.name_or_path = folder.path() / "bad.yaml";
    const auto s = load_scenario(r, kHome);
    return s ? std::string("none") : s.error().text();
  };
  EXPECT_THAT(error("preset: order-809", "preset: order-808"), HasSubstr("did you mean"));
  EXPECT_THAT(error("calendar: china", "calendar: chine"), HasSubstr("CB-INPUT-CALENDAR"));
  EXPECT_THAT(
      error("filed: \"2026-03-02T09:00:00+08:00\", on_platform", "filed: monday, on_platform"),
      HasSubstr("law.requests[0].filed"));
  EXPECT_THAT(error("least: 0.3", "least: 3"), HasSubstr("law.providers.traffic_police.least"));
  EXPECT_THAT(error("name: works-2", "name: works-1"), HasSubstr("law.windows[3].name"));
  EXPECT_THAT(error("  preset: order-809", "  preset: order-809\n  window: storm"),
              HasSubstr("did you mean \"storm-1\"?"));
  EXPECT_THAT(error("purpose: signal_control\n        datasets: []", "datasets: []"),
              HasSubstr("purpose"));
}

TEST_F(SharingLaw, AFileOfRequestsIsFollowed) {
  std::string lines = catalog::head_line("unconditional", "china");
  for (const char* dataset :
       {"traffic_police.signal_loops", "traffic_police.video_flow", "navigation.probes"}) {
    catalog::Event e;
    e.at = *catalog::parse_time("2026-03-02T09:00:00+08:00");
    e.request = dataset;
    e.by = "city_brain";
    e.dataset = dataset;
    e.purpose = "signal_control";
    for (const auto act : {Act::kDraft, Act::kFile, Act::kUse}) {
      e.act = act;
      lines += catalog::event_line(e, 480);
    }
  }
  lines +=
      "{\"at\":\"2026-03-02T09:00:30+08:00\",\"act\":\"use\",\"request\":\"navigation.probes\","
      "\"by\":\"transport\",\"purpose\":\"signal_control\"}\n";
  std::ofstream(folder.path() / "r.jsonl") << lines;
  auto text = library_text();
  const auto from = text.find("  requests:\n"), until = text.find("  providers:\n");
  text = text.substr(0, from) + "  log: r.jsonl\n" + text.substr(until);
  use(text, {{"start", "2026-03-02T08:58:00+08:00"}});
  const auto report = go("run", 180);
  EXPECT_EQ(commands("run").size(), 3U);
  EXPECT_EQ(report.law->law, "unconditional");
  EXPECT_EQ(report.law->figures.scope_violations_refused, 1U);
  EXPECT_THAT(report.warnings, ::testing::Contains(HasSubstr("r.jsonl:11")));
  // A rule that the field cannot carry out is said before the run, with its line.
  const std::string draft = "\"act\":\"draft\",\"request\":\"navigation.probes\"";
  ASSERT_NE(lines.find(draft), lines.npos) << lines;
  lines.replace(lines.find(draft), draft.size(),
                draft + ",\"masks\":[\"field: speed_kmh_x10, rule: pseudonym\"]");
  std::ofstream(folder.path() / "r.jsonl") << lines;
  use(text, {{"start", "2026-03-02T08:58:00+08:00"}});
  const auto done = run(scenario, world, catalog, options("masked", 10), {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "CB-INPUT-MASK");
  EXPECT_THAT(done.error().text(), HasSubstr("r.jsonl:8: masks"));
}

TEST_F(SharingLaw, ComparedOverWindowsAndSeeds) {
  auto text = library_text();
  text = text.substr(0, text.find("    - name: works-1\n"));  // two windows
  use(text);
  ScenarioRequest r;
  r.name_or_path = folder.path() / "scenario.yaml";
  CompareOptions o;
  o.seeds = 2;
  o.horizon_s = 150;
  o.out = folder.path() / "laws";
  const auto report =
      compare_laws(r, kHome, catalog, {"unconditional", "order-809", "refusal"}, o, {});
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_EQ(report->laws.modes.size(), 3U);
  ASSERT_EQ(report->windows.size(), 4U);
  for (const auto& w : report->windows) {
    EXPECT_EQ(w.hours.pairs, 2U);
    EXPECT_EQ(w.waiting, 1) << "both are in the first days";
  }
  const auto& laws = report->laws.modes;
  EXPECT_EQ(laws[0].outcomes.at("waiting_days")[0], 0);
  EXPECT_GT(laws[1].outcomes.at("waiting_days")[0], 2);
  // Nobody had an answer yet, so both are the city of the desk that has its own.
  EXPECT_EQ(laws[1].outcomes.at("vehicle_hours"), laws[2].outcomes.at("vehicle_hours"));
  EXPECT_NE(laws[0].outcomes.at("vehicle_hours"), laws[2].outcomes.at("vehicle_hours"));
  EXPECT_THAT(compare_laws_json(*report), HasSubstr("citybrain.compare-laws"));
  EXPECT_THAT(compare_laws_table(*report, Language::kChinese, 80, false), HasSubstr("storm-1"));
  const auto one = compare_laws(r, kHome, catalog, {"order-809"}, o, {});
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, "CB-USAGE-LAWS");
}

}  // namespace
}  // namespace citybrain::experiment
