// Lineage on whole runs: from commands and estimates back to records, by a replay that is the run's
// own hub again; what is said where the detail cannot be had; and the expressions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "hub/model/archive.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lineage.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

using testing::HasSubstr;

class LineageOfRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("CITYBRAIN_ROOT", CITYBRAIN_SOURCE_DIR, 1);
    const std::filesystem::path home = CITYBRAIN_SOURCE_DIR;
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    const auto scenario = load_scenario(r, home).value();
    const auto world = build_world(scenario, false).value();
    const auto contracts = catalog::Catalog::load(home / "schemas/contracts").value();
    folder = new test::TemporaryFolder;
    for (const char* mode : {"hub", "silo"}) {
      RunOptions o;
      o.out = folder->path() / mode;
      o.sharing = mode;
      o.horizon_s = 150;
      const auto settled = settle(scenario, std::move(o)).value();
      const auto report = run(scenario, world, contracts, settled, {});
      ASSERT_TRUE(report) << report.error().text();
    }
  }
  static void TearDownTestSuite() { delete folder; }

  static model::Result<Lineage> ask(const std::string& run, const std::string& question,
                                    LineageOptions options = {}) {
    const auto past = past_run(folder->path() / run).value();
    const auto log = open_past_log(folder->path() / run, {}).value();
    const auto parsed = parse_question(question);
    if (!parsed) return parsed.error();
    return trace_lineage(past, *log, *parsed, question, options);
  }

  struct Ordered {
    model::Command command;
    model::Step step = 0;
  };
  static std::vector<Ordered> commands(const std::string& run) {
    const auto store = past_run(folder->path() / run).value().store().value();
    std::vector<Ordered> out;
    EXPECT_TRUE(store->scan(store::Family::kSpecial, store::Key().text("decision").view(),
                            [&](std::string_view key, std::string_view value) {
                              Ordered o;
                              model::Reader r(value);
                              r(o.command);
                              for (const char c : key.substr(key.size() - 12, 4))
                                o.step = o.step << 8 | static_cast<unsigned char>(c);
                              out.push_back(std::move(o));
                              return true;
                            }));
    return out;
  }
  static std::string id(const Ordered& o) { return fmt_hex(o.command.id); }
  static std::string fmt_hex(std::uint64_t v) {
    std::string out(16, '0');
    for (std::size_t i = 16; i-- > 0; v >>= 4) out[i] = "0123456789abcdef"[v & 15];
    return out;
  }

  static test::TemporaryFolder* folder;
};
test::TemporaryFolder* LineageOfRuns::folder = nullptr;

TEST_F(LineageOfRuns, ACommandLeadsBackToRecords) {
  for (const char* mode : {"hub", "silo"}) {
    SCOPED_TRACE(mode);
    const auto all = commands(mode);
    ASSERT_GT(all.size(), 20U);
    const auto& last = all[all.size() - 3];
    const auto l = ask(mode, id(last)).value();
    ASSERT_TRUE(l.command);
    EXPECT_EQ(l.command->id, id(last));
    EXPECT_EQ(l.command->decided, last.step);
    EXPECT_LE(l.command->asked, last.step);
    EXPECT_EQ(l.command->change.back(), id(last));
    ASSERT_TRUE(l.replayed) << l.replay;
    EXPECT_EQ(l.replay, "agrees");
    EXPECT_TRUE(l.command->audit_entry);
    EXPECT_FALSE(l.estimates.empty());
    EXPECT_FALSE(l.records.empty());
    EXPECT_FALSE(l.read.empty());
    ASSERT_FALSE(l.datasets.empty());
    for (const auto& d : l.datasets) {
      EXPECT_FALSE(d.version.empty()) << d.dataset;
      EXPECT_TRUE(d.grant_entry) << d.dataset << " was not granted to " << l.view;
    }
    for (const auto& r : l.records) {
      EXPECT_FALSE(r.expired);
      EXPECT_FALSE(r.message.empty());
      if (std::string(mode) == "silo") EXPECT_EQ(r.topic, "traffic_police.signal_loops");
    }
    for (const auto& e : l.estimates) {
      double weights = e.older;
      for (const auto& i : e.influences) {
        ASSERT_LT(i.record, l.records.size());
        EXPECT_LE(i.step, l.step);
        EXPECT_GT(i.step + l.window_s, l.step);
        weights += i.weight;
      }
      EXPECT_NEAR(weights, 1, 1e-6) << e.name;  // of one lane: nothing is lost, nothing is twice
    }
  }
}

