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
  ASSERT_GE(files.size(), 7U);
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
  EXPECT_EQ(ask(registry, "*/*", "text/plain").status, 415);
  EXPECT_EQ(ask(registry, "*/*", "application/octet-stream").status, 200);
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
