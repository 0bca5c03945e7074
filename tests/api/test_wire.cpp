// Kafka's protocol without sockets: bytes, batches, requests and groups.
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "hub/api/wire_batch.h"
#include "hub/api/wire_bytes.h"
#include "hub/api/wire_service.h"
#include "hub/network/kafka_record.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::api {
namespace {

using network::Header;
using network::Record;

constexpr std::size_t kRoom = 4U << 20;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

TEST(WireBytes, ChecksumIsCrc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);            // the check value of CRC-32C
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
}

TEST(WireBytes, NeverReadsPastTheEnd) {
  WireReader in(
      std::string_view("\x00\x05"
                       "ab",
                       4));
  EXPECT_EQ(in.string(), "");
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.i32(), 0);
  WireReader many(std::string_view("\x7f\xff\xff\xff", 4));
  EXPECT_EQ(many.count(1), 0);
  EXPECT_FALSE(many.ok());
  WireReader endless(std::string_view("\xff\xff\xff\xff\xff\xff", 6));
  endless.varint();
  EXPECT_FALSE(endless.ok());
}

RC_GTEST_PROP(WireBytes, ReadsWhatWasWritten, (std::int64_t a, std::int32_t b, std::uint32_t c)) {
  const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  std::string bytes;
  WireWriter out(bytes);
  out.i64(a);
  out.i32(b);
  out.varint(c);
  out.string(text);
  out.bytes(text);
  WireReader in(bytes);
  RC_ASSERT(in.i64() == a);
  RC_ASSERT(in.i32() == b);
  RC_ASSERT(in.varint() == c);
  RC_ASSERT(in.string() == text);
  RC_ASSERT(in.bytes() == text);
  RC_ASSERT(in.ok() && in.left() == 0);
}