/// What won is what was ordered: the replayed proposal and the stored command have one reason.
TEST_F(LineageOfRuns, TheReplayedProposalIsTheStoredReason) {
  const auto all = commands("hub");
  std::size_t asked = 0;
  for (std::size_t i = all.size() / 2; i < all.size() && asked < 3; ++i) {
    const auto l = ask("hub", id(all[i])).value();
    ASSERT_EQ(l.replay, "agrees");
    for (const auto& p : l.command->proposals) {
      if (!p.won || l.command->reason == "max-red") continue;
      EXPECT_EQ(p.reason, l.command->reason);
      EXPECT_FLOAT_EQ(static_cast<float>(p.value), static_cast<float>(l.command->value));
      ++asked;
    }
  }
  EXPECT_GT(asked, 0U);
}

TEST_F(LineageOfRuns, AnEstimateLeadsBackToRecords) {
  const auto all = commands("hub");
  const auto junction = ask("hub", id(all[all.size() / 2])).value().command->junction;
  const auto l = ask("hub", "queue:" + junction + "@2m").value();
  EXPECT_FALSE(l.command);
  EXPECT_EQ(l.step, 120U);
  EXPECT_EQ(l.replay, "agrees");
  ASSERT_EQ(l.estimates.size(), 1U);
  EXPECT_FALSE(l.estimates[0].influences.empty());
  std::set<std::string> topics;
  for (const auto& r : l.records) topics.insert(r.topic);
  EXPECT_TRUE(topics.contains("traffic_police.video_flow"));
  bool translated = false;
  for (const auto& r : l.records) translated = translated || !r.identifiers.empty();
  EXPECT_TRUE(translated) << "no device was found in a crosswalk";
  // The same second by the city's clock.
  const auto clock = ask("hub", "queue:" + junction + "@" + l.time).value();
  EXPECT_EQ(clock.step, l.step);
  EXPECT_EQ(clock.estimates[0].value, l.estimates[0].value);
  EXPECT_THAT(lineage_text(l, Language::kEnglish), HasSubstr("admitted by contract"));
  EXPECT_THAT(lineage_text(l, Language::kChinese), HasSubstr("按契约"));
}

TEST_F(LineageOfRuns, JsonAndProvAreWhole) {
  const auto all = commands("hub");
  const auto l = ask("hub", id(all.back())).value();
  const auto document = boost::json::parse(lineage_json(l)).as_object();
  EXPECT_EQ(document.at("command").at("id").as_string(), id(all.back()));
  EXPECT_EQ(document.at("records").as_array().size(), l.records.size());
  const auto prov = boost::json::parse(lineage_prov(l)).as_object();
  const auto& entities = prov.at("entity").as_object();
  const auto known = [&](const boost::json::value& v) {
    for (const char* kind : {"entity", "activity", "agent"})
      if (prov.at(kind).as_object().contains(v.as_string())) return true;
    return false;
  };
  for (const char* relation : {"used", "wasGeneratedBy", "wasDerivedFrom", "wasAssociatedWith",
                               "wasAttributedTo", "wasInformedBy", "actedOnBehalfOf"})
    for (const auto& one : prov.at(relation).as_object())
      for (const auto& end : one.value().as_object())
        if (end.key().starts_with("prov:")) EXPECT_TRUE(known(end.value())) << end.value();
  EXPECT_TRUE(entities.contains("cb:command/" + id(all.back())));
}

TEST_F(LineageOfRuns, WhatDoesNotFitIsSaid) {
  const auto all = commands("hub");
  auto wrong = id(all[5]);
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const auto unknown = ask("hub", wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "CB-INPUT-COMMAND");
  EXPECT_THAT(unknown.error().mend, HasSubstr(id(all[5])));
  const auto late = ask("hub", "queue:intersection_1_1@10m");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "CB-USAGE-LINEAGE");
  EXPECT_THAT(late.error().what, HasSubstr("1 to 150"));
  EXPECT_FALSE(ask("hub", "queue:intersection_1_1@0"));
  const auto road = ask("hub", "queue:intersection_1_9@1m");
  ASSERT_FALSE(road);
  EXPECT_EQ(road.error().code, "CB-USAGE-LINEAGE");
  LineageOptions options;
  options.view = "nobody";
  EXPECT_FALSE(ask("hub", "queue:intersection_1_1@1m", options));
  EXPECT_EQ(past_run(folder->path()).error().code, "CB-INPUT-RUN");
}

