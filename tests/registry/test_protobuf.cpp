// Protobuf: text and base64, imports, one canonical form, and Confluent's compatibility rules.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <sstream>

#include "hub/registry/own.h"
#include "hub/registry/schema.h"

namespace citybrain::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHead = "syntax = \"proto3\";\npackage acme;\n";

std::shared_ptr<const Parsed> parsed(const std::string& text,
                                     const std::vector<Resolved>& references = {}) {
  auto p = parse_protobuf(text, references);
  EXPECT_TRUE(p) << (p ? "" : p.error().what) << "\n" << text;
  return p ? *p : nullptr;
}

std::vector<std::string> unreadable(const std::string& reader, const std::string& writer) {
  const auto r = parsed(kHead + reader), w = parsed(kHead + writer);
  std::vector<std::string> out;
  for (const auto& d : r->cannot_read(*w)) out.push_back(d.type);
  return out;
}

TEST(Protobuf, LayoutAndCommentsMakeNoOtherSchema) {
  const auto a = parsed(kHead + "message M { int32 a = 1; string b = 2; }");
  const auto b = parsed(kHead + "\n// said\nmessage M {\n  int32 a = 1;\n  string b = 2; }\n");
  EXPECT_EQ(a->canonical(), b->canonical());
  const auto turned = parsed(kHead + "message M { string b = 2; int32 a = 1; }");
  EXPECT_NE(a->canonical(), turned->canonical());
  EXPECT_EQ(a->normalized(), turned->normalized());
  EXPECT_EQ(parsed(a->normalized())->normalized(), a->normalized());
}

TEST(Protobuf, NormalizingKeepsTheFieldsOfAOneOfTogether) {
  const auto a = parsed(kHead +
                        "message M { oneof w { int32 d = 4; } oneof v { int32 c = 3; int32 a = 1; }"
                        " optional int32 e = 5; int32 b = 2; }");
  const auto b = parsed(kHead +
                        "message M { oneof v { int32 a = 1; int32 c = 3; } int32 b = 2;"
                        " optional int32 e = 5; oneof w { int32 d = 4; } }");
  EXPECT_EQ(a->normalized(), b->normalized());
  EXPECT_TRUE(parsed(a->normalized())->cannot_read(*a).empty());
}

TEST(Protobuf, SerializedFormIsTheSameSchema) {
  const auto text =
      kHead + "message M { oneof v { int32 a = 1; string b = 2; } optional int32 c = 3; }";
  const auto a = parsed(text);
  const auto b = parsed(a->formatted("serialized"));
  EXPECT_EQ(a->canonical(), b->canonical());
  EXPECT_EQ(a->stored(), text);
  EXPECT_EQ(b->stored(), b->canonical());  // what is handed out can be read
}

TEST(Protobuf, ImportsComeFromReferencesOrAreWellKnown) {
  const auto mine = kHead +
                    "import \"o.proto\"; import \"google/protobuf/timestamp.proto\";\n"
                    "import \"confluent/meta.proto\";\n"
                    "message M { O o = 1; google.protobuf.Timestamp t = 2; }";
  parsed(mine, {{"o.proto", kHead + "message O {}"}});
  const auto missing = parse_protobuf(mine, {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("o.proto"), std::string::npos);
  EXPECT_FALSE(
      parse_protobuf(kHead + "import \"a\"; message M {}", {{"a", kHead + "import \"a\";"}}));
}

TEST(Protobuf, ErrorsNameThePlace) {
  const auto bad = parse_protobuf(kHead + "message M {\n  int32 a 1;\n}", {});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "CB-REGISTRY-42201");
  EXPECT_NE(bad.error().what.find("line 4"), std::string::npos) << bad.error().what;
  EXPECT_FALSE(parse_protobuf(kHead + "message M { int32 a = 1; int32 b = 1; }", {}));
  EXPECT_FALSE(parse_protobuf("AAAA", {}));
}

TEST(Protobuf, FieldsMayComeGoAndBeRenamed) {
  EXPECT_THAT(unreadable("message M { int32 a = 1; int32 b = 2; }", "message M { int32 a = 1; }"),
              IsEmpty());
  EXPECT_THAT(unreadable("message M { int32 a = 1; }", "message M { int32 a = 1; int32 b = 2; }"),
              IsEmpty());
  EXPECT_THAT(unreadable("message M { int32 x = 1; }", "message M { int32 a = 1; }"), IsEmpty());
  EXPECT_THAT(unreadable("message M {} message N {}", "message M {}"), IsEmpty());
  EXPECT_THAT(unreadable("message M {}", "message M {} message N {}"),
              ElementsAre("MESSAGE_REMOVED"));
}

TEST(Protobuf, TypesChangeWithinTheirWireGroup) {
  const auto of = [](const std::string& type) { return "message M { " + type + " a = 1; }"; };
  EXPECT_THAT(unreadable(of("int64"), of("int32")), IsEmpty());
  EXPECT_THAT(unreadable(of("bool"), of("uint64")), IsEmpty());
  EXPECT_THAT(unreadable(of("sint64"), of("sint32")), IsEmpty());
  EXPECT_THAT(unreadable(of("bytes"), of("string")), IsEmpty());
  EXPECT_THAT(unreadable(of("sfixed32"), of("fixed32")), IsEmpty());
  EXPECT_THAT(unreadable(of("sint32"), of("int32")), ElementsAre("FIELD_SCALAR_KIND_CHANGED"));
  EXPECT_THAT(unreadable(of("string"), of("int32")), ElementsAre("FIELD_SCALAR_KIND_CHANGED"));
  EXPECT_THAT(unreadable(of("double"), of("float")), ElementsAre("FIELD_SCALAR_KIND_CHANGED"));
  EXPECT_THAT(unreadable(of("M"), of("int32")), ElementsAre("FIELD_KIND_CHANGED"));
  EXPECT_THAT(unreadable(of("map<int32, string>"), of("map<int64, bytes>")), IsEmpty());
  EXPECT_THAT(unreadable(of("map<string, int32>"), of("map<int32, int32>")),
              ElementsAre("FIELD_SCALAR_KIND_CHANGED"));
  EXPECT_THAT(unreadable(of("repeated int32"), of("int32")),
              ElementsAre("FIELD_NUMERIC_LABEL_CHANGED"));
  EXPECT_THAT(unreadable(of("repeated string"), of("string")), IsEmpty());
  const std::string two = " message A {} message B {}";
  EXPECT_THAT(unreadable(of("A") + two, of("B") + two), ElementsAre("FIELD_NAMED_TYPE_CHANGED"));
}

