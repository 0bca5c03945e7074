// The protocol: bytes out as the documents say, bytes in checked, whatever they are.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "connectors/sumo/sumo.h"
#include "connectors/sumo/traci.h"
#include "tests/sumo/replies.h"

namespace citybrain::connectors::sumo {
namespace {

using test::Bytes;

const std::vector<std::string> kLights = {"TL"};

TEST(Traci, CommandsHaveTheBytesOfTheProtocol) {
  EXPECT_EQ(Message().get_version().framed(), std::string("\0\0\0\x06\x02\0", 6));
  EXPECT_EQ(Message().step().framed(), std::string("\0\0\0\x0e\x0a\x02\0\0\0\0\0\0\0\0", 14));
  EXPECT_EQ(Message().set_light("J", "Gr").framed(),
            std::string("\0\0\0\x13\x0f\xc2\x20\0\0\0\1J\x0c\0\0\0\2Gr", 19));
  EXPECT_EQ(Message().get_vehicle(traci::kClass, "v").framed(),
            std::string("\0\0\0\x0c\x08\xa4\x49\0\0\0\1v", 12));
}

TEST(Traci, LongCommandsHaveALongLength) {
  const std::string state(300, 'G');
  const auto bytes = Message().set_light("J", state).framed();
  ASSERT_EQ(bytes.size(), 4U + 1 + 4 + 1 + 1 + 4 + 1 + 1 + 4 + 300);
  EXPECT_EQ(bytes[4], '\0');
  EXPECT_EQ(static_cast<unsigned char>(bytes[7]) * 256 + static_cast<unsigned char>(bytes[8]),
            static_cast<int>(bytes.size() - 4));
}

TEST(Traci, AStepIsRead) {
  Second s;
  const auto bytes = test::step_reply();
  ASSERT_TRUE(read_second(bytes, 0, kLights, s));
  EXPECT_EQ(s.time_s, 25201);
  ASSERT_EQ(s.vehicles.size(), 2U);
  EXPECT_EQ(s.vehicles[0].id, "a");
  EXPECT_EQ(s.vehicles[0].lane, "we_0");
  EXPECT_EQ(s.vehicles[0].at_m, 12.5);
  EXPECT_EQ(s.vehicles[1].lane, ":J_0_0");
  EXPECT_EQ(s.vehicles[1].speed_mps, 5.5);
  EXPECT_EQ(s.vehicles[1].edge, 1);
  EXPECT_EQ(s.loaded, std::vector<std::string_view>{"c"});
  EXPECT_EQ(s.departed, std::vector<std::string_view>{"b"});
  EXPECT_EQ(s.arrived, std::vector<std::string_view>{"z"});
  EXPECT_EQ(s.pending, std::vector<std::string_view>{"p"});
  EXPECT_TRUE(s.teleported.empty());
  EXPECT_EQ(s.lights, std::vector<std::string_view>{"GGr"});
}

TEST(Traci, VehiclesAreRead) {
  const auto about = read_about(test::about_reply(), std::vector<std::string>{"a"});
  ASSERT_TRUE(about) << about.error().text();
  EXPECT_EQ((*about)[0].vehicle_class, "bus");
  EXPECT_EQ((*about)[0].line, "7");
  EXPECT_EQ((*about)[0].edges, (std::vector<std::string>{"we", "je"}));
}

TEST(Traci, ARefusalHasSumosWords) {
  Second s;
  const auto bytes = Bytes().status(traci::kSetLight, 0xFF, "no such light").text();
  const auto read = read_second(bytes, 1, kLights, s);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "CB-SUMO-REFUSED");
  EXPECT_NE(read.error().what.find("no such light"), std::string::npos);
}

TEST(Traci, EveryTruncationIsAnError) {
  const auto step = test::step_reply(), about = test::about_reply();
  for (std::size_t n = 0; n < step.size(); ++n) {
    Second s;
    const auto read = read_second(std::string_view(step).substr(0, n), 0, kLights, s);
    ASSERT_FALSE(read) << n;
    EXPECT_EQ(read.error().code, "CB-SUMO-PROTOCOL");
  }
  for (std::size_t n = 0; n < about.size(); ++n)
    ASSERT_FALSE(read_about(std::string_view(about).substr(0, n), std::vector<std::string>{"a"}));
}

TEST(Traci, HostileCountsAllocateNothing) {
  Second s;
  // Two thousand million subscriptions, objects, strings; a string of two gigabytes.
  for (const auto& bytes :
       {Bytes().status(0x02).whole(0x7FFFFFFF).text(),
        Bytes().status(0x02).whole(0xFFFFFFFF).text(),
        Bytes()
            .status(0x02)
            .whole(1)
            .part(Bytes().byte(0x99).words("J").byte(0xA4).byte(6).whole(0x7FFFFFFF).text())
            .text(),
        Bytes()
            .status(0x02)
            .whole(1)
            .part(Bytes()
                      .byte(0xEB)
                      .words("")
                      .byte(1)
                      .byte(0x72)
                      .byte(0)
                      .byte(0x0E)
                      .whole(0x7FFFFFFF)
                      .text())
            .text(),
        Bytes().status(0x02).whole(1).part(Bytes().byte(0x99).whole(0x7FFFFFFF).text()).text()})
    EXPECT_FALSE(read_second(bytes, 0, kLights, s));
}

TEST(Traci, WhatWasNotAskedForIsAnError) {
  Second s;
  EXPECT_FALSE(read_second(test::step_reply(), 0, std::vector<std::string>{"other"}, s));
  EXPECT_FALSE(read_second(test::step_reply() + "x", 0, kLights, s));
  EXPECT_FALSE(read_about(test::about_reply(), std::vector<std::string>{"b"}));
}

RC_GTEST_PROP(TraciProperty, ChangedBytesNeverCrash, ()) {
  auto bytes = test::step_reply();
  const auto changes =
      *rc::gen::container<std::vector<std::pair<std::size_t, std::uint8_t>>>(rc::gen::pair(
          rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [at, to] : changes) bytes[at] = static_cast<char>(to);
  Second s;
  const auto read = read_second(bytes, 0, kLights, s);
  RC_ASSERT(s.vehicles.size() <= bytes.size());
  if (!read) RC_ASSERT(read.error().code.starts_with("CB-SUMO-"));
}

}  // namespace
}  // namespace citybrain::connectors::sumo
