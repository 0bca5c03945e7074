// JSON Schema: what is well formed, and which changes are compatible, by content model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/registry/schema.h"

namespace citybrain::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> unreadable(const std::string& reader, const std::string& writer) {
  const auto r = parse_json_schema(reader, {}), w = parse_json_schema(writer, {});
  EXPECT_TRUE(r && w) << reader << writer;
  std::vector<std::string> out;
  for (const auto& d : (*r)->cannot_read(**w)) out.push_back(d.type);
  return out;
}

std::string object(const std::string& properties, const std::string& more = "") {
  return R"({"type":"object","properties":{)" + properties + "}" + more + "}";
}

TEST(JsonSchema, WhatIsMalformedIsRefusedWithItsPath) {
  for (const std::string bad :
       {"", "[]", "7", R"({"type":"text"})", R"({"type":[]})", R"({"properties":[]})",
        R"({"required":"a"})", R"({"enum":{}})", R"({"$ref":"#/definitions/none"})",
        R"({"minLength":-1})", R"({"allOf":{}})", R"({"properties":{"a":{"type":"x"}}})"})
    EXPECT_FALSE(parse_json_schema(bad, {})) << bad;
  const auto e = parse_json_schema(R"({"properties":{"a":{"type":"x"}}})", {});
  EXPECT_NE(e.error().what.find("#/properties/a/type"), std::string::npos) << e.error().what;
  EXPECT_TRUE(parse_json_schema(R"({"enum":[{"$ref":"#/x"}]})", {}));
  EXPECT_TRUE(parse_json_schema("true", {}));
}

TEST(JsonSchema, PropertiesByContentModel) {
  const std::string closed = R"(,"additionalProperties":false)";
  const std::string a = R"("a":{"type":"string"})", ab = a + R"(,"b":{"type":"string"})";
  EXPECT_THAT(unreadable(object(ab), object(a)),
              ElementsAre("PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(object(ab, closed), object(a, closed)), IsEmpty());
  EXPECT_THAT(unreadable(object(a), object(ab)), IsEmpty());
  EXPECT_THAT(unreadable(object(a, closed), object(ab, closed)),
              ElementsAre("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(object(ab, closed + R"(,"required":["b"])"), object(a, closed)),
              ElementsAre("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(object(a, closed), object(a)),
              ElementsAre("ADDITIONAL_PROPERTIES_REMOVED"));
  EXPECT_THAT(unreadable(object(a), object(a, closed)), IsEmpty());
  const std::string partly = R"(,"additionalProperties":{"type":"string"})";
  EXPECT_THAT(unreadable(object(ab, partly), object(a, partly)), IsEmpty());
  EXPECT_THAT(unreadable(object(a + R"(,"b":{"type":"number"})", partly), object(a, partly)),
              ElementsAre("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(object(a, R"(,"required":["a"])"), object(a)),
              ElementsAre("REQUIRED_ATTRIBUTE_ADDED"));
  EXPECT_THAT(unreadable(object(a), object(a, R"(,"required":["a"])")), IsEmpty());
}

TEST(JsonSchema, TypesEnumerationsAndBounds) {
  EXPECT_THAT(unreadable(R"({"type":"number"})", R"({"type":"integer"})"), IsEmpty());
  EXPECT_THAT(unreadable(R"({"type":"integer"})", R"({"type":"number"})"),
              ElementsAre("TYPE_NARROWED"));
  EXPECT_THAT(unreadable(R"({"type":["string","null"]})", R"({"type":"string"})"), IsEmpty());
  EXPECT_THAT(unreadable(R"({"type":"string"})", R"({"type":"integer"})"),
              ElementsAre("TYPE_CHANGED"));
  EXPECT_THAT(unreadable(R"({"type":"string"})", "true"), ElementsAre("TYPE_CHANGED"));
  EXPECT_THAT(unreadable("{}", R"({"type":"string"})"), IsEmpty());
  EXPECT_THAT(unreadable(R"({"enum":["a","b"]})", R"({"enum":["a"]})"), IsEmpty());
  EXPECT_THAT(unreadable(R"({"enum":["a"]})", R"({"enum":["a","b"]})"),
              ElementsAre("ENUM_ARRAY_NARROWED"));
  EXPECT_THAT(unreadable(R"({"enum":["c"]})", R"({"enum":["a","b"]})"),
              ElementsAre("ENUM_ARRAY_CHANGED"));
  EXPECT_THAT(
      unreadable(R"({"type":"string","maxLength":5})", R"({"type":"string","maxLength":9})"),
      ElementsAre("MAX_LENGTH_DECREASED"));
  EXPECT_THAT(unreadable(R"({"type":"number","minimum":5})", R"({"type":"number"})"),
              ElementsAre("MINIMUM_ADDED"));
  EXPECT_THAT(unreadable(R"({"type":"number"})", R"({"type":"number","minimum":5})"), IsEmpty());
  EXPECT_THAT(unreadable(R"({"type":"array","items":{"type":"string"}})",
                         R"({"type":"array","items":{"type":"integer"}})"),
              ElementsAre("TYPE_CHANGED"));
}

TEST(JsonSchema, CombinedSchemas) {
  const std::string s = R"({"type":"string"})", i = R"({"type":"integer"})";
  EXPECT_THAT(unreadable(R"({"oneOf":[)" + s + "," + i + "]}", s), IsEmpty());
  EXPECT_THAT(unreadable(R"({"oneOf":[)" + i + "," + s + R"(,{"type":"null"}]})",
                         R"({"oneOf":[)" + s + "," + i + "]}"),
              IsEmpty());
  EXPECT_THAT(unreadable(R"({"oneOf":[)" + s + "]}", R"({"oneOf":[)" + s + "," + i + "]}"),
              ElementsAre("SUM_TYPE_NARROWED"));
  EXPECT_THAT(unreadable(R"({"allOf":[)" + s + "," + i + "]}", R"({"allOf":[)" + s + "]}"),
              ElementsAre("PRODUCT_TYPE_EXTENDED"));
  EXPECT_THAT(unreadable(R"({"anyOf":[)" + s + R"(,{"type":"null"}]})",
                         R"({"anyOf":[)" + s + "," + i + "]}"),
              ElementsAre("COMBINED_TYPE_SUBSCHEMAS_CHANGED"));
  EXPECT_THAT(unreadable(R"({"not":)" + s + "}", "{\"minimum\":1}"),
              ElementsAre("NOT_TYPE_EXTENDED"));
}

TEST(JsonSchema, ReferencesAreFollowedAlsoInCircles) {
  const std::string tree =
      R"({"$ref":"#/definitions/t","definitions":{"t":{"type":"object","properties":{"v":{"type":"V"},"l":{"$ref":"#/definitions/t"}}}}})";
  auto with = [&tree](const std::string& type) {
    auto out = tree;
    out.replace(out.find("\"V\""), 3, "\"" + type + "\"");
    return out;
  };
  EXPECT_THAT(unreadable(with("number"), with("integer")), IsEmpty());
  EXPECT_THAT(unreadable(with("string"), with("integer")), ElementsAre("TYPE_CHANGED"));
  const auto r = parse_json_schema(R"({"$ref":"o.json"})", {{"o.json", R"({"type":"string"})"}});
  const auto w = parse_json_schema(R"({"type":"integer"})", {});
  ASSERT_TRUE(r && w);
  EXPECT_EQ((*r)->cannot_read(**w).size(), 1U);
}

TEST(JsonSchema, TuplesAreComparedItemByItem) {
  const auto tuple = [](const std::string& items, const std::string& more = "") {
    return R"({"type":"array","items":[)" + items + "]" + more + "}";
  };
  const std::string one = R"({"type":"integer"})", two = one + "," + one;
  const std::string shut = R"(,"additionalItems":false)";
  EXPECT_THAT(unreadable(tuple(two), tuple(one)), ElementsAre("ITEM_ADDED_TO_OPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(tuple(two, shut), tuple(one, shut)), IsEmpty());
  EXPECT_THAT(unreadable(tuple(one), tuple(two)), IsEmpty());
  EXPECT_THAT(unreadable(tuple(one, shut), tuple(two, shut)),
              ElementsAre("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL"));
  const std::string text = R"(,"additionalItems":{"type":"string"})";
  EXPECT_THAT(unreadable(tuple(two, text), tuple(one, text)),
              ElementsAre("ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(tuple(one, text), tuple(two, text)),
              ElementsAre("ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"));
}

TEST(JsonSchema, LaterDraftsSayTheSameInOtherWords) {
  const auto tuple = [](const std::string& prefix, const std::string& items = "") {
    return R"({"type":"array","prefixItems":[)" + prefix + "]" + items + "}";
  };
  const std::string whole = R"({"type":"integer"})", text = R"({"type":"string"})";
  EXPECT_THAT(unreadable(tuple(text), tuple(whole)), ElementsAre("TYPE_CHANGED"));
  EXPECT_THAT(unreadable(tuple(whole + "," + whole), tuple(whole)),
              ElementsAre("ITEM_ADDED_TO_OPEN_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(tuple(whole, R"(,"items":false)"), tuple(whole)),
              ElementsAre("ADDITIONAL_ITEMS_REMOVED"));
  const std::string a = R"("a":{"type":"string"})", ab = a + R"(,"b":{"type":"string"})";
  const std::string sealed = R"(,"unevaluatedProperties":false)";
  EXPECT_THAT(unreadable(object(ab, sealed), object(a, sealed)), IsEmpty());
  EXPECT_THAT(unreadable(object(a, sealed), object(ab, sealed)),
              ElementsAre("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"));
  EXPECT_THAT(unreadable(object(ab, R"(,"dependentRequired":{"a":["b"]})"), object(ab)),
              ElementsAre("DEPENDENCY_ARRAY_ADDED"));
  EXPECT_THAT(unreadable(object(ab, R"(,"dependentSchemas":{"a":{"required":["b"]}})"), object(ab)),
              ElementsAre("DEPENDENCY_SCHEMA_ADDED"));
  const auto list = [](const std::string& value) {
    return R"({"$dynamicAnchor":"node","type":"object","properties":{"value":{"type":")" + value +
           R"("},"next":{"$dynamicRef":"#node"}}})";
  };
  EXPECT_THAT(unreadable(list("string"), list("string")), IsEmpty());
  EXPECT_THAT(unreadable(list("string"), list("integer")), ElementsAre("TYPE_CHANGED"));
  EXPECT_FALSE(parse_json_schema(R"({"properties":{"a":{"$dynamicRef":"#nobody"}}})", {}));
  // A property of such a name is no keyword.
  const auto named = R"({"type":"object","properties":{"prefixItems":{"type":"string"}}})";
  EXPECT_THAT(unreadable(named, named), IsEmpty());
}

// As Confluent's comparison: a condition that comes or goes changes the type; what it says, what
// `contains` asks for and the names of properties are not compared.
TEST(JsonSchema, ConditionsAndNames) {
  const std::string a = R"("a":{"type":"string"})";
  const std::string condition = R"(,"if":{"required":["a"]},"then":{"minProperties":2})";
  EXPECT_THAT(unreadable(object(a, condition), object(a)), ElementsAre("TYPE_CHANGED"));
  EXPECT_THAT(unreadable(object(a), object(a, condition)), ElementsAre("TYPE_CHANGED"));
  EXPECT_THAT(unreadable(object(a, condition), object(a, condition)), IsEmpty());
  EXPECT_THAT(unreadable(object(a, R"(,"propertyNames":{"pattern":"^a"})"), object(a)), IsEmpty());
  EXPECT_THAT(unreadable(R"({"type":"array","contains":{"type":"string"}})", R"({"type":"array"})"),
              IsEmpty());
}

}  // namespace
}  // namespace citybrain::registry
