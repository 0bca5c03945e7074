#include <gtest/gtest.h>

#include "hub/model/archive.h"
#include "hub/model/situation.h"

namespace citybrain::model {
namespace {

struct Thing {
  std::uint32_t a = 0;
  std::string b;
  std::vector<float> c;
  std::map<std::string, std::uint64_t> d;
  std::optional<std::int64_t> e;
  template <class A>
  void fields(A& x) {
    x(a, b, c, d, e);
  }
};

std::string bytes_of(const Thing& t) {
  Writer w;
  w(t);
  return w.take();
}

const Thing kThing{7, "seven", {1.5F, -2}, {{"x", 1}, {"y", 2}}, -3};

TEST(Archive, GivesBackWhatWasWritten) {
  Thing t;
  const std::string bytes = bytes_of(kThing);
  Reader r(bytes);
  r(t);
  EXPECT_TRUE(r.complete());
  EXPECT_EQ(bytes_of(t), bytes_of(kThing));
  EXPECT_EQ(t.d.at("y"), 2U);
}

TEST(Archive, EveryTruncationIsNoticed) {
  const std::string bytes = bytes_of(kThing);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    Thing t;
    const std::string cut = bytes.substr(0, n);
    Reader r(cut);
    r(t);
    EXPECT_FALSE(r.complete()) << n;
  }
}

TEST(Archive, AHugeLengthIsRefusedWithoutAllocating) {
  std::string bytes(4, '\xff');
  Reader r(bytes);
  std::vector<double> v;
  r(v);
  EXPECT_TRUE(r.failed());
  EXPECT_TRUE(v.empty());
}

TEST(Archive, AByteThatIsNoFlagIsRefused) {
  for (const char byte : {'\x02', '\xd1'}) {
    const std::string bytes(1, byte);
    Reader r(bytes);
    bool flag = true;
    r(flag);
    EXPECT_TRUE(r.failed());
    EXPECT_FALSE(flag);
    Reader of_optional(bytes);
    std::optional<int> maybe = 1;
    of_optional(maybe);
    EXPECT_TRUE(of_optional.failed());
    EXPECT_FALSE(maybe);
  }
}

TEST(Archive, SituationsSurvive) {
  Situation s;
  s.lanes.resize(2);
  s.lanes[1].queue_veh.value = 4.5F;
  s.lanes[1].arrivals.expected[3] = 0.25F;
  Writer w;
  w(s);
  Situation back;
  Reader r(w.bytes());
  r(back);
  ASSERT_TRUE(r.complete());
  EXPECT_EQ(back.lanes[1].queue_veh.value, 4.5F);
  EXPECT_EQ(back.lanes[1].arrivals.expected[3], 0.25F);
}

}  // namespace
}  // namespace citybrain::model
