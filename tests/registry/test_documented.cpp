// The documented examples of Confluent's REST interface as requests and their replies, played one
// after the other: a file of tests/registry/documented is one registry's life.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/api/registry_service.h"
#include "hub/registry/json_text.h"

namespace citybrain::registry {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

void play(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  const auto steps = *parse_json(text.str());
  auto registry = *Registry::open(in_memory());
  std::size_t number = 0;
  for (const auto& s : steps.as_array()) {
    const auto& step = s.as_object();
    api::Request request;
    request.method = std::string(step.at("method").as_string());
    request.target = std::string(step.at("target").as_string());
    request.content_type = "application/vnd.schemaregistry.v1+json";
    if (const auto* body = step.if_contains("body")) request.body = print_json(*body);
    request.all_fields = step.contains("all_fields");
    const auto reply = api::answer(registry, request);
    SCOPED_TRACE(file.filename().string() + " step " + std::to_string(++number) + ": " +
                 request.method + " " + request.target + "\n" + reply.body);
    EXPECT_EQ(reply.status, step.at("status").as_int64());
    EXPECT_EQ(reply.content_type, "application/vnd.schemaregistry.v1+json");
    if (const auto* expected = step.if_contains("reply")) {
      const auto got = parse_json(reply.body);
      ASSERT_TRUE(got);
      EXPECT_EQ(print_sorted(*got), print_sorted(*expected));
    } else {
      EXPECT_NE(reply.body.find("\"error_code\":" + std::to_string(reply.status)),
                std::string::npos);
    }
  }
  EXPECT_GT(number, 5U);
}

TEST(Documented, ExamplesAreAnsweredAsDocumented) {
  std::vector<fs::path> files;
  for (const auto& e :
       fs::directory_iterator(fs::path(CITYBRAIN_SOURCE_DIR) / "tests/registry/documented"))
    files.push_back(e.path());
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 12U);
  for (const auto& f : files) play(f);
}

api::Reply ask(Registry& registry, const std::string& accept, const std::string& content_type) {
  return api::answer(
      registry, {"POST", "/subjects/s/versions", accept, content_type, R"({"schema":"\"int\""})"});
}

TEST(Documented, ContentTypesAreNegotiated) {
  auto registry = *Registry::open(in_memory());
  EXPECT_EQ(ask(registry, "", "").content_type, "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(ask(registry, "application/json", "application/json; charset=utf-8").content_type,
            "application/json");
  EXPECT_EQ(ask(registry, "application/vnd.schemaregistry+json, application/json;q=0.5",
                "application/vnd.schemaregistry+json")
                .content_type,
            "application/vnd.schemaregistry+json");
  EXPECT_EQ(ask(registry, "text/html", "").status, 406);
  EXPECT_EQ(ask(registry, "text/*", "").status, 406);
  EXPECT_EQ(ask(registry, "application/octet-stream", "").status, 406);
  EXPECT_EQ(ask(registry, "application/vnd.schemaregistry.v2+json", "").body,
            R"({"error_code":406,"message":"HTTP 406 Not Acceptable"})");
  for (const auto* all : {"*", "*/*", "*/anything", "application/*", "text/html, *; q=.2"})
    EXPECT_EQ(ask(registry, all, "").content_type, "application/vnd.schemaregistry.v1+json") << all;
  EXPECT_EQ(
      ask(registry, "application/vnd.schemaregistry.v1+json; q=0.1, application/json; q=0.9", "")
          .content_type,
      "application/json");
  const auto wrong = ask(registry, "", "text/html");
  EXPECT_EQ(wrong.body, R"({"error_code":415,"message":"HTTP 415 Unsupported Media Type"})");
  EXPECT_EQ(wrong.content_type, "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(ask(registry, "*/*", "text/plain").status, 415);
  EXPECT_EQ(ask(registry, "*/*", "application/octet-stream").status, 200);
}

std::string utf16(std::string_view text, bool little) {
  std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) out += little ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST(Documented, BodiesComeInSeveralCharacterSets) {
  auto registry = *Registry::open(in_memory());
  const std::string type = "application/vnd.schemaregistry.v1+json; charset=";
  const auto put = [&](const std::string& charset, const std::string& body) {
    return api::answer(registry, {"PUT", "/config", "", type + charset, body});
  };
  const std::string text = R"({"compatibility":"NONE"})";
  for (const bool little : {true, false}) {
    const auto reply = put("utf-16", utf16(text, little));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, text);
  }
  EXPECT_EQ(put("\"UTF-8\"", text).body, text);
  EXPECT_EQ(put("iso-8859-1", "{\"alias\":\"\xE9\"}").body, "{\"alias\":\"\xC3\xA9\"}");
  EXPECT_EQ(put("utf-16", utf16(text, true) + "x").status, 415);
  EXPECT_EQ(put("ebcdic", text).status, 415);
}

// "Confluent-Accept-Unknown-Properties: true" asks for the fields of newer versions.
TEST(Documented, AGuidNamesASchemaInEveryContext) {
  auto registry = *Registry::open(in_memory());
  const auto ask_all = [&](const std::string& method, const std::string& target,
                           const std::string& body = "") {
    return api::answer(registry, {method, target, "", "", body, true});
  };
  const std::string schema = R"({"schema":"\"int\""})";
  const auto added = *parse_json(ask_all("POST", "/subjects/s/versions", schema).body);
  const std::string guid(added.at("guid").as_string());
  EXPECT_EQ(guid.size(), 36U);
  EXPECT_EQ(added.at("version").as_int64(), 1);
  ask_all("POST", "/subjects/:.lab:t/versions", R"({"schema":"\"long\""})");
  ask_all("POST", "/subjects/:.lab:s/versions", schema);
  EXPECT_EQ(ask_all("GET", "/schemas/guids/" + guid + "/ids").body,
            R"([{"context":".","id":1},{"context":".lab","id":2}])");
  const auto found = *parse_json(ask_all("GET", "/schemas/guids/" + guid).body);
  EXPECT_EQ(found.at("schema").as_string(), "\"int\"");
  EXPECT_EQ(found.at("guid").as_string(), guid);
  EXPECT_EQ(parse_json(ask_all("GET", "/schemas/ids/1").body)->at("guid").as_string(), guid);
  EXPECT_EQ(ask_all("GET", "/schemas/guids/none").status, 404);
  EXPECT_EQ(ask_all("GET", "/schemas/guids/none/ids").body, "[]");
  EXPECT_EQ(api::answer(registry, {"GET", "/schemas/ids/1", "", "", ""}).body,
            R"({"schema":"\"int\""})");
}

TEST(Documented, WhatIsNoJsonIsRefusedWithItsPlace) {
  auto registry = *Registry::open(in_memory());
  const auto reply =
      api::answer(registry, {"POST", "/subjects/s/versions", "", "", "{\"schema\":"});
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("line 1"), std::string::npos) << reply.body;
  EXPECT_EQ(api::answer(registry, {"GET", "/subjects/%zz", "", "", ""}).status, 400);
}

}  // namespace
}  // namespace citybrain::registry
