// `store` and `bench store` as a user runs them.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "tests/cli/program.h"

namespace citybrain {
namespace {

namespace fs = std::filesystem;

/// One short run for all tests, which only look at it.
class StoreCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    program = new test::Program;
    const auto said =
        program->run({"run", "quickstart", "--horizon", "130", "--out", "r", "--no-progress"});
    ASSERT_EQ(said.code, 0) << said.err;
  }
  static void TearDownTestSuite() { delete program; }

  static test::Said store(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "store");
    return program->run(arguments);
  }
  static boost::json::value json(const std::vector<std::string>& arguments) {
    const auto said = store(arguments);
    EXPECT_EQ(said.code, 0) << said.err;
    boost::system::error_code ec;
    auto v = boost::json::parse(said.out, ec);
    EXPECT_FALSE(ec) << said.out.substr(0, 300);
    return v;
  }
  static void expect_error(const std::vector<std::string>& arguments, int code,
                           const std::string& word) {
    const auto said = store(arguments);
    EXPECT_EQ(said.code, code) << said.err;
    EXPECT_NE(said.err.find(word), std::string::npos) << said.err;
    EXPECT_EQ(said.out, "");
  }
  static std::string text(const char* file) {
    std::ifstream in(program->folder() / file);
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  }
  static test::Program* program;
};
test::Program* StoreCommand::program = nullptr;

TEST_F(StoreCommand, ListsTablesAndColumns) {
  const auto all = json({"ls", "r", "--json"});
  EXPECT_EQ(all.at("last_step").to_number<int>(), 130);
  EXPECT_GT(all.at("tables").as_array().size(), 20U);
  const auto one = json({"ls", "r", "lane_history", "--json"});
  EXPECT_EQ(one.at("key").as_array().size(), 3U);
  EXPECT_NE(store({"ls", "r", "--lang", "zh"}).out.find("路口"), std::string::npos);
  EXPECT_NE(store({"ls", "r", "lane_history"}).out.find("m/s"), std::string::npos);
}

TEST_F(StoreCommand, ReadsRowsByKeyTimeAndPlace) {
  const auto row = json({"get", "r", "lane_history", "view=0,lane=5,step=90", "--json"});
  EXPECT_EQ(row.at("rows").at(0).at("step").to_number<int>(), 90);
  const auto lanes = json(
      {"scan", "r", "lane_history", "--where", "lane=5", "--from", "1m", "--to", "90s", "--json"});
  EXPECT_EQ(lanes.at("rows").as_array().size(), 4U);
  const auto then = json({"as-of", "r", "lane_latest", "95s", "--where", "lane=5", "--json"});
  EXPECT_EQ(then.at("rows").as_array().size(), 1U);
  EXPECT_EQ(then.at("rows").at(0), row.at("rows").at(0));
  const auto dated = json(
      {"as-of", "r", "lane_latest", "2026-03-02T07:31:35+08:00", "--where", "lane=5", "--json"});
  EXPECT_EQ(dated, then);
  EXPECT_GT(json({"near", "r", "near:120.155,30.274,2km", "--json"}).at("found").as_array().size(),
            5U);
  EXPECT_EQ(json({"near", "r", "near:10,10,1km", "--json"}).at("found").as_array().size(), 0U);
  EXPECT_GT(json({"indicators", "r", "--json"}).at("datasets").as_array().size(), 2U);
  const auto few = store({"scan", "r", "lanes", "--limit", "2"});
  EXPECT_NE(few.err.find("--limit"), std::string::npos);
  EXPECT_EQ(std::count(few.out.begin(), few.out.end(), '\n'), 3);
}

TEST_F(StoreCommand, ExportsWholeFiles) {
  const auto rows = json({"ls", "r", "--json"}).at("tables").as_array();
  std::size_t junctions = 0;
  for (const auto& t : rows)
    if (t.at("table").as_string() == "junctions") junctions = t.at("rows").to_number<std::size_t>();
  ASSERT_EQ(store({"export", "r", "junctions", "--out", "j.csv"}).code, 0);
  const auto csv = text("j.csv");
  EXPECT_TRUE(csv.starts_with("id,name,x,y,")) << csv.substr(0, 80);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), static_cast<long>(junctions) + 1);
  ASSERT_EQ(store({"export", "r", "lane_latest", "--as-of", "1m", "--format", "jsonl", "--out",
                   "l.jsonl"})
                .code,
            0);
  std::istringstream lines(text("l.jsonl"));
  std::size_t n = 0;
  for (std::string line; std::getline(lines, line); ++n)
    EXPECT_EQ(boost::json::parse(line).at("step").to_number<int>(), 60);
  EXPECT_GT(n, 50U);
  expect_error({"export", "r", "junctions", "--out", "no/such/folder/x"}, 1, "no/such/folder");
  expect_error({"export", "r", "junctions", "--format", "parquet", "--out", "x"}, 2, "Arrow");
  EXPECT_FALSE(fs::exists(program->folder() / "x"));
}

