#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hub/model/trace.h"

namespace citybrain::model {
namespace {

// The examples of W3C Trace Context, 3.2.2 and 3.2.5.
constexpr const char* kExample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, TheStandardsExampleIsRead) {
  const auto c = parse_traceparent(kExample);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->trace_high, 0x4bf92f3577b34da6U);
  EXPECT_EQ(c->trace_low, 0xa3ce929d0e0e4736U);
  EXPECT_EQ(c->span, 0x00f067aa0ba902b7U);
  std::string again, name;
  append_traceparent(*c, again);
  append_trace_name(*c, name);
  EXPECT_EQ(again, kExample);
  EXPECT_EQ(name, "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");
}

TEST(Traceparent, LaterVersionsAreReadAsFarAsTheyAreKnown) {
  std::string later = kExample;
  later[1] = '7';
  EXPECT_EQ(parse_traceparent(later), parse_traceparent(kExample));
  EXPECT_EQ(parse_traceparent(later + "-what the future brings"), parse_traceparent(kExample));
  EXPECT_FALSE(parse_traceparent(later + "."));
}

TEST(Traceparent, WhatIsNoneIsNone) {
  const std::string good = kExample;
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "-", good + "0",
        std::string("ff") + good.substr(2),                                      // no version
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),  // upper case
        std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),  // no trace
        std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),  // no span
        std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        std::string("00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"),
        std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x")})
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
}

RC_GTEST_PROP(Traceparent, WhatIsWrittenIsRead,
              (std::uint64_t high, std::uint64_t low, std::uint64_t span)) {
  const TraceContext c{high, low, span};
  std::string text;
  append_traceparent(c, text);
  RC_ASSERT(parse_traceparent(text) == (c.valid() ? std::optional(c) : std::nullopt));
}

}  // namespace
}  // namespace citybrain::model
