// How a node reads a partition step by step: records of others with times far ahead are passed
// over, and when is a function of the log alone: not of how much was there at the moment.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <tuple>

#include "hub/node/feed.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::node {
namespace {

using model::EventTime;

struct Said {
  std::int64_t at_ms = 0;
  bool foreign = false;
};
/// (step, position, out of order), as taken.
using Taken = std::vector<std::tuple<std::int64_t, network::Position, bool>>;

class Partition {
 public:
  Partition() {
    log = network::open_embedded({folder.path() / "log", {}, "test"}).value();
    EXPECT_TRUE(log->create({"topic", 1}));
    ours = log->appender({"ours"}).value();
    theirs = log->appender({"theirs"}).value();
  }
  void say(const Said& s) {
    const network::Header header{"ce_id", "name"};
    const network::Record record{EventTime{s.at_ms}, s.foreign ? ++of_theirs : ++of_ours, "key",
                                 "value", std::span(&header, 1)};
    ASSERT_TRUE((s.foreign ? theirs : ours)->append("topic", 0, std::span(&record, 1)));
  }
  Feed feed() { return Feed::open(*log, "topic", 0, {}).value(); }

  test::TemporaryFolder folder;
  std::unique_ptr<network::Log> log;
  std::unique_ptr<network::Appender> ours, theirs;
  std::uint64_t of_ours = 0, of_theirs = 0;
};

void read(Feed& feed, std::int64_t step, Taken& out) {
  const auto done = feed.read(EventTime{step * 1000}, {}, [&](const auto& r, bool is_out_of_order) {
    EXPECT_EQ(r.header("ce_id"), "name");
    EXPECT_EQ(r.value, "value");
    out.emplace_back(step, r.position, is_out_of_order);
  });
  EXPECT_TRUE(done);
}

TEST(Feed, ARecordFarAheadIsPassedOverWhenWhatIsBehindItIsDue) {
  Partition p;
  auto feed = p.feed();
  Taken taken;
  p.say({1000});
  p.say({9'000'000'000, true});
  read(feed, 1, taken);
  EXPECT_EQ(taken, (Taken{{1, 0, false}})) << "nobody is behind it yet";
  EXPECT_EQ(feed.next(), 1U);
  p.say({2000});
  p.say({3000});
  read(feed, 2, taken);
  EXPECT_EQ(taken, (Taken{{1, 0, false}, {2, 1, true}, {2, 2, false}}));
  read(feed, 3, taken);
  EXPECT_EQ(taken.back(), (std::tuple(3, 3U, false)));
  EXPECT_EQ(feed.next(), 4U);
}

TEST(Feed, ManyAheadArePassedOverAndSeekingBeginsAgain) {
  Partition p;
  p.say({1000});
  for (int i = 0; i < 1000; ++i) p.say({9'000'000'000 - i, true});
  p.say({2000});
  for (int again = 0; again < 2; ++again) {
    auto feed = p.feed();
    Taken taken;
    read(feed, 1, taken);
    if (again == 1) feed.seek(1);
    read(feed, 2, taken);
    ASSERT_EQ(taken.size(), 1002U);
    EXPECT_EQ(taken.back(), (std::tuple(2, 1001U, false)));
  }
}

TEST(Feed, WhatIsTakenWhenIsAFunctionOfTheLog) {
  EXPECT_TRUE(rc::check("read as it comes, and read afterwards", [] {
    const auto steps = *rc::gen::inRange<std::int64_t>(1, 12);
    Partition p;
    auto live = p.feed();
    Taken as_it_came;
    // Ahead of the step at hand; what claims to be of the past is taken when it comes.
    const auto foreign = [&](std::int64_t step) {
      const auto n = *rc::gen::inRange(0, 3);
      for (int i = 0; i < n; ++i)
        p.say({step * 1000 +
                   *rc::gen::element<std::int64_t>(1, 900, 4000, 7000, 12'000, 60'000, 1LL << 40),
               true});
    };
    for (std::int64_t step = 1; step <= steps; ++step) {
      const auto n = *rc::gen::inRange(0, 4);
      for (int i = 0; i < n; ++i) {
        foreign(step);
        p.say({step * 1000});
      }
      read(live, step, as_it_came);
    }
    auto later = p.feed();
    Taken afterwards;
    for (std::int64_t step = 1; step <= steps; ++step) read(later, step, afterwards);
    RC_ASSERT(afterwards == as_it_came);
    RC_ASSERT(later.next() == live.next());
  }));
}

}  // namespace
}  // namespace citybrain::node