TEST(Protobuf, OneOfsTakeOneFieldOfTheirOwn) {
  const std::string flat = "message M { int32 a = 1; int32 b = 2; }";
  EXPECT_THAT(unreadable("message M { oneof v { int32 a = 1; } int32 b = 2; }", flat), IsEmpty());
  EXPECT_THAT(unreadable("message M { oneof v { int32 a = 1; int32 b = 2; } }", flat),
              ElementsAre("MULTIPLE_FIELDS_MOVED_TO_ONEOF"));
  EXPECT_THAT(unreadable("message M { oneof v { int32 a = 1; int32 b = 2; } }",
                         "message M { oneof v { int32 a = 1; } int32 b = 2; }"),
              ElementsAre("FIELD_MOVED_TO_EXISTING_ONEOF"));
  EXPECT_THAT(unreadable("message M { oneof v { int32 a = 1; } }",
                         "message M { oneof v { int32 a = 1; int32 b = 2; } }"),
              ElementsAre("ONEOF_FIELD_REMOVED"));
}

TEST(Protobuf, PackageAndRequiredFields) {
  const auto old = parsed("syntax = \"proto2\"; message M { optional int32 a = 1; }");
  const auto moved = parsed("syntax = \"proto2\"; package p; message M { optional int32 a = 1; }");
  const auto needs =
      parsed("syntax = \"proto2\"; message M { optional int32 a = 1; required int32 b = 2; }");
  EXPECT_EQ(moved->cannot_read(*old).at(0).type, "PACKAGE_CHANGED");
  EXPECT_EQ(needs->cannot_read(*old).at(0).type, "REQUIRED_FIELD_ADDED");
  EXPECT_EQ(old->cannot_read(*needs).at(0).type, "REQUIRED_FIELD_REMOVED");
}

TEST(Protobuf, AnImportedTypeIsComparedToo) {
  const auto mine = kHead + "import \"o.proto\"; message M { O o = 1; }";
  const auto old = parsed(mine, {{"o.proto", kHead + "message O { int32 a = 1; }"}});
  const auto good = parsed(mine, {{"o.proto", kHead + "message O { int64 a = 1; }"}});
  const auto bad = parsed(mine, {{"o.proto", kHead + "message O { string a = 1; }"}});
  EXPECT_THAT(good->cannot_read(*old), IsEmpty());
  EXPECT_EQ(bad->cannot_read(*old).size(), 2U);
}

TEST(OwnSchemas, AreRegisteredWithTheIdsOfTheFraming) {
  auto registry = *Registry::open(in_memory());
  ASSERT_TRUE(register_own(registry));
  ASSERT_TRUE(register_own(registry));  // again: nothing new
  for (const auto& own : own_schemas()) {
    const auto v = registry.version(subject_of(own.topic), kLatest, false);
    ASSERT_TRUE(v) << own.topic;
    EXPECT_EQ(v->id, own.id);
    EXPECT_EQ(v->version, 1);
  }
  EXPECT_EQ(registry.greatest_id(""), 42);  // a message each; 1 to 10 stood for whole files
}

// Clients that know no message indexes (@kafkajs/confluent-schema-registry) take the first message.
TEST(OwnSchemas, HaveTheMessageOfTheirTopicFirst) {
  const auto messages = [](const std::string& topic) {
    for (const auto& own : own_schemas())
      if (own.topic == topic) {
        std::vector<std::string> out;
        std::istringstream in(own.text);
        for (std::string line; std::getline(in, line);)
          if (line.starts_with("message ")) out.push_back(line.substr(8, line.find(' ', 8) - 8));
        return out;
      }
    return std::vector<std::string>{};
  };
  EXPECT_THAT(messages("traffic_police.video_flow"), ElementsAre("VideoReport"));
  EXPECT_THAT(messages("hub.acks"), ElementsAre("CommandAck"));
  EXPECT_THAT(messages("transport.taxi_positions"), ElementsAre("PositionReport"));
  EXPECT_THAT(messages("transport.bus_positions"), ElementsAre("BusReport", "PositionReport"));
  EXPECT_THAT(messages("port.actuations"), ElementsAre("PortActuations"));
}

TEST(OwnSchemas, AnIncompatibleOneIsRefusedWithTheReason) {
  auto registry = *Registry::open(in_memory());
  RegisterOptions options;
  ASSERT_TRUE(registry.add(
      "hub.acks-value",
      {Language::kProtobuf,
       "syntax = \"proto3\"; package citybrain.v1; message CommandAck { string command = 1; }",
       {},
       nullptr,
       nullptr},
      options));
  const auto refused = register_own(registry);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-REGISTRY-409");
  EXPECT_NE(refused.error().what.find("FIELD_SCALAR_KIND_CHANGED"), std::string::npos);
  EXPECT_NE(refused.error().what.find("hub.acks-value"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::registry
