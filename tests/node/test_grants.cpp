// What the law lets views see, Step by Step: grants count from the Step on that reads them, end
// with a revocation, a last day or a purpose that is another one, and are the same for whoever
// reads the log later.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "hub/catalog/request_log.h"
#include "hub/network/publisher.h"
#include "hub/node/grants.h"
#include "schemas/governance.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::node {
namespace {

using catalog::Act;
using model::EventTime;

const std::filesystem::path kSchemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";

class Grants : public ::testing::Test {
 protected:
  Grants() {
    options.law = RequestLaw{catalog::Law::load(kSchemas / "laws/unconditional.yaml").value(),
                             catalog::Calendar::load(kSchemas / "calendars/china.yaml").value(),
                             catalog::kAuthority};
    own.add(catalog.find("traffic_police.signal_loops")->id);
    options.views.push_back({"police", own, {}, "traffic_police", "signal_control"});
    options.views.push_back({"brain", {}, {}, "city_brain", "signal_control"});
    options.views.push_back({"other", {}, {}, "city_brain", "traffic_estimation"});
  }
  static EventTime at(const char* time) {
    return *catalog::parse_time(std::string(time) + "+08:00");
  }
  void say(Act act, const char* time, const char* by, const char* reason = "x") {
    catalog::Event e;
    e.at = at(time);
    e.act = act;
    e.request = "r1";
    e.by = by;
    e.reason = reason;
    if (act == Act::kDraft) e.dataset = "navigation.probes";
    if (act == Act::kDraft || act == Act::kUse) e.purpose = "signal_control";
    publish(catalog::encode(e), e.at);
  }
  void publish(const std::string& bytes, EventTime when) {
    publisher.publish(schemas::topic::kGovernance, 0, schemas::kGovernanceEvent, when, when,
                      std::to_string(++said), "r1", bytes);
    ASSERT_TRUE(publisher.send());
  }
  GrantReader reader() { return GrantReader::open(*log, catalog, options).value(); }
  void step(GrantReader& r, const char* time) {
    ASSERT_TRUE(r.step(at(time), log->horizon().value()));
  }