TEST_F(StoreCommand, BadInputIsSaid) {
  expect_error({"scan", "r", "lane_histroy"}, 2, "lane_history");
  expect_error({"scan", "r", "lane_history", "--where", "lan=3"}, 2, "lane");
  expect_error({"scan", "r", "lane_history", "--where", "lane=nowhere/1"}, 2, "nowhere/1");
  expect_error({"scan", "r", "junctions", "--from", "1m"}, 2, "no time");
  expect_error({"scan", "r", "lane_history", "--from", "2m", "--to", "1m"}, 2, "--from");
  expect_error({"as-of", "r", "lane_latest", "soon"}, 2, "soon");
  expect_error({"as-of", "r", "lane_latest", "1h"}, 2, "130");
  expect_error({"as-of", "r", "outbox", "1m"}, 2, "outbox");
  expect_error({"get", "r", "lane_history", "lane=3"}, 2, "view");
  expect_error({"get", "r", "lane_history", "view=0,lane=3,step=91"}, 1, "no such row");
  expect_error({"near", "r", "near:1"}, 2, "near:LON,LAT");
  expect_error({"ls", "nowhere"}, 2, "nowhere");
  expect_error({"restore", "r", "again"}, 2, "backup");
}

TEST_F(StoreCommand, DamageAndForeignStoresAreNamed) {
  const auto at = program->folder();
  fs::copy(at / "r", at / "damaged", fs::copy_options::recursive);
  fs::remove(at / "damaged/store/rocksdb/CURRENT");
  expect_error({"ls", "damaged"}, 1, "damaged");
  fs::copy(at / "r", at / "foreign", fs::copy_options::recursive);
  std::ofstream(at / "foreign/run.json") << R"({"citybrain": "run", "identity": "another"})";
  expect_error({"ls", "foreign"}, 2, "another");
  for (const char* name : {"damaged", "foreign"}) fs::remove_all(at / name);
}

TEST_F(StoreCommand, UpkeepWorks) {
  EXPECT_TRUE(json({"verify", "r", "--json"}).at("sound").as_bool());
  EXPECT_EQ(json({"checkpoint", "r", "c", "--json"}).at("step").to_number<int>(), 130);
  expect_error({"checkpoint", "r", "c"}, 2, "there already");
  EXPECT_EQ(json({"migrate", "r", "--json"}).at("rows").to_number<int>(), 0);
  EXPECT_EQ(json({"backup", "r", "b", "--json"}).at("step").to_number<int>(), 130);
  EXPECT_EQ(json({"restore", "b", "again", "--json"}).at("step").to_number<int>(), 130);
  EXPECT_EQ(store({"scan", "again", "digests", "--limit", "0"}).out,
            store({"scan", "r", "digests", "--limit", "0"}).out);
  for (const char* name : {"c", "b", "again"}) fs::remove_all(program->folder() / name);
}

/// kill -9 at fault points of a backup and of a restore, from the first to the last: at every one
/// with CITYBRAIN_EVERY_POINT, else at intervals that grow.
TEST_F(StoreCommand, AKilledBackupOrRestoreIsWholeOrNotThere) {
  const auto at = program->folder();
  const auto killed_everywhere = [&](const std::vector<std::string>& command,
                                     const fs::path& made) {
    int kills = 0;
    const bool every = std::getenv("CITYBRAIN_EVERY_POINT") != nullptr;
    for (int n = 1; n < 500; n += every ? 1 : 1 + n / 4) {
      setenv("CITYBRAIN_FAULT", ("snapshot:" + std::to_string(n)).c_str(), 1);
      const auto said = store(command);
      unsetenv("CITYBRAIN_FAULT");
      const bool whole = said.code == 0;
      ASSERT_TRUE(whole || said.code == -SIGKILL) << said.code << said.err;
      ASSERT_TRUE(whole ? fs::exists(made) : true);
      if (fs::exists(made)) {
        const bool is_backup = command.front() == "backup";
        const auto check = is_backup ? store({"restore", made, "probe"}) : store({"verify", made});
        ASSERT_EQ(check.code, 0) << check.err;
        fs::remove_all(at / "probe");
        if (!whole) fs::remove_all(made);
      }
      if (whole) break;
      ++kills;
    }
    EXPECT_GT(kills, 5);
  };
  killed_everywhere({"backup", "r", "kb"}, at / "kb");
  killed_everywhere({"restore", "kb", "kr"}, at / "kr");
  for (const char* name : {"kb", "kr"}) fs::remove_all(at / name);
}

TEST_F(StoreCommand, BenchStoreSaysRatiosOrWhatIsMissing) {
  const auto said = program->run({"bench", "store", "--rows", "20k", "--json", "--no-progress"});
  if (said.code != 0) {
    EXPECT_EQ(said.code, 1);
    EXPECT_NE(said.err.find("rocksdb-tools"), std::string::npos) << said.err;
    return;
  }
  const auto v = boost::json::parse(said.out);
  for (const char* what : {"fill", "point", "as_of", "range", "scan"})
    EXPECT_GT(v.at("figures").at(what).at("ratio").to_number<double>(), 0) << what;
  EXPECT_EQ(program->run({"bench", "store", "--rows", "many"}).code, 2);
  EXPECT_EQ(program->run({"bench", "store", "--preset", "quickstart"}).code, 2);
  EXPECT_EQ(program->run({"bench", "city", "--rows", "5"}).code, 2);
}

}  // namespace
}  // namespace citybrain
