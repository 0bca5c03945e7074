// Avro: what is well formed (specification 1.11), the canonical text, and schema resolution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/registry/schema.h"

namespace citybrain::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string canonical(const std::string& text, const std::vector<Resolved>& references = {}) {
  const auto parsed = parse_avro(text, references, {});
  return parsed ? (*parsed)->canonical() : "refused: " + parsed.error().what;
}

std::vector<std::string> unreadable(const std::string& reader, const std::string& writer) {
  const auto r = parse_avro(reader, {}, {}), w = parse_avro(writer, {}, {});
  std::vector<std::string> out;
  for (const auto& d : (*r)->cannot_read(**w)) out.push_back(d.type);
  return out;
}

std::string record(const std::string& fields, const std::string& name = "R") {
  return R"({"type":"record","name":")" + name + R"(","fields":[)" + fields + "]}";
}

TEST(Avro, CanonicalTextHasTheAttributesInOrder) {
  EXPECT_EQ(canonical(R"({"type": "string"})"), R"("string")");
  EXPECT_EQ(canonical("string"), R"("string")");
  EXPECT_EQ(canonical(R"( {"fields":[{"type":["null","int"],"default":null,"name":"a"}],
                           "name":"com.acme.R","doc":"d","type":"record","owner":"x"} )"),
            R"({"type":"record","name":"R","namespace":"com.acme","doc":"d","fields":[{"name":"a",)"
            R"("type":["null","int"],"default":null}],"owner":"x"})");
  EXPECT_EQ(canonical(R"({"type":"int","logicalType":"date"})"),
            R"({"type":"int","logicalType":"date"})");
  EXPECT_EQ(canonical(record(R"({"name":"d","type":"double","default":1.0})")),
            record(R"({"name":"d","type":"double","default":1.0})"));
}

TEST(Avro, NormalizingOrdersWhatHasNoOrder) {
  const auto a = parse_avro(R"({"type":"int","z":{"q":1,"p":2},"a":3})", {}, {});
  const auto b = parse_avro(R"({"a":3,"z":{"p":2,"q":1},"type":"int"})", {}, {});
  EXPECT_NE((*a)->canonical(), (*b)->canonical());
  EXPECT_EQ((*a)->normalized(), (*b)->normalized());
}

TEST(Avro, NamesAreDefinedOnceAndThenNamed) {
  const auto inner = R"({"type":"fixed","name":"Id","size":16})";
  EXPECT_EQ(
      canonical(
          record(std::string(R"({"name":"a","type":)") + inner + R"(},{"name":"b","type":"Id"})")),
      record(std::string(R"({"name":"a","type":)") + inner + R"(},{"name":"b","type":"Id"})"));
  EXPECT_EQ(canonical(record(R"({"name":"next","type":["null","R"]})")),
            record(R"({"name":"next","type":["null","R"]})"));
  EXPECT_EQ(canonical(R"(["x.A"])", {{"x.A", R"({"type":"enum","name":"x.A","symbols":["p"]})"}}),
            R"(["x.A"])");
}

TEST(Avro, WhatTheSpecificationForbidsIsRefused) {
  for (
      const std::string bad :
      {"",
       "{",
       "7",
       "\"nothing\"",
       "{\"type\":\"record\",\"name\":\"R\"}",
       "{\"name\":\"x\"}",
       R"({"type":"record","name":"1R","fields":[]})",
       R"(["int","int"])",
       R"([["int"],"null"])",
       R"({"type":"enum","name":"E","symbols":["a","a"]})",
       R"({"type":"enum","name":"E","symbols":["a-b"]})",
       R"({"type":"enum","name":"E","symbols":["a"],"default":"b"})",
       R"({"type":"fixed","name":"F"})",
       R"({"type":"array"})",
       R"({"type":"map"})",
       R"({"type":"record","name":"int","fields":[]})",
       R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})",
       R"({"type":"record","name":"R","fields":[{"name":"a"}]})",
       R"({"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"up"}]})",
       R"([{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}])"}) {
    const auto parsed = parse_avro(bad, {}, {});
    EXPECT_FALSE(parsed) << bad;
    if (!parsed) EXPECT_EQ(parsed.error().code, "CB-REGISTRY-42201") << bad;
  }
}

TEST(Avro, DefaultsAreCheckedWhenAsked) {
  const auto wrong = record(R"({"name":"a","type":"int","default":"x"})");
  EXPECT_TRUE(parse_avro(wrong, {}, {}));
  EXPECT_FALSE(parse_avro(wrong, {}, {true}));
  EXPECT_FALSE(parse_avro(record(R"({"name":"a","type":["null","int"],"default":1})"), {}, {true}));
  EXPECT_TRUE(parse_avro(
      record(R"({"name":"a","type":{"type":"array","items":"int"},"default":[1]})"), {}, {true}));
  EXPECT_FALSE(parse_avro(record(R"({"name":"a","type":"int","default":2147483648})"), {}, {true}));
}

