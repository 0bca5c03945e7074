// Records: the same records give the same registry, in memory and on a log, after a restart too.
#include <gtest/gtest.h>

#include <filesystem>

#include "hub/registry/own.h"

namespace citybrain::registry {
namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / ("registry-" + std::to_string(::getpid()));
  Folder() { std::filesystem::remove_all(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::unique_ptr<network::Log> open(const Folder& folder) {
  network::EmbeddedOptions options;
  options.directory = folder.path;
  options.identity = "test";
  return std::move(*network::open_embedded(options));
}

Schema avro(const std::string& text) { return {Language::kAvro, text, {}, nullptr, nullptr}; }

void live(Registry& r) {
  ASSERT_TRUE(r.add("a", avro("\"int\""), {}));
  ASSERT_TRUE(r.add("b", avro("\"int\""), {}));
  ASSERT_TRUE(r.add("b", avro("\"long\""), {}));
  ASSERT_TRUE(r.remove_version("b", 1, false));
  ASSERT_TRUE(r.remove_subject("a", false));
  ASSERT_TRUE(r.remove_subject("a", true));
  Config change;
  change.level = Level::kFull;
  change.normalize = true;
  ASSERT_TRUE(r.set_config("b", change));
  ASSERT_TRUE(r.set_mode("b", Mode::kReadOnly, false));
}

std::string seen(const Registry& r) {
  std::string out;
  for (const auto& v : r.all("", Deleted::kInclude, false))
    out += v.subject + " " + std::to_string(v.version) + " " + std::to_string(v.id) + " " +
           v.schema.text + (v.deleted ? " deleted\n" : "\n");
  const auto config = r.config("b", false);
  out += std::string(name_of(*config->level)) + (*config->normalize ? " normalize " : " ");
  out += name_of(*r.mode("b", false));
  return out + " " + std::to_string(r.greatest_id(""));
}

TEST(Storage, ARegistrySurvivesOnTheLog) {
  Folder folder;
  std::string before;
  {
    const auto log = open(folder);
    auto registry = *Registry::open(std::move(*on_log(*log)));
    live(registry);
    before = seen(registry);
  }
  const auto log = open(folder);
  auto registry = *Registry::open(std::move(*on_log(*log)));
  EXPECT_EQ(seen(registry), before);
  auto memory = *Registry::open(in_memory());
  live(memory);
  EXPECT_EQ(seen(memory), before);
  EXPECT_EQ(before, "b 1 1 \"int\" deleted\nb 2 2 \"long\"\nFULL normalize READONLY 2");
}

TEST(Storage, TwoReadersOfALogSeeEachOther) {
  Folder folder;
  const auto log = open(folder);
  auto one = *Registry::open(std::move(*on_log(*log)));
  auto two = *Registry::open(std::move(*on_log(*log)));
  ASSERT_TRUE(one.add("a", avro("\"int\""), {}));
  ASSERT_TRUE(two.refresh());
  EXPECT_TRUE(two.version("a", 1, false));
}

TEST(Storage, RecordsThatAreNoRegistrysArePassedOver) {
  auto storage = in_memory();
  ASSERT_TRUE(storage->append(
      {{"no json", "x"},
       {R"({"keytype":"NOOP","magic":0})", ""},
       {R"({"keytype":"SCHEMA","subject":"s","version":1,"magic":1})", "["},
       {R"({"keytype":"SCHEMA","subject":"s","version":2,"magic":1})",
        R"({"subject":"s","version":2,"id":9,"schema":"\"int\"","deleted":false})"}}));
  auto registry = *Registry::open(std::move(storage));
  EXPECT_EQ(*registry.versions("s", Deleted::kHide), std::vector<int>{2});
  EXPECT_EQ(registry.by_id(9, "")->text, "\"int\"");
}

TEST(Storage, OwnSchemasGoOntoALogOnce) {
  Folder folder;
  const auto log = open(folder);
  ASSERT_TRUE(register_own(*log));
  const auto end = *log->end(kTopic, 0);
  ASSERT_TRUE(register_own(*log));
  EXPECT_EQ(*log->end(kTopic, 0), end);
  EXPECT_EQ(end, own_schemas().size());
}

}  // namespace
}  // namespace citybrain::registry
