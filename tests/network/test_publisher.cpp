#include <gtest/gtest.h>

#include "citybrain/v1/records.pb.h"
#include "hub/network/framing.h"
#include "hub/network/publisher.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::network {
namespace {

class PublisherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log = std::move(*open_embedded({folder.path(), {}, "test"}));
    ASSERT_TRUE(log->create({"t", 2}));
  }
  void say(Publisher& p, const char* id) {
    p.publish("t", 1, {3, 0}, {5000}, {4000}, id, "subject", "payload");
  }

  test::TemporaryFolder folder;
  std::unique_ptr<Log> log;
};

TEST_F(PublisherTest, RecordsCarryCloudEventsAttributes) {
  auto p = Publisher::make(*log, "department/system");
  say(*p, "id-1");
  EXPECT_EQ(p->send().value(), 1U);
  auto cursor = log->cursor("t", 1, 0);
  const auto records = (*cursor)->poll(1);
  ASSERT_EQ(records->size(), 1U);
  const auto& r = records->front();
  EXPECT_EQ(r.header("ce_specversion"), "1.0");
  EXPECT_EQ(r.header("ce_id"), "id-1");
  EXPECT_EQ(r.header("ce_source"), "department/system");
  EXPECT_EQ(r.header("ce_type"), "citybrain.t");
  EXPECT_EQ(r.header("ce_time"), "1970-01-01T00:00:04.000Z");
  EXPECT_EQ(r.header("ce_subject"), "subject");
  EXPECT_EQ(r.header("ce_dataschema"), "citybrain:schema/3");
  EXPECT_EQ(r.header("ce_traceparent").size(), 55U);
  EXPECT_EQ(r.publish_time.ms, 5000);
  EXPECT_EQ(unframe(r.value)->payload, "payload");
}

TEST_F(PublisherTest, TracesFollowFromSeedSourceAndId) {
  const auto trace_of = [&](const char* source, const char* id, std::uint64_t seed) {
    auto p = Publisher::make(*log, source, seed);
    const auto at = log->end("t", 1).value();
    say(*p, id);
    EXPECT_EQ(p->send().value(), 1U);
    auto cursor = log->cursor("t", 1, at);
    const auto& r = (*cursor)->poll(1)->front();
    EXPECT_EQ(r.header("ce_causedby"), "");
    return *model::parse_traceparent(r.header("ce_traceparent"));
  };
  const auto a = trace_of("a", "1", 7);
  EXPECT_NE(a, trace_of("a2", "1", 7));
  EXPECT_NE(a, trace_of("a3", "1", 8));
  test::TemporaryFolder other;
  log = std::move(*open_embedded({other.path(), {}, "test"}));
  ASSERT_TRUE(log->create({"t", 2}));
  EXPECT_EQ(a, trace_of("a", "1", 7));
  log.reset();
  test::TemporaryFolder third;
  log = std::move(*open_embedded({third.path(), {}, "test"}));
  ASSERT_TRUE(log->create({"t", 2}));
  EXPECT_NE(a, trace_of("a", "1", 8));
  EXPECT_NE(a, trace_of("b", "2", 7));
  log.reset();
}

TEST_F(PublisherTest, ARecordWithCausesCarriesOnTheTraceOfTheFirst) {
  const model::TraceContext causes[] = {{0xA, 0xB, 0xC}, {1, 2, 3}};
  auto p = Publisher::make(*log, "s");
  p->publish("t", 1, {3, 0}, {5000}, {4000}, "id", "subject", "payload", causes);
  ASSERT_TRUE(p->send());
  auto cursor = log->cursor("t", 1, 0);
  const auto& r = (*cursor)->poll(1)->front();
  const auto own = model::parse_traceparent(r.header("ce_traceparent"));
  ASSERT_TRUE(own);
  EXPECT_EQ(own->trace_high, 0xAU);
  EXPECT_EQ(own->trace_low, 0xBU);
  EXPECT_NE(own->span, 0xCU);
  EXPECT_EQ(r.header("ce_causedby"),
            "000000000000000a000000000000000b-000000000000000c,"
            "00000000000000010000000000000002-0000000000000003");
}

TEST_F(PublisherTest, ARestartedPublisherRepeatsNothing) {
  {
    auto p = Publisher::make(*log, "s");
    say(*p, "1");
    say(*p, "2");
    EXPECT_EQ(p->send().value(), 2U);
  }
  auto p = Publisher::make(*log, "s");
  say(*p, "1");
  say(*p, "2");
  say(*p, "3");
  EXPECT_EQ(p->send().value(), 1U);
}

TEST_F(PublisherTest, SequencesComeBackFromASnapshot) {
  std::string saved;
  {
    auto p = Publisher::make(*log, "s");
    say(*p, "1");
    ASSERT_TRUE(p->send());
    saved = p->save();
  }
  auto p = Publisher::make(*log, "s");
  ASSERT_TRUE(p->restore(saved));
  say(*p, "2");
  EXPECT_EQ(p->send().value(), 1U);
  EXPECT_FALSE(p->restore("no such bytes"));
}

TEST_F(PublisherTest, BarriersSaySourceAndTime) {
  auto p = Publisher::make(*log, "s");
  ASSERT_TRUE(log->create({"control", 1}));
  p->barrier("control", {7000});
  ASSERT_TRUE(p->send());
  auto cursor = log->cursor("control", 0, 0);
  const auto records = (*cursor)->poll(1);
  const auto payload = unframe(records->front().value)->payload;
  v1::Barrier b;
  ASSERT_TRUE(b.ParseFromArray(payload.data(), static_cast<int>(payload.size())));
  EXPECT_EQ(b.source(), "s");
  EXPECT_EQ(b.until_ms(), 7000);
}

}  // namespace
}  // namespace citybrain::network