TEST(Avro, FieldsAreResolvedByNameAliasAndDefault) {
  const auto a = record(R"({"name":"a","type":"int"})");
  const auto ab = record(R"({"name":"a","type":"int"},{"name":"b","type":"int"})");
  const auto ab_default =
      record(R"({"name":"a","type":"int"},{"name":"b","type":"int","default":0})");
  const auto alias = record(R"({"name":"c","type":"int","aliases":["a"]})");
  EXPECT_THAT(unreadable(ab, a), ElementsAre("READER_FIELD_MISSING_DEFAULT_VALUE"));
  EXPECT_THAT(unreadable(ab_default, a), IsEmpty());
  EXPECT_THAT(unreadable(a, ab), IsEmpty());
  EXPECT_THAT(unreadable(alias, a), IsEmpty());
  EXPECT_THAT(unreadable(a, alias), ElementsAre("READER_FIELD_MISSING_DEFAULT_VALUE"));
}

TEST(Avro, PromotionsGoOneWay) {
  EXPECT_THAT(unreadable("long", "int"), IsEmpty());
  EXPECT_THAT(unreadable("double", "float"), IsEmpty());
  EXPECT_THAT(unreadable("int", "long"), ElementsAre("TYPE_MISMATCH"));
  EXPECT_THAT(unreadable("string", "bytes"), IsEmpty());
  EXPECT_THAT(unreadable("bytes", "string"), IsEmpty());
  EXPECT_THAT(unreadable("string", "int"), ElementsAre("TYPE_MISMATCH"));
}

TEST(Avro, UnionsEnumsAndFixed) {
  EXPECT_THAT(unreadable(R"(["null","int"])", "int"), IsEmpty());
  EXPECT_THAT(unreadable("int", R"(["null","int"])"), ElementsAre("TYPE_MISMATCH"));
  EXPECT_THAT(unreadable(R"(["null","string"])", R"(["null","int"])"),
              ElementsAre("MISSING_UNION_BRANCH"));
  EXPECT_THAT(unreadable(R"(["null","long"])", R"(["int","null"])"), IsEmpty());
  const std::string ab = R"({"type":"enum","name":"E","symbols":["a","b"]})";
  const std::string only_a = R"({"type":"enum","name":"E","symbols":["a"]})";
  const std::string fallback = R"({"type":"enum","name":"E","symbols":["a"],"default":"a"})";
  EXPECT_THAT(unreadable(ab, only_a), IsEmpty());
  EXPECT_THAT(unreadable(only_a, ab), ElementsAre("MISSING_ENUM_SYMBOLS"));
  EXPECT_THAT(unreadable(fallback, ab), IsEmpty());
  EXPECT_THAT(unreadable(R"({"type":"fixed","name":"F","size":2})",
                         R"({"type":"fixed","name":"F","size":3})"),
              ElementsAre("FIXED_SIZE_MISMATCH"));
  EXPECT_THAT(unreadable(record("", "A"), record("", "B")), ElementsAre("NAME_MISMATCH"));
}

TEST(Avro, RecursiveSchemasAreComparedToTheEnd) {
  const auto list = record(R"({"name":"v","type":"int"},{"name":"next","type":["null","R"]})");
  const auto longer = record(R"({"name":"v","type":"long"},{"name":"next","type":["null","R"]})");
  EXPECT_THAT(unreadable(longer, list), IsEmpty());
  EXPECT_FALSE(unreadable(list, longer).empty());
}

/// Two branches at each of 60 levels: 2^60 paths, but only 120 pairs.
TEST(Avro, ManyPathsThroughFewTypesTakeNoTime) {
  std::string text = R"({"type":"record","name":"n.L60","fields":[{"name":"x","type":"int"}]})";
  std::vector<Resolved> references{{"L60", text}};
  for (int i = 59; i >= 0; --i) {
    const auto below = "n.L" + std::to_string(i + 1);
    text = R"({"type":"record","name":"n.L)" + std::to_string(i) +
           R"(","fields":[{"name":"a","type":["null",")" + below +
           R"("]},{"name":"b","type":["null",")" + below + R"("]}]})";
    references.push_back({"L" + std::to_string(i), text});
  }
  references.pop_back();
  const auto old = parse_avro(text, references, {});
  references[0].text =
      R"({"type":"record","name":"n.L60","fields":[{"name":"x","type":"string"}]})";
  const auto now = parse_avro(text, references, {});
  ASSERT_TRUE(old && now);
  EXPECT_FALSE((*now)->cannot_read(**old).empty());
}

}  // namespace
}  // namespace citybrain::registry
