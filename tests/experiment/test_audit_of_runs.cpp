// The audit chains that runs leave: they hold, they are the same whoever worked on the districts
// and whatever happened in between, and whatever somebody does to the store afterwards is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "hub/catalog/audit_check.h"
#include "scenarios/experiment/audit_entries.h"
#include "scenarios/experiment/audit_report.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/together.h"
#include "scenarios/experiment/who_saw.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

using catalog::AuditFault;
using store::Family;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kHorizon_s = 130;

class AuditOfRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::filesystem::path home = CITYBRAIN_SOURCE_DIR;
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    r.settings = {{"safety.min_green_s", "25"}};  // more than desks want: some is refused
    scenario = new Scenario(load_scenario(r, home).value());
    world = new World(build_world(*scenario, false).value());
    contracts = new catalog::Catalog(catalog::Catalog::load(home / "schemas/contracts").value());
    folder = new test::TemporaryFolder;
    const auto done = run(*scenario, *world, *contracts, options("loop"), {});
    ASSERT_TRUE(done) << done.error().text();
  }
  static void TearDownTestSuite() {
    delete folder;
    delete contracts;
    delete world;
    delete scenario;
  }
  static RunOptions options(const std::string& name) {
    RunOptions o;
    o.out = folder->path() / name;
    o.horizon_s = kHorizon_s;
    return settle(*scenario, o).value();
  }
  static std::unique_ptr<store::Store> store_of(const std::string& name) {
    return past_run(folder->path() / name).value().store().value();
  }
  static std::unique_ptr<network::Log> log_of(const std::string& name) {
    return open_past_log(folder->path() / name, {}).value();
  }
  static std::map<std::string, std::string> rows(const store::Store& store) {
    std::map<std::string, std::string> out;
    EXPECT_TRUE(store.scan(Family::kAudit, "", [&](std::string_view key, std::string_view value) {
      out.emplace(key, value);
      return true;
    }));
    return out;
  }
  /// A run's folder of one's own, to alter.
  static std::string copy(const std::string& name) {
    std::filesystem::copy(folder->path() / "loop", folder->path() / name,
                          std::filesystem::copy_options::recursive);
    return name;
  }
  static void put(store::Store& store, Family family, const std::string& key,
                  const std::string& value) {
    store::StepWrite write(kHorizon_s);
    write.put(family, key, value);
    ASSERT_TRUE(store.commit(std::move(write)));
  }
  static AuditVerdict verdict(const std::string& name, std::vector<ChainHead> noted = {}) {
    const auto store = store_of(name);
    const auto log = log_of(name);
    return verify_audit(*store, log.get(), noted).value();
  }

  static test::TemporaryFolder* folder;
  static Scenario* scenario;
  static World* world;
  static catalog::Catalog* contracts;
};
test::TemporaryFolder* AuditOfRuns::folder = nullptr;
Scenario* AuditOfRuns::scenario = nullptr;
World* AuditOfRuns::world = nullptr;
catalog::Catalog* AuditOfRuns::contracts = nullptr;

TEST_F(AuditOfRuns, HoldAndAreAsPublished) {
  const auto v = verdict("loop");
  EXPECT_TRUE(v.findings.empty()) << verdict_text(v, Language::kEnglish);
  ASSERT_EQ(v.chains.size(), 2U);  // a district each
  for (const auto& [chain, c] : v.chains) {
    EXPECT_EQ(c.last, kHorizon_s);
    EXPECT_EQ(c.anchored, kHorizon_s) << chain;
    EXPECT_GT(c.entries, kHorizon_s);
  }
  EXPECT_GT(v.decisions, 20U);
  EXPECT_THAT(verdict_text(v, Language::kChinese), HasSubstr("审计链完好"));
  EXPECT_THAT(verdict_json(v), HasSubstr("\"holds\":true"));
}

TEST_F(AuditOfRuns, SayWhatHappened) {
  const auto store = store_of("loop");
  std::map<std::string, std::size_t> kinds;
  std::uint64_t accessed = 0;
  ASSERT_TRUE(list_audit(*store, {}, [&](const AuditLine& line) {
    ++kinds[line.kind];
    if (line.kind == "access" && line.fields.at("dataset") == "traffic_police.video_flow" &&
        line.fields.at("view") != "hub")
      accessed += line.fields.at("records").to_number<std::uint64_t>();
    return true;
  }));
  EXPECT_EQ(kinds["opened"], 2U);
  EXPECT_GT(kinds["grant"], 4U);
  EXPECT_GT(kinds["decision"], 20U);
  EXPECT_GT(kinds["refusal"], 0U);
  const auto log = log_of("loop");
  std::uint64_t published = 0;
  for (network::Partition p = 0; p < 2; ++p)
    published += log->end("traffic_police.video_flow", p).value();
  EXPECT_LE(accessed, published);
  EXPECT_GT(accessed, published * 9 / 10) << "what came after the last second is not seen";

  AuditFilter filter;
  filter.kind = "decision";
  filter.from = 60;
  filter.to = 70;
  ASSERT_TRUE(list_audit(*store, filter, [&](const AuditLine& line) {
    EXPECT_EQ(line.kind, "decision");
    EXPECT_GE(line.step, 60U);
    EXPECT_LE(line.step, 70U);
    return true;
  }));
  filter.kind = "decisions";
  const auto unknown = list_audit(*store, filter, [](const AuditLine&) { return true; });
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().mend, HasSubstr("decision"));
}