  test::TemporaryFolder folder;
  std::unique_ptr<network::Log> log =
      network::open_embedded({folder.path() / "log", {}, "test"}).value();
  catalog::Catalog catalog = catalog::Catalog::load(kSchemas / "contracts").value();
  model::SourceMask own;
  Options options;
  bool created = log->create({schemas::topic::kGovernance, 1}).operator bool();
  network::Publisher publisher = network::Publisher::make(*log, "governance/office").value();
  int said = 0;
};

TEST_F(Grants, CountFromTheStepOnThatReadsThem) {
  const auto probes = catalog.find("navigation.probes")->id;
  say(Act::kDraft, "2026-03-02T09:00:01", "city_brain");
  say(Act::kFile, "2026-03-02T09:00:01", "city_brain");
  say(Act::kUse, "2026-03-02T09:00:03", "city_brain");
  say(Act::kRevoke, "2026-03-02T09:00:05", "navigation");
  auto r = reader();
  const char* times[] = {"2026-03-02T09:00:02", "2026-03-02T09:00:03", "2026-03-02T09:00:04",
                         "2026-03-02T09:00:05", "2026-03-02T09:00:06"};
  const bool sees[] = {false, true, true, false, false};
  const bool lost[] = {false, false, false, true, false};
  for (int i = 0; i < 5; ++i) {
    SCOPED_TRACE(times[i]);
    step(r, times[i]);
    EXPECT_EQ(r.grants(1).has(probes), sees[i]);
    EXPECT_EQ(r.lost(1), lost[i]);
    EXPECT_EQ(r.grants(0), own);
    EXPECT_EQ(r.grants(2).bits, 0U) << "another purpose";
    EXPECT_FALSE(r.lost(0) || r.lost(2));
    EXPECT_EQ(r.read().empty(), i == 2 || i == 4);
  }
}

TEST_F(Grants, SayForTheAuditWhatChangedAndWhy) {
  say(Act::kDraft, "2026-03-02T09:00:01", "city_brain");
  say(Act::kFile, "2026-03-02T09:00:01", "city_brain");
  say(Act::kUse, "2026-03-02T09:00:01", "city_brain");
  say(Act::kUse, "2026-03-02T09:00:02", "navigation");
  say(Act::kRevoke, "2026-03-02T09:00:03", "navigation");
  auto r = reader();
  const auto requested = [&](std::size_t i) {
    return std::get<catalog::Requested>(r.changes().at(i));
  };
  const auto grant = [&](std::size_t i) {
    return std::get<catalog::GrantChanged>(r.changes().at(i));
  };
  step(r, "2026-03-02T09:00:01");
  ASSERT_EQ(r.changes().size(), 4U);
  EXPECT_EQ(requested(0).from, "");
  EXPECT_EQ(requested(0).to, "drafted");
  EXPECT_EQ(requested(2).to, "in-use");
  EXPECT_EQ(requested(2).who, "city_brain");
  EXPECT_EQ(grant(3).what, catalog::GrantChanged::What::kOpened);
  EXPECT_EQ(grant(3).dataset, "navigation.probes");
  EXPECT_EQ(grant(3).reference, "r1");
  step(r, "2026-03-02T09:00:02");
  ASSERT_EQ(r.changes().size(), 1U);
  EXPECT_EQ(requested(0).to, requested(0).from) << "another department's step";
  EXPECT_FALSE(requested(0).reason.empty());
  step(r, "2026-03-02T09:00:03");
  ASSERT_EQ(r.changes().size(), 2U);
  EXPECT_EQ(requested(0).to, "revoked");
  EXPECT_EQ(grant(1).what, catalog::GrantChanged::What::kRevoked);
  EXPECT_EQ(grant(1).reference, "r1");
  step(r, "2026-03-02T09:00:04");
  EXPECT_TRUE(r.changes().empty());
}

TEST_F(Grants, EndWithTheirLastDay) {
  options.law->law = catalog::Law::load(kSchemas / "laws/order-809.yaml").value();
  say(Act::kDraft, "2026-03-02T09:00:00", "city_brain");
  say(Act::kFile, "2026-03-02T09:00:00", "city_brain");
  say(Act::kPass, "2026-03-02T09:00:00", catalog::kAuthority);
  catalog::Event grant;
  grant.at = at("2026-03-02T09:00:00");
  grant.act = Act::kGrant;
  grant.request = "r1";
  grant.by = "navigation";
  grant.expires = catalog::parse_date("2026-03-02");
  publish(catalog::encode(grant), grant.at);
  say(Act::kDeliver, "2026-03-02T09:00:00", "navigation");
  say(Act::kUse, "2026-03-02T09:00:00", "city_brain");
  auto r = reader();
  const auto probes = catalog.find("navigation.probes")->id;
  step(r, "2026-03-02T23:59:59");
  EXPECT_TRUE(r.grants(1).has(probes));
  step(r, "2026-03-03T00:00:00");
  EXPECT_FALSE(r.grants(1).has(probes));
  EXPECT_TRUE(r.lost(1));
}

TEST_F(Grants, NoiseAndStepsThatAreNotAllowedChangeNothing) {
  publish("\xff\xff", at("2026-03-02T09:00:00"));
  say(Act::kUse, "2026-03-02T09:00:01", "city_brain");
  say(Act::kDraft, "2026-03-02T09:00:02", "navigation");
  auto r = reader();
  step(r, "2026-03-02T09:00:03");
  EXPECT_EQ(r.grants(1).bits, 0U);
}

TEST_F(Grants, AreTheSameForWhoReadsLater) {
  say(Act::kDraft, "2026-03-02T09:00:01", "city_brain");
  say(Act::kFile, "2026-03-02T09:00:01", "city_brain");
  say(Act::kUse, "2026-03-02T09:00:03", "city_brain");
  auto first = reader();
  for (const char* t : {"2026-03-02T09:00:01", "2026-03-02T09:00:02", "2026-03-02T09:00:03"})
    step(first, t);
  auto later = reader();
  step(later, "2026-03-02T09:00:03");
  for (std::size_t v = 0; v < 3; ++v) EXPECT_EQ(first.grants(v), later.grants(v));
}

}  // namespace
}  // namespace citybrain::node
