// Records of others in a run's log: a time stamp of theirs, from a wall clock, must not hold up
// what lies behind it. On both networks, with the same outcome.
#include "schemas/schemas.h"
#include "tests/experiment/on_two_networks.h"

namespace citybrain::experiment {
namespace {

class ForeignRecords : public OnTwoNetworks {
 protected:
  /// What somebody says on the dataset, published when his clock says so.
  static void say(network::Log& log, const char* dataset, model::EventTime at) {
    const auto first = log.cursor(dataset, 0, log.begin(dataset, 0).value()).value();
    const auto records = first->poll(1).value();
    ASSERT_FALSE(records.empty());
    const network::Header headers[] = {{"ce_source", "somebody"}, {"ce_id", "1"}};
    const network::Record record{at, 1, "key", records.front().value, headers};
    const auto appender = log.appender({"somebody"}).value();
    ASSERT_TRUE(appender->append(dataset, 0, std::span(&record, 1)));
    ASSERT_TRUE(appender->flush());
  }
};

TEST_P(ForeignRecords, ATimeFarAheadHoldsUpNothingAndIsQuarantined) {
  auto o = options("foreign");
  interrupt(o, 70);
  constexpr std::int64_t kTenYears_ms = 10LL * 365 * 86'400 * 1000;
  {
    const auto log = open(o);
    say(*log, schemas::topic::kVideoFlow, scenario->start + kTenYears_ms);
    say(*log, schemas::topic::kAcks, scenario->start + kTenYears_ms);
  }
  o.resume = true;
  const auto report = go(o);
  ASSERT_TRUE(report) << report.error().text();
  auto undisturbed = options("whole");
  undisturbed.kafka.reset();
  const auto whole = go(undisturbed);
  ASSERT_TRUE(whole);
  EXPECT_EQ(report->hub.quarantined, whole->hub.quarantined + 1);
  EXPECT_EQ(report->hub.records_in, whole->hub.records_in + 1) << "the others were held up";
  EXPECT_EQ(report->hub.admitted, whole->hub.admitted);
  EXPECT_EQ(report->hub.commands, whole->hub.commands);
  static std::string other;  // the other network's
  if (!other.empty()) EXPECT_EQ(report->evaluation.outcome_hash, other);
  other = report->evaluation.outcome_hash;
}

INSTANTIATE_TEST_SUITE_P(Networks, ForeignRecords, ::testing::Values("embedded", "kafka"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace citybrain::experiment
