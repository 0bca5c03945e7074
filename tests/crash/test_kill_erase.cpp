// kill -9 at every point of an erase: after reopening, the erasure has either not begun (the person
// can be read as before) or is complete (nobody reads it, every vault signed for it).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class KillErase : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    program = new Program;
    const auto run = program->run({"run", "quickstart", "--horizon", "40s", "--set",
                                   "protection.sealing=true", "--out", "sealed", "--no-progress"});
    ASSERT_EQ(run.code, 0) << run.err;
    const auto listed = said({"keys", "ls", "sealed", "--subjects", "--json"});
    for (const auto& vault : listed.at("vaults").as_array())
      if (vault.at("source") == "navigation/probes")
        subject = vault.at("subjects").as_array().at(0).as_string().c_str();
    ASSERT_FALSE(subject.empty());
    vaults = listed.at("vaults").as_array().size();
  }
  static void TearDownTestSuite() { delete program; }

  /// The JSON report of a command that must succeed.
  static json::object said(const std::vector<std::string>& words) {
    const auto out = program->run(words);
    EXPECT_EQ(out.code, 0) << out.err;
    return json::parse(out.out).as_object();
  }
  static Said erase(const std::string& run, const std::string& fault) {
    setenv("CITYBRAIN_FAULT", fault.c_str(), 1);
    const auto out = program->run({"erase", run, subject, "--json"});
    unsetenv("CITYBRAIN_FAULT");
    return out;
  }
  std::string copy(const std::string& name) const {
    fs::remove_all(program->folder() / name);
    fs::copy(program->folder() / "sealed", program->folder() / name, fs::copy_options::recursive);
    return name;
  }
  static std::int64_t fields(const std::string& run, const char* which) {
    return said({"keys", "open", run, subject, "--json"}).at(which).to_number<std::int64_t>();
  }

  static Program* program;
  static std::string subject;
  static std::size_t vaults;
};
Program* KillErase::program = nullptr;
std::string KillErase::subject;
std::size_t KillErase::vaults = 0;

TEST_F(KillErase, AtEveryPointItIsAllOrNothing) {
  const auto before = fields("sealed", "opened");
  ASSERT_GT(before, 0);
  const auto counted = program->folder() / "counted";
  ASSERT_EQ(erase(copy("counting"), "count:" + counted.string()).code, 0);
  std::uint64_t points = 0, begun = 0, untouched = 0;
  std::ifstream counts(counted);
  for (std::string phase; counts >> phase;) {
    std::uint64_t n = 0;
    counts >> n;
    if (phase == "erase") points = n;
  }
  ASSERT_GE(points, 10U) << "before and after every write and sync of it";
  for (std::uint64_t point = 1; point <= points; ++point) {
    const auto run = copy("killed");
    ASSERT_EQ(erase(run, "erase:" + std::to_string(point)).code, -SIGKILL) << point;
    const auto verified = said({"keys", "verify", run, "--json"});
    EXPECT_TRUE(verified.at("faults").as_array().empty()) << point;
    const bool complete = !verified.at("erasures").as_array().empty();
    ++(complete ? begun : untouched);
    EXPECT_EQ(verified.at("receipts").to_number<std::size_t>(), complete ? vaults : 0) << point;
    EXPECT_EQ(fields(run, "opened"), complete ? 0 : before) << point;
    EXPECT_EQ(fields(run, "unreadable"), complete ? before : 0) << point;
    // And asked for again, it is done.
    const auto again = program->run({"erase", run, subject, "--json"});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(fields(run, "opened"), 0) << point;
  }
  EXPECT_GT(begun, 0U);
  EXPECT_GT(untouched, 0U);
  std::printf("%llu points: %llu not begun, %llu complete\n",
              static_cast<unsigned long long>(points), static_cast<unsigned long long>(untouched),
              static_cast<unsigned long long>(begun));
}

}  // namespace
}  // namespace citybrain::test