TEST_F(AuditOfRuns, AnAlteredEntryIsNamed) {
  const auto name = copy("altered");
  std::uint64_t number = 0;
  {
    const auto store = store_of(name);
    const auto key = catalog::audit_key(1, 77);
    auto step = *catalog::decode_step(store->get(Family::kAudit, key).value().value());
    ASSERT_FALSE(step.entries.empty());
    number = step.first;
    step.entries[0].bytes.back() ^= 1;
    put(*store, Family::kAudit, key, catalog::encode(step));
  }
  const auto v = verdict(name);
  ASSERT_FALSE(v.findings.empty());
  EXPECT_EQ(v.findings[0].fault, AuditFault::kAltered);
  EXPECT_EQ(v.findings[0].chain, 1U);
  EXPECT_EQ(v.findings[0].step, 77U);
  EXPECT_EQ(v.findings[0].entry, number);
}

TEST_F(AuditOfRuns, AnAlteredDecisionAndATailCutOffAreNamed) {
  const auto name = copy("decision");
  {
    const auto store = store_of(name);
    std::string key, row;
    ASSERT_TRUE(store->scan(Family::kSpecial, store::Key().text("decision").view(),
                            [&](std::string_view k, std::string_view v) {
                              key = k;
                              row = v;
                              return false;
                            }));
    row.back() ^= 1;
    put(*store, Family::kSpecial, key, row);
    store::StepWrite write(kHorizon_s);
    for (model::Step s = 125; s <= kHorizon_s; ++s)
      write.erase(Family::kAudit, catalog::audit_key(0, s));
    ASSERT_TRUE(store->commit(std::move(write)));
  }
  const auto v = verdict(name);
  const auto found = [&](AuditFault fault) {
    return std::find_if(v.findings.begin(), v.findings.end(),
                        [&](const auto& f) { return f.fault == fault; });
  };
  ASSERT_NE(found(AuditFault::kTruncated), v.findings.end());
  EXPECT_EQ(found(AuditFault::kTruncated)->step, 125U);
  ASSERT_NE(found(AuditFault::kAltered), v.findings.end());
  EXPECT_THAT(found(AuditFault::kAltered)->detail, HasSubstr("special database"));
}

TEST_F(AuditOfRuns, HeadsNotedEarlierAreHeldAgainst) {
  std::vector<ChainHead> noted;
  {
    const auto store = store_of("loop");
    noted = audit_heads(*store).value();
  }
  ASSERT_EQ(noted.size(), 2U);
  const auto back = parse_heads(heads_text(noted), "heads.jsonl").value();
  EXPECT_TRUE(verdict("loop", back).findings.empty());
  auto other = back;
  other[1].head[3] ^= 1;
  const auto v = verdict("loop", other);
  ASSERT_EQ(v.findings.size(), 1U);
  EXPECT_EQ(v.findings[0].fault, AuditFault::kRewritten);
  EXPECT_EQ(v.findings[0].chain, 1U);
  other[1].step = 5000;
  EXPECT_EQ(verdict("loop", other).findings[0].fault, AuditFault::kTruncated);
  for (const char* bad : {"", "{}", "{\"chain\":0,\"step\":1,\"head\":\"00\"}", "x\n"}) {
    const auto none = parse_heads(bad, "heads.jsonl");
    ASSERT_FALSE(none) << bad;
    EXPECT_EQ(none.error().code, "CB-INPUT-AUDIT");
  }
}

TEST_F(AuditOfRuns, WhoSawADatasetOrASubject) {
  const auto store = store_of("loop");
  const auto log = log_of("loop");
  const auto dataset = who_saw(*store, log.get(), "traffic_police.video_flow").value();
  EXPECT_TRUE(dataset.is_dataset);
  ASSERT_FALSE(dataset.viewers.empty());
  EXPECT_FALSE(dataset.viewers[0].desks.empty());
  EXPECT_FALSE(dataset.grants.empty());
  // A camera by its own name: the first record's.
  const auto cursor = log->cursor("traffic_police.video_flow", 0, 0).value();
  const std::string subject(cursor->poll(1).value()[0].header("ce_subject"));
  const auto camera = who_saw(*store, log.get(), subject).value();
  EXPECT_FALSE(camera.is_dataset);
  ASSERT_GT(camera.records.size(), 10U);
  ASSERT_FALSE(camera.viewers.empty());
  EXPECT_EQ(camera.records[0].subject, subject);
  EXPECT_FALSE(camera.records[0].views.empty());
  EXPECT_GE(camera.records[0].step, 1U);
  const auto nobody = who_saw(*store, log.get(), "traffic_police.video_flo");
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().mend, HasSubstr("traffic_police.video_flow"));
}

TEST_F(AuditOfRuns, SeveralHubsLeaveTheSameChains) {
  const auto shared = run_together(*scenario, *world, *contracts, options("hubs"), {}, 2);
  ASSERT_TRUE(shared) << shared.error().text();
  EXPECT_TRUE(verdict("hubs").findings.empty());
  const auto one = store_of("loop");
  const auto many = store_of("hubs");
  EXPECT_EQ(rows(*one), rows(*many));
}

TEST_F(AuditOfRuns, AChainGoesOnAfterAStop) {
  auto o = options("stopped");
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 75; };
  ASSERT_FALSE(run(*scenario, *world, *contracts, o, hooks));
  EXPECT_TRUE(verdict("stopped").findings.empty());
  o.resume = true;
  const auto done = run(*scenario, *world, *contracts, o, {});
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(verdict("stopped").findings.empty());
  const auto one = store_of("loop");
  const auto other = store_of("stopped");
  EXPECT_EQ(rows(*one), rows(*other));
}

}  // namespace
}  // namespace citybrain::experiment
