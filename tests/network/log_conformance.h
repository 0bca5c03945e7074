// What every Log promises, as a typed suite: an implementation joins with a factory type that has
//   std::unique_ptr<network::Log> open();   // opens the same log again each time; the one before
//   is closed
// and INSTANTIATE_TYPED_TEST_SUITE_P(Name, LogConformance, Factory). See network.h for the
// promises.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/truncation.h"

namespace citybrain::network {

template <class Factory>
class LogConformance : public ::testing::Test {
 protected:
  void SetUp() override {
    if constexpr (requires { Factory::available(); })
      if (!Factory::available())
        GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
    log = factory.open();
    ASSERT_TRUE(log);
    ASSERT_TRUE(log->create({"topic", 2}));
  }
  void reopen() {
    log.reset();
    log = factory.open();
    ASSERT_TRUE(log);
  }
  struct Draft {
    std::int64_t ms = 0;
    std::uint64_t sequence = 0;
    std::string key, value;
  };
  static Record record(const Draft& d) {
    return {model::EventTime{d.ms}, d.sequence, d.key, d.value, {}};
  }
  AppendOutcome append(const std::string& producer, Partition p, const std::vector<Draft>& drafts) {
    auto appender = log->appender({producer});
    std::vector<Record> records;
    for (const auto& d : drafts) records.push_back(record(d));
    return (*appender)->append("topic", p, records).value();
  }
  void acknowledge(const std::string& producer) { (*log->appender({producer}))->flush().value(); }
  std::vector<std::string> read(Partition p, Position from, std::size_t most = 100) {
    std::vector<std::string> out;
    auto cursor = log->cursor("topic", p, from);
    for (;;) {
      auto records = (*cursor)->poll(most);
      if (!records || records->empty()) return out;
      for (const auto& r : *records) {
        EXPECT_EQ(r.position, from + out.size());
        out.emplace_back(r.value);
      }
    }
  }
  /// Values without their positions: transactions may leave gaps.
  std::vector<std::string> values(Partition p) {
    std::vector<std::string> out;
    auto cursor = log->cursor("topic", p, 0);
    for (;;) {
      auto records = (*cursor)->poll(100);
      if (!records || records->empty()) return out;
      for (const auto& r : *records) out.emplace_back(r.value);
    }
  }
  /// Polls the members until they own partitions in these numbers (in any order; empty: every one
  /// something, and nobody changes any more), and checks that nobody shares one.
  bool settle(std::vector<std::unique_ptr<Membership>>& members, std::vector<std::size_t> numbers) {
    std::sort(numbers.begin(), numbers.end());
    int still = 0;
    for (int i = 0; i < 400; ++i) {
      std::vector<std::size_t> owned;
      std::set<TopicPartition> all;
      bool changed = false;
      for (auto& m : members) {
        const auto change = m->poll(kMoment);
        EXPECT_TRUE(change) << change.error().text();
        if (!change) return false;
        changed = changed || !change->assigned.empty() || !change->revoked.empty();
        owned.push_back(m->owned().size());
        for (const auto& one : m->owned()) EXPECT_TRUE(all.insert(one).second);
      }
      std::sort(owned.begin(), owned.end());
      const bool there = numbers.empty() ? owned.front() > 0 : owned == numbers;
      still = there && !changed ? still + 1 : 0;
      if (still == 10) return true;
    }
    return false;
  }

