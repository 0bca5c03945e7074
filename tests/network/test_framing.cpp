#include <gtest/gtest.h>

#include "hub/network/framing.h"

namespace citybrain::network {
namespace {

using namespace std::string_literals;

TEST(Framing, IsConfluents) {
  std::string bytes;
  append_frame_head({0x01020304, 0}, bytes);
  EXPECT_EQ(bytes, "\x00\x01\x02\x03\x04\x00"s);  // the single index 0 is one byte
  bytes.clear();
  append_frame_head({2, 1}, bytes);
  EXPECT_EQ(bytes, "\x00\x00\x00\x00\x02\x02\x02"s);  // zigzag: one index, 1
}

TEST(Framing, ComesBack) {
  for (const std::uint32_t index : {0U, 1U, 63U, 64U, 70'000U}) {
    std::string bytes;
    append_frame_head({77, index}, bytes);
    bytes += "payload";
    const auto framed = unframe(bytes);
    ASSERT_TRUE(framed) << index;
    EXPECT_EQ(framed->schema, (schemas::SchemaRef{77, index}));
    EXPECT_EQ(framed->payload, "payload");
  }
}

TEST(Framing, WhatIsWrongIsNamed) {
  for (const std::string& bad :
       {""s, "\x01\x00\x00\x00\x01\x00"s, "\x00\x00\x00"s, "\x00\x00\x00\x00\x01"s,
        "\x00\x00\x00\x00\x01\x04\x02\x02"s, "\x00\x00\x00\x00\x01\x02"s,
        "\x00\x00\x00\x00\x01\x02\x01"s,
        "\x00\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const auto framed = unframe(bad);
    ASSERT_FALSE(framed);
    EXPECT_EQ(framed.error().code, "CB-NETWORK-FRAMING");
    EXPECT_NE(framed.error().what.find("byte "), std::string::npos);
  }
}

}  // namespace
}  // namespace citybrain::network