/// Where the scenario is another one now, what was stored is still shown.
TEST_F(LineageOfRuns, WithoutAReplayTheCausesAreShown) {
  const auto all = commands("hub");
  const auto id_of_caused = [&] {
    for (const auto& o : all)
      if (!o.command.reason.causes.empty()) return id(o);
    return std::string();
  }();
  auto past = past_run(folder->path() / "hub").value();
  past.request->seed += 1;
  const auto log = open_past_log(folder->path() / "hub", {}).value();
  const auto question = parse_question(id_of_caused).value();
  const auto l = trace_lineage(past, *log, question, id_of_caused, {}).value();
  EXPECT_FALSE(l.replayed);
  EXPECT_THAT(l.replay, HasSubstr("CB-INPUT-LINEAGE"));
  EXPECT_FALSE(l.records.empty());
  EXPECT_FALSE(l.read.empty());
  EXPECT_NO_THROW(boost::json::parse(lineage_prov(l)));
}

/// Records that were truncated from the log are said to be expired, and a replay that would begin
/// with them is not made.
TEST_F(LineageOfRuns, WhatWasTruncatedIsExpired) {
  const auto copy = folder->path() / "truncated";
  std::filesystem::copy(folder->path() / "hub", copy, std::filesystem::copy_options::recursive);
  const auto all = commands("hub");
  const auto& early = all[all.size() / 4];
  ASSERT_LT(early.step, 80U);
  const auto past = past_run(copy).value();
  const auto log = open_past_log(copy, {}).value();
  const auto topics = log->topics().value();
  for (const auto& t : topics)
    for (network::Partition p = 0; p < t.partitions; ++p)
      if (t.name.starts_with("traffic_police.")) {
        ASSERT_TRUE(log->truncate_before(t.name, p, log->end(t.name, p).value()));
      }
  const auto question = parse_question(id(early)).value();
  const auto l = trace_lineage(past, *log, question, id(early), {}).value();
  EXPECT_FALSE(l.replayed);
  EXPECT_THAT(l.replay, HasSubstr("expired"));
  std::uint64_t expired = 0;
  for (const auto& r : l.read) expired += r.expired;
  EXPECT_GT(expired, 0U);
  EXPECT_THAT(lineage_text(l, Language::kEnglish), HasSubstr("expired"));
}

TEST(LineageExpression, SaysWhatIsMeant) {
  EXPECT_EQ(parse_question("00000000000000ff").value().command, 255U);
  const auto q = parse_question("queue:road_0_1_0/2@5m5s").value();
  EXPECT_FALSE(q.command);
  EXPECT_EQ(q.indicator, "queue");
  EXPECT_EQ(q.entity, "road_0_1_0/2");
  EXPECT_EQ(q.time_s, 305U);
  EXPECT_FALSE(q.is_clock);
  const auto odd = parse_question("speed:-12:a@b#3@07:31:05").value();  // SUMO's names
  EXPECT_EQ(odd.entity, "-12:a@b#3");
  EXPECT_EQ(odd.time_s, 27'065U);
  EXPECT_TRUE(odd.is_clock);
  EXPECT_EQ(parse_question("speed:r@0").value().time_s, 0U);
  for (const char* bad :
       {"", "queue", "queue:@1m", "queue@1m", "cue:r@1m", "queue:r@", "queue:r@1x", "queue:r@25:00",
        "0123", "00000000000000FF", "queue:r@99999999999"}) {
    const auto none = parse_question(bad);
    ASSERT_FALSE(none) << bad;
    EXPECT_EQ(none.error().code, "CB-USAGE-LINEAGE") << bad;
  }
  EXPECT_THAT(parse_question("queu:r@1m").error().mend, HasSubstr("queue"));
}

}  // namespace
}  // namespace citybrain::experiment