  static constexpr std::chrono::milliseconds kMoment{30};
  static constexpr std::chrono::milliseconds kSession{6000};  // the least that brokers take
  Factory factory;
  std::unique_ptr<Log> log;
};

TYPED_TEST_SUITE_P(LogConformance);

TYPED_TEST_P(LogConformance, PositionsHaveNoGapsAndKeepTheOrder) {
  this->append("a", 0, {{1, 1, "k", "one"}, {2, 2, "k", "two"}});
  this->append("b", 0, {{1, 1, "k", "three"}});
  this->append("a", 1, {{9, 1, "k", "other partition"}});
  EXPECT_EQ(this->read(0, 0), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(this->read(0, 2), (std::vector<std::string>{"three"}));
  EXPECT_EQ(this->read(1, 0), (std::vector<std::string>{"other partition"}));
  EXPECT_EQ(this->log->end("topic", 0).value(), 3U);
}

TYPED_TEST_P(LogConformance, RecordsAreReadWithAllTheyHad) {
  auto appender = this->log->appender({"producer"});
  const Header headers[] = {{"ce_id", "7"}, {"ce_source", "x/y"}};
  const Record r{model::EventTime{1234}, 5, "key", std::string_view("a\0b", 3), headers};
  ASSERT_TRUE((*appender)->append("topic", 1, std::span(&r, 1)));
  auto cursor = this->log->cursor("topic", 1, 0);
  const auto records = (*cursor)->poll(10);
  ASSERT_EQ(records->size(), 1U);
  const auto& back = records->front();
  EXPECT_EQ(back.publish_time.ms, 1234);
  EXPECT_EQ(back.sequence, 5U);
  EXPECT_EQ(back.producer, "producer");
  EXPECT_EQ(back.key, "key");
  EXPECT_EQ(back.value, std::string_view("a\0b", 3));
  EXPECT_EQ(back.header("ce_source"), "x/y");
  EXPECT_EQ(back.header("absent"), "");
}

TYPED_TEST_P(LogConformance, RepeatsOfAProducerAreDroppedAndCounted) {
  this->append("a", 0, {{1, 1, "", "one"}, {2, 2, "", "two"}});
  const auto again =
      this->append("a", 0, {{1, 1, "", "one"}, {2, 2, "", "two"}, {3, 3, "", "three"}});
  EXPECT_EQ(again.stored, 1U);
  EXPECT_EQ(again.repeated, 2U);
  EXPECT_EQ(this->append("b", 0, {{1, 1, "", "b's own"}}).stored, 1U);
  EXPECT_EQ(this->read(0, 0).size(), 4U);
  EXPECT_EQ((*this->log->appender({"a"}))->last_sequence("topic", 0).value(), 3U);
  EXPECT_EQ((*this->log->appender({"a"}))->last_sequence("topic", 1).value(), 0U);
}

TYPED_TEST_P(LogConformance, WhatWasAcknowledgedIsThereAfterReopening) {
  for (std::uint64_t i = 1; i <= 700; ++i)
    this->append("a", 0, {{static_cast<std::int64_t>(i), i, "", std::to_string(i)}});
  this->acknowledge("a");
  this->reopen();
  const auto values = this->read(0, 0);
  ASSERT_EQ(values.size(), 700U);
  EXPECT_EQ(values.back(), "700");
  EXPECT_EQ(this->append("a", 0, {{1, 700, "", "repeat"}}).repeated, 1U);
  EXPECT_EQ(this->append("a", 0, {{1, 701, "", "next"}}).stored, 1U);
  EXPECT_EQ(this->log->end("topic", 0).value(), 701U);
}

TYPED_TEST_P(LogConformance, CursorsSeekAndSeeLaterAppends) {
  auto cursor = this->log->cursor("topic", 0, 0);
  EXPECT_TRUE((*cursor)->poll(5)->empty());
  this->append("a", 0, {{1, 1, "", "one"}, {1, 2, "", "two"}, {1, 3, "", "three"}});
  EXPECT_EQ((*cursor)->poll(2)->size(), 2U);
  EXPECT_EQ((*cursor)->position(), 2U);
  EXPECT_EQ((*cursor)->poll(2)->front().value, "three");
  (*cursor)->seek(1);
  EXPECT_EQ((*cursor)->poll(1)->front().value, "two");
}

TYPED_TEST_P(LogConformance, PositionsAreFoundByTime) {
  for (std::uint64_t i = 1; i <= 50; ++i)
    this->append("a", 0, {{static_cast<std::int64_t>(i * 10), i, "", std::to_string(i)}});
  EXPECT_EQ(this->log->position_at("topic", 0, model::EventTime{0}).value(), 0U);
  EXPECT_EQ(this->log->position_at("topic", 0, model::EventTime{95}).value(), 9U);
  EXPECT_EQ(this->log->position_at("topic", 0, model::EventTime{100}).value(), 9U);
  EXPECT_EQ(this->log->position_at("topic", 0, model::EventTime{501}).value(), 50U);
}

TYPED_TEST_P(LogConformance, TruncationMovesTheBeginning) {
  for (std::uint64_t i = 1; i <= 20; ++i)
    this->append("a", 0, {{static_cast<std::int64_t>(i), i, "", std::to_string(i)}});
  ASSERT_TRUE(this->log->truncate_before("topic", 0, 12));
  const Position begin = this->log->begin("topic", 0).value();
  EXPECT_GT(begin, 0U);
  EXPECT_LE(begin, 12U);
  auto before = this->log->cursor("topic", 0, 0);
  EXPECT_FALSE(before && (*before)->poll(1));
  EXPECT_EQ(this->read(0, begin).size(), 20 - begin);
  EXPECT_EQ(this->append("a", 0, {{1, 20, "", "repeat"}}).repeated, 1U);
}

TYPED_TEST_P(LogConformance, TruncationForgetsNoProducer) {
  this->append("once", 0, {{1, 1, "", "rare"}, {2, 2, "", "rarer"}});
  for (std::uint64_t i = 1; i <= 20; ++i)
    this->append("often", 0, {{static_cast<std::int64_t>(i + 2), i, "", std::to_string(i)}});
  this->acknowledge("once");
  this->acknowledge("often");
  // The last of the one that speaks no more stays, and the other one's may go.
  const Position to = keeps_producers(*this->log, "topic", 0, 15).value();
  EXPECT_EQ(to, 1U);
  this->append("once", 0, {{30, 3, "", "again"}});
  this->acknowledge("once");
  EXPECT_EQ(keeps_producers(*this->log, "topic", 0, 15).value(), 15U);
  ASSERT_TRUE(this->log->truncate_before("topic", 0, 15));
  this->reopen();
  EXPECT_GT(this->log->begin("topic", 0).value(), 0U);
  EXPECT_EQ(this->append("once", 0, {{1, 1, "", "repeat"}, {2, 2, "", "repeat"}}).repeated, 2U);
  EXPECT_EQ(this->append("often", 0, {{1, 20, "", "repeat"}}).repeated, 1U);
}

TYPED_TEST_P(LogConformance, UnknownTopicsAndPartitionsAreErrors) {
  auto appender = this->log->appender({"a"});
  const Record r{model::EventTime{1}, 1, "", "v", {}};
  EXPECT_FALSE((*appender)->append("no such topic", 0, std::span(&r, 1)));
  EXPECT_FALSE((*appender)->append("topic", 2, std::span(&r, 1)));
  EXPECT_FALSE(this->log->cursor("no such topic", 0, 0));
  EXPECT_FALSE(this->log->create({"topic", 3}));
  EXPECT_TRUE(this->log->create({"topic", 2}));
}

TYPED_TEST_P(LogConformance, WhatIsInATransactionBecomesReadableTogetherOrNever) {
  auto appender = this->log->appender({"a", "worker"}).value();
  const Record one{model::EventTime{5}, 1, "k", "one", {}};
  const Record other{model::EventTime{6}, 1, "k", "other", {}};
  EXPECT_EQ(appender->append("topic", 0, std::span(&one, 1)).error().code,
            "CB-NETWORK-TRANSACTION");
  ASSERT_TRUE(appender->begin());
  EXPECT_FALSE(appender->begin());
  EXPECT_EQ(appender->append("topic", 0, std::span(&one, 1)).value().stored, 1U);
  EXPECT_EQ(appender->append("topic", 1, std::span(&other, 1)).value().stored, 1U);
  EXPECT_EQ(this->values(0), std::vector<std::string>{});
  ASSERT_TRUE(appender->commit());
  EXPECT_EQ(this->values(0), (std::vector<std::string>{"one"}));
  EXPECT_EQ(this->values(1), (std::vector<std::string>{"other"}));

  const Record never{model::EventTime{7}, 2, "k", "never", {}};
  const Record again{model::EventTime{8}, 2, "k", "again", {}};
  ASSERT_TRUE(appender->begin());
  EXPECT_EQ(appender->append("topic", 0, std::span(&one, 1)).value().repeated, 1U);
  EXPECT_EQ(appender->append("topic", 0, std::span(&never, 1)).value().stored, 1U);
  ASSERT_TRUE(appender->abort());
  EXPECT_EQ(appender->last_sequence("topic", 0).value(), 1U);
  ASSERT_TRUE(appender->begin());
  EXPECT_EQ(appender->append("topic", 0, std::span(&again, 1)).value().stored, 1U);
  ASSERT_TRUE(appender->commit());
  EXPECT_EQ(appender->commit().error().code, "CB-NETWORK-TRANSACTION");
  appender.reset();
  this->append("b", 0, {{9, 1, "k", "plain"}});
  this->acknowledge("b");
  this->reopen();
  EXPECT_EQ(this->values(0), (std::vector<std::string>{"one", "again", "plain"}));
  EXPECT_EQ((*this->log->appender({"a"}))->last_sequence("topic", 0).value(), 2U);
}

TYPED_TEST_P(LogConformance, WhoeverOpenedATransactionsNameBeforeIsFencedOff) {
  auto older = this->log->appender({"a", "worker"}).value();
  const Record r{model::EventTime{5}, 1, "k", "lost", {}};
  const Record s{model::EventTime{5}, 1, "k", "kept", {}};
  ASSERT_TRUE(older->begin());
  ASSERT_TRUE(older->append("topic", 0, std::span(&r, 1)));
  auto newer = this->log->appender({"a2", "worker"}).value();
  const auto fenced = older->commit();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, "CB-NETWORK-FENCED");
  ASSERT_TRUE(newer->begin());
  ASSERT_TRUE(newer->append("topic", 0, std::span(&s, 1)));
  ASSERT_TRUE(newer->commit());
  EXPECT_EQ(this->values(0), (std::vector<std::string>{"kept"}));
}

TYPED_TEST_P(LogConformance, AHorizonCoversWhatWasAppendedBefore) {
  auto cursor = this->log->cursor("topic", 0, 0).value();
  auto empty = this->log->horizon().value();
  EXPECT_TRUE(cursor->poll(5, empty)->empty());
  this->append("a", 0, {{1, 1, "", "one"}});
  EXPECT_EQ(cursor->poll(5, this->log->horizon().value())->size(), 1U);
  this->append("a", 0, {{1, 2, "", "two"}});
  EXPECT_EQ(cursor->poll(5)->size(), 1U);
}

TYPED_TEST_P(LogConformance, MembersOfAGroupShareThePartitions) {
  ASSERT_TRUE(this->log->create({"wide", 4}));
  const std::vector<std::string> topics = {"wide"};
  const GroupOptions options{"hubs", "", this->kSession};
  std::vector<std::unique_ptr<Membership>> members;
  members.push_back(this->log->join(options, topics).value());
  EXPECT_TRUE(this->settle(members, {4}));
  members.push_back(this->log->join(options, topics).value());
  EXPECT_TRUE(this->settle(members, {2, 2}));
  members.erase(members.begin());
  EXPECT_TRUE(this->settle(members, {4}));
  EXPECT_FALSE(this->log->join(options, std::vector<std::string>{"no such topic"}));
}

TYPED_TEST_P(LogConformance, StaticMembersComeBackToWhatTheyHadAndFenceTheirDoubles) {
  ASSERT_TRUE(this->log->create({"wide", 3}));
  const std::vector<std::string> topics = {"wide"};
  std::vector<std::unique_ptr<Membership>> members;
  members.push_back(this->log->join({"hubs", "one", this->kSession}, topics).value());
  members.push_back(this->log->join({"hubs", "two", this->kSession}, topics).value());
  ASSERT_TRUE(this->settle(members, {}));
  const std::vector<TopicPartition> first(members[0]->owned().begin(), members[0]->owned().end());
  const std::vector<TopicPartition> second(members[1]->owned().begin(), members[1]->owned().end());
  members[0].reset();
  members[0] = this->log->join({"hubs", "one", this->kSession}, topics).value();
  ASSERT_TRUE(this->settle(members, {first.size(), second.size()}));
  EXPECT_TRUE(std::equal(first.begin(), first.end(), members[0]->owned().begin()));
  EXPECT_TRUE(std::equal(second.begin(), second.end(), members[1]->owned().begin()));

  const auto twin = this->log->join({"hubs", "one", this->kSession}, topics).value();
  std::string code;
  for (int i = 0; i < 200 && code.empty(); ++i) {
    ASSERT_TRUE(twin->poll(this->kMoment));
    const auto polled = members[0]->poll(this->kMoment);
    if (!polled) code = polled.error().code;
  }
  EXPECT_EQ(code, "CB-NETWORK-FENCED");
}

REGISTER_TYPED_TEST_SUITE_P(LogConformance, PositionsHaveNoGapsAndKeepTheOrder,
                            RecordsAreReadWithAllTheyHad, RepeatsOfAProducerAreDroppedAndCounted,
                            WhatWasAcknowledgedIsThereAfterReopening, CursorsSeekAndSeeLaterAppends,
                            PositionsAreFoundByTime, TruncationMovesTheBeginning,
                            TruncationForgetsNoProducer, UnknownTopicsAndPartitionsAreErrors,
                            WhatIsInATransactionBecomesReadableTogetherOrNever,
                            WhoeverOpenedATransactionsNameBeforeIsFencedOff,
                            AHorizonCoversWhatWasAppendedBefore, MembersOfAGroupShareThePartitions,
                            StaticMembersComeBackToWhatTheyHadAndFenceTheirDoubles);

}  // namespace citybrain::network
