// Files that are written outside RocksDB (run.json, reports, folders): what is synced, and in which
// order. This program's fsync() and rename() note what they are asked for, so that a forgotten sync
// shows. What the embedded log keeps beside its database, `acknowledged`, goes through RocksDB's
// file system and is part of the simulated power cuts. The lock file `in_use` is nobody's after a
// cut: the next process locks it anew, whatever is in it.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <fstream>

#include "hub/runtime/files.h"
#include "hub/runtime/manifest.h"
#include "hub/store/store.h"
#include "tests/support/temporary_folder.h"

namespace {

std::vector<std::string>& noted() {
  static std::vector<std::string> events;
  return events;
}

}  // namespace

extern "C" int fsync(int file) {
  char path[PATH_MAX] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  if (readlink(link.c_str(), path, sizeof path - 1) > 0)
    noted().push_back(std::string("sync ") + path);
  return 0;
}

extern "C" int rename(const char* from, const char* to) noexcept {
  noted().push_back(std::string("rename ") + to);
  using Rename = int (*)(const char*, const char*);
  return reinterpret_cast<Rename>(dlsym(RTLD_NEXT, "rename"))(from, to);
}

namespace citybrain::crash {
namespace {

using ::testing::Test;

class Files : public Test {
 protected:
  void SetUp() override { noted().clear(); }
  std::string at(const char* name) const { return (folder_.path() / name).string(); }
  std::string here() const { return folder_.path().string(); }
  test::TemporaryFolder folder_;
};

TEST_F(Files, AWrittenFileIsSyncedThenRenamedAndItsNameIsSynced) {
  ASSERT_TRUE(runtime::write_file_atomically(at("run.json"), "{}", "CB-RUN-WRITE"));
  ASSERT_EQ(noted().size(), 3U);
  EXPECT_TRUE(noted()[0].starts_with("sync " + at("run.json.new-"))) << noted()[0];
  EXPECT_EQ(noted()[1], "rename " + at("run.json"));
  EXPECT_EQ(noted()[2], "sync " + here());
}

TEST_F(Files, AResultIsPutInPlaceOnlyWhenItIsSafe) {
  std::ofstream(at("trips.csv.part")) << "a row\n";
  ASSERT_TRUE(runtime::put_in_place(at("trips.csv.part"), at("trips.csv"), "CB-RUN-WRITE"));
  EXPECT_EQ(noted(), (std::vector<std::string>{"sync " + at("trips.csv.part"),
                                               "rename " + at("trips.csv"), "sync " + here()}));
  EXPECT_FALSE(runtime::put_in_place(at("none"), at("trips.csv"), "CB-RUN-WRITE"));
}

TEST_F(Files, EveryNewFolderIsSyncedIntoTheOneAbove) {
  ASSERT_TRUE(runtime::make_directory(at("runs/one/log"), "CB-NETWORK-OPEN"));
  EXPECT_EQ(noted(), (std::vector<std::string>{"sync " + at("runs/one"), "sync " + at("runs"),
                                               "sync " + here()}));
  noted().clear();
  ASSERT_TRUE(runtime::make_directory(at("runs/one/log"), "CB-NETWORK-OPEN"));
  EXPECT_TRUE(noted().empty()) << "what is there was safe already";
}

/// What RocksDB calls a whole MANIFEST is one, cut anywhere in its last record it is mended, and an
/// altered record with others behind it is not touched.
TEST(Manifest, OnlyItsEndIsMended) {
  const test::TemporaryFolder folder;
  { ASSERT_TRUE(store::Store::open({folder.path(), "test", false})); }
  std::string bytes;
  for (const auto& e : std::filesystem::directory_iterator(folder.path() / "rocksdb"))
    if (e.path().filename().string().starts_with("MANIFEST"))
      bytes = runtime::read_file(e.path(), "CB-STORE-READ").value();
  ASSERT_GT(bytes.size(), 100U);
  EXPECT_EQ(runtime::altered_end_of_manifest(bytes, false), std::nullopt);
  std::string ends = bytes;
  ends.back() = static_cast<char>(ends.back() ^ 1);
  const auto end = runtime::altered_end_of_manifest(ends, false);
  ASSERT_TRUE(end);
  EXPECT_LT(*end, bytes.size());
  EXPECT_EQ(runtime::altered_end_of_manifest(bytes.substr(0, *end), false), std::nullopt);
  for (std::size_t flipped = 7; flipped < *end; ++flipped) {
    std::string altered = bytes;
    altered[flipped] = static_cast<char>(altered[flipped] ^ 4);
    EXPECT_EQ(runtime::altered_end_of_manifest(altered, false), std::nullopt) << flipped;
  }
}

}  // namespace
}  // namespace citybrain::crash