TEST(WireBatch, HasTheBytesOfKafkasFormat) {
  const Header header{"ce_id", "7"};
  network::RecordView r;
  r.position = 5;
  r.publish_time = model::EventTime{1000};
  r.sequence = 3;
  r.producer = "p";
  r.key = "k";
  r.value = "v";
  r.headers = std::span(&header, 1);
  std::string bytes;
  WireBatch batch(bytes);
  batch.add(r);
  batch.finish();
  // base offset 5, length, epoch -1, magic 2, checksum, attributes, last delta 0, 1000, 1000,
  // producer -1/-1/-1, one record: length 30, 0, 0, 0, key k, value v, two headers.
  EXPECT_EQ(hex(bytes.substr(0, 17)),
            "0000000000000005"
            "00000050"
            "ffffffff"
            "02");
  EXPECT_EQ(hex(bytes.substr(21, 40)),
            "0000"
            "00000000"
            "00000000000003e8"
            "00000000000003e8"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000001");
  EXPECT_EQ(hex(bytes.substr(61)),
            "3c"
            "000000"
            "026b"
            "0276"
            "04"
            "12"
            "63625f6f726967696e"
            "06"
            "332070"
            "0a"
            "63655f6964"
            "02"
            "37");
  WireReader in(std::string_view(bytes).substr(17, 4));
  EXPECT_EQ(static_cast<std::uint32_t>(in.i32()), crc32c(std::string_view(bytes).substr(21)));
}

TEST(WireBatch, TimesThatKafkaCannotSayGoIntoAHeader) {
  network::RecordView r;
  r.publish_time = model::EventTime{-5};
  r.sequence = 1;
  r.producer = "p";
  std::string bytes;
  WireBatch batch(bytes);
  batch.add(r);
  batch.finish();
  EXPECT_NE(bytes.find("cb_time"), std::string::npos);
  EXPECT_NE(bytes.find("-5"), std::string::npos);
}

/// A log with a topic of two partitions: ten records in the first, none in the second.
class WireRequests : public testing::Test {
 protected:
  WireRequests() {
    network::EmbeddedOptions options;
    options.directory = folder_.path() / "log";
    options.identity = "test";
    log_ = std::move(*network::open_embedded(options));
    EXPECT_TRUE(log_->create({"cars", 2}));
    auto appender = std::move(*log_->appender({"police"}));
    for (std::uint64_t i = 1; i <= 10; ++i) {
      const std::string value(100, static_cast<char>('a' + i));
      const Record r{model::EventTime{static_cast<std::int64_t>(i) * 1000}, i, "k", value, {}};
      EXPECT_TRUE(appender->append("cars", 0, std::span(&r, 1)));
    }
    EXPECT_TRUE(appender->flush());
    service_ = std::make_unique<WireService>(*log_, kRoom);
    connection_.endpoint = {"127.0.0.1", 9092};
  }

  /// A request's head; what follows is the caller's.
  static std::string head(WireApi api, std::int16_t version) {
    std::string out;
    WireWriter w(out);
    w.i16(static_cast<std::int16_t>(api));
    w.i16(version);
    w.i32(77);
    w.string("tester");
    return out;
  }
  WireStep ask(const std::string& request, std::int64_t now = 0) {
    exchange_ = {};
    exchange_.request = request;
    return service_->answer(connection_, exchange_, now, kRoom);
  }
  /// What follows length and correlation id.
  WireReader reply() const {
    WireReader in(exchange_.reply);
    EXPECT_EQ(in.i32() + 4, static_cast<std::int32_t>(exchange_.reply.size()));
    EXPECT_EQ(in.i32(), 77);
    return in;
  }
  static std::string fetch(std::int64_t offset, std::int32_t partition = 0,
                           std::int32_t most = 1 << 20, std::int32_t wait = 500) {
    auto r = head(WireApi::kFetch, 4);
    WireWriter w(r);
    w.i32(-1);
    w.i32(wait);
    w.i32(1);
    w.i32(1 << 20);
    w.i8(0);
    w.count(1);
    w.string("cars");
    w.count(1);
    w.i32(partition);
    w.i64(offset);
    w.i32(most);
    return r;
  }
  struct Fetched {
    std::int16_t error = 0;
    std::int64_t end = 0;
    std::string records;
  };
  Fetched fetched() const {
    auto in = reply();
    in.i32();
    in.i32();
    in.string();
    in.i32();
    in.i32();
    Fetched out;
    out.error = in.i16();
    out.end = in.i64();
    in.i64();
    in.i32();
    out.records = in.bytes();
    EXPECT_TRUE(in.ok());
    return out;
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<network::Log> log_;
  std::unique_ptr<WireService> service_;
  WireConnection connection_;
  WireExchange exchange_;
};

TEST_F(WireRequests, VersionsAreToldAlsoToWhoAsksInAnUnknownOne) {
  ASSERT_EQ(ask(head(WireApi::kApiVersions, 0)), WireStep::kReply);
  auto in = reply();
  EXPECT_EQ(in.i16(), 0);
  EXPECT_EQ(in.i32(), 16);
  ASSERT_EQ(ask(head(WireApi::kApiVersions, 9)), WireStep::kReply);
  EXPECT_EQ(reply().i16(), 35);
  auto compact = head(WireApi::kApiVersions, 3);
  compact += std::string(
      "\0\x02"
      "a"
      "\x02"
      "b"
      "\0",
      6);
  ASSERT_EQ(ask(compact), WireStep::kReply);
  auto answer = reply();
  EXPECT_EQ(answer.i16(), 0);
  EXPECT_EQ(answer.varint(), 17U);
}

TEST_F(WireRequests, WhatIsNotServedClosesTheConnection) {
  EXPECT_EQ(ask(head(static_cast<WireApi>(999), 0)), WireStep::kClose);
  EXPECT_EQ(ask(head(WireApi::kFetch, 99)), WireStep::kClose);
  EXPECT_EQ(ask(head(WireApi::kFetch, 4)), WireStep::kClose);  // nothing behind the head
  EXPECT_EQ(ask("x"), WireStep::kClose);
}

TEST_F(WireRequests, MetadataNamesTopicsAndTheOneBroker) {
  auto request = head(WireApi::kMetadata, 1);
  WireWriter(request).i32(-1);
  ASSERT_EQ(ask(request), WireStep::kReply);
  auto in = reply();
  EXPECT_EQ(in.i32(), 1);
  EXPECT_EQ(in.i32(), 1);
  EXPECT_EQ(in.string(), "127.0.0.1");
  EXPECT_EQ(in.i32(), 9092);
  in.nullable_string();
  in.i32();
  EXPECT_EQ(in.i32(), 1);
  EXPECT_EQ(in.i16(), 0);
  EXPECT_EQ(in.string(), "cars");
  in.i8();
  EXPECT_EQ(in.i32(), 2);

  request = head(WireApi::kMetadata, 1);
  WireWriter w(request);
  w.count(1);
  w.string("nobody");
  ASSERT_EQ(ask(request), WireStep::kReply);
  auto unknown = reply();
  for (int i = 0; i < 2; ++i) unknown.i32();
  unknown.string();
  unknown.i32();
  unknown.nullable_string();
  unknown.i32();
  unknown.i32();
  EXPECT_EQ(unknown.i16(), 3);  // UNKNOWN_TOPIC_OR_PARTITION
}

TEST_F(WireRequests, FetchGivesWholeRecordsFromThePositionOn) {
  ASSERT_EQ(ask(fetch(3)), WireStep::kReply);
  const auto all = fetched();
  EXPECT_EQ(all.error, 0);
  EXPECT_EQ(all.end, 10);
  WireReader batch(all.records);
  EXPECT_EQ(batch.i64(), 3);
  EXPECT_EQ(batch.i32() + 12, static_cast<std::int32_t>(all.records.size()));
  ASSERT_EQ(ask(fetch(3, 0, 1)), WireStep::kReply);  // too small for a record: one all the same
  const auto one = fetched();
  EXPECT_LT(one.records.size(), 300U);
  EXPECT_GT(one.records.size(), 100U);
}

TEST_F(WireRequests, AtTheEndFetchWaitsAShortWhile) {
  EXPECT_EQ(ask(fetch(10), 1000), WireStep::kAgain);
  EXPECT_EQ(service_->answer(connection_, exchange_, 1000 + kWireEndWaitMs, kRoom),
            WireStep::kReply);
  EXPECT_EQ(fetched().records, "");
  EXPECT_EQ(ask(fetch(10, 0, 1 << 20, 0)), WireStep::kReply);  // nor longer than was asked for
}

TEST_F(WireRequests, FetchOutsideThePartitionIsRefused) {
  ASSERT_EQ(ask(fetch(11)), WireStep::kReply);
  EXPECT_EQ(fetched().error, 1);  // OFFSET_OUT_OF_RANGE
  ASSERT_EQ(ask(fetch(0, 2)), WireStep::kReply);
  EXPECT_EQ(fetched().error, 3);
  ASSERT_EQ(ask(fetch(0, -1)), WireStep::kReply);
  EXPECT_EQ(fetched().error, 3);
}

TEST_F(WireRequests, OffsetsAreFoundByTime) {
  const auto at = [this](std::int64_t time) {
    auto request = head(WireApi::kListOffsets, 1);
    WireWriter w(request);
    w.i32(-1);
    w.count(1);
    w.string("cars");
    w.count(1);
    w.i32(0);
    w.i64(time);
    EXPECT_EQ(ask(request), WireStep::kReply);
    auto in = reply();
    in.i32();
    in.string();
    in.i32();
    in.i32();
    EXPECT_EQ(in.i16(), 0);
    in.i64();
    return in.i64();
  };
  EXPECT_EQ(at(-2), 0);
  EXPECT_EQ(at(-1), 10);
  EXPECT_EQ(at(4000), 3);
  EXPECT_EQ(at(4001), 4);
  EXPECT_EQ(at(99'000), -1);
}

TEST_F(WireRequests, WritingIsRefusedAndNothingIsWritten) {
  auto request = head(WireApi::kProduce, 3);
  WireWriter w(request);
  w.null_string();
  w.i16(-1);
  w.i32(1000);
  w.count(1);
  w.string("cars");
  w.count(1);
  w.i32(0);
  w.bytes("records");
  ASSERT_EQ(ask(request), WireStep::kReply);
  auto in = reply();
  in.i32();
  in.string();
  in.i32();
  in.i32();
  EXPECT_EQ(in.i16(), 29);  // TOPIC_AUTHORIZATION_FAILED
  auto make = head(WireApi::kCreateTopics, 2);
  WireWriter m(make);
  m.count(1);
  m.string("new");
  m.i32(1);
  m.i16(1);
  m.count(0);
  m.count(0);
  m.i32(1000);
  m.i8(0);
  ASSERT_EQ(ask(make), WireStep::kReply);
  auto made = reply();
  made.i32();
  made.i32();
  made.string();
  EXPECT_EQ(made.i16(), 44);  // POLICY_VIOLATION
  EXPECT_EQ(*log_->end("cars", 0), 10U);
  EXPECT_EQ(log_->topics()->size(), 1U);
}

RC_GTEST_FIXTURE_PROP(WireRequests, WhateverIsSentIsAnsweredOrClosed, ()) {
  const auto api = *rc::gen::inRange<std::int16_t>(-1, 40);
  const auto version = *rc::gen::inRange<std::int16_t>(-1, 13);
  auto request = head(static_cast<WireApi>(api), version);
  request += *rc::gen::container<std::string>(
      rc::gen::weightedOneOf<char>({{3, rc::gen::just('\0')}, {1, rc::gen::arbitrary<char>()}}));
  if (ask(request) == WireStep::kReply) reply();
  RC_ASSERT(*log_->end("cars", 0) == 10U);
}

JoinRequest joining(std::string member) {
  JoinRequest r;
  r.group = "g";
  r.member = std::move(member);
  r.client = "c";
  r.protocol_type = "consumer";
  r.session_ms = 1000;
  r.rebalance_ms = 2000;
  r.protocols = {{"range", "topics of " + r.member}};
  return r;
}

TEST(WireGroups, MembersShareAndALostOneIsMissed) {
  WireGroups groups;
  WireGroups::Waiting first, second;
  const auto alone = groups.join(joining(""), 0, first);
  ASSERT_TRUE(alone && alone->error == WireError::kNone);
  EXPECT_EQ(alone->leader, alone->member);
  first.generation = alone->generation;
  ASSERT_TRUE(groups.sync(first, {{alone->member, "all"}}, 0));
  EXPECT_EQ(groups.heartbeat(first, 10), WireError::kNone);

  EXPECT_FALSE(groups.join(joining(""), 20, second));  // waits for the first one
  EXPECT_EQ(groups.heartbeat(first, 30), WireError::kRebalanceInProgress);
  const auto again = groups.join(joining(alone->member), 40, first);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->members.size(), 2U);
  const auto newcomer = groups.joined(second, 40);
  ASSERT_TRUE(newcomer);
  EXPECT_TRUE(newcomer->members.empty());
  EXPECT_EQ(newcomer->generation, again->generation);
  second.generation = first.generation = again->generation;
  EXPECT_FALSE(groups.sync(second, {}, 50));  // waits for the leader
  const auto shared = groups.sync(first, {{first.member, "a"}, {second.member, "b"}}, 50);
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->assignment, "a");
  EXPECT_EQ(groups.synced(second, 50)->assignment, "b");

  EXPECT_EQ(groups.heartbeat(second, 900), WireError::kNone);
  EXPECT_EQ(groups.heartbeat(second, 1200), WireError::kRebalanceInProgress);  // the first is late
  EXPECT_EQ(groups.heartbeat(first, 1200), WireError::kUnknownMemberId);
}

TEST(WireGroups, OffsetsAreKeptForWhoMayCommit) {
  WireGroups groups;
  const network::TopicPartition at{"cars", 0};
  EXPECT_EQ(groups.may_commit({"g", "", -1}, 0), WireError::kNone);
  EXPECT_EQ(groups.commit("g", at, 7, "m"), WireError::kNone);
  EXPECT_EQ(groups.committed("g", at)->offset, 7);
  EXPECT_FALSE(groups.committed("other", at));
  WireGroups::Waiting member;
  ASSERT_TRUE(groups.join(joining(""), 0, member));
  EXPECT_EQ(groups.may_commit({"g", "", -1}, 0), WireError::kUnknownMemberId);
  EXPECT_EQ(groups.may_commit({"g", member.member, 99}, 0), WireError::kIllegalGeneration);
  EXPECT_EQ(groups.commit("g", at, 8, std::string(5000, 'x')), WireError::kOffsetMetadataTooLarge);
}

TEST(WireGroups, WhatCannotShareIsRefused) {
  WireGroups groups;
  WireGroups::Waiting a, b;
  ASSERT_TRUE(groups.join(joining(""), 0, a));
  auto other = joining("");
  other.protocols = {{"sticky", ""}};
  EXPECT_EQ(groups.join(other, 0, b)->error, WireError::kInconsistentGroupProtocol);
  EXPECT_EQ(groups.join(joining("stranger"), 0, b)->error, WireError::kUnknownMemberId);
  auto hasty = joining("");
  hasty.session_ms = 1;
  EXPECT_EQ(groups.join(hasty, 0, b)->error, WireError::kInvalidSessionTimeout);
}

}  // namespace
}  // namespace citybrain::api
