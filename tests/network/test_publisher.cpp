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
  EXPECT_EQ(r.header("ce_dataschema"), "citybrain:schema/3/0");
  EXPECT_EQ(r.header("ce_traceparent").size(), 55U);
  EXPECT_EQ(r.publish_time.ms, 5000);
  EXPECT_EQ(unframe(r.value)->payload, "payload");
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
