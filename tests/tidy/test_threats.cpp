// Every threat of docs/personal-data.md names tests, and every test that it names is there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace citybrain::tidy {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = CITYBRAIN_SOURCE_DIR;

std::string read(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

/// "Suite.Name" of every test, and the names of test programs ("test_masking", "fuzz_keys").
const std::set<std::string>& tests() {
  static const auto all = [] {
    static const std::regex test(R"((?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w+))");
    std::set<std::string> out;
    for (const auto& e : fs::recursive_directory_iterator(kRoot / "tests")) {
      if (!e.is_regular_file() || e.path().extension() != ".cpp") continue;
      out.insert(e.path().stem());
      const auto text = read(e.path());
      for (std::sregex_iterator i(text.begin(), text.end(), test), end; i != end; ++i)
        out.insert((*i)[1].str() + "." + (*i)[2].str());
    }
    return out;
  }();
  return all;
}

bool is_there(const std::string& name) {
  if (!name.ends_with(".*")) return tests().contains(name);
  const auto suite = name.substr(0, name.size() - 1);
  const auto first = tests().lower_bound(suite);
  return first != tests().end() && first->starts_with(suite);
}

TEST(Threats, EachHasItsTest) {
  const auto text = read(kRoot / "docs/personal-data.md");
  const auto begin = text.find("## Threats\n");
  ASSERT_NE(begin, text.npos);
  std::istringstream lines(text.substr(begin, text.find("\n## ", begin + 1) - begin));
  static const std::regex named(R"(`((?:test_|fuzz_)\w+|\w+\.(?:\w+|\*))`)");
  std::size_t threats = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ") || line.starts_with("| threat ")) continue;
    ++threats;
    const auto column = line.rfind('|', line.size() - 2);  // the last one
    const auto cell = line.substr(column);
    std::size_t names = 0;
    for (std::sregex_iterator i(cell.begin(), cell.end(), named), end; i != end; ++i, ++names)
      EXPECT_TRUE(is_there((*i)[1])) << (*i)[1] << " is no test: " << line;
    EXPECT_GT(names, 0U) << "no test: " << line;
  }
  EXPECT_GE(threats, 14U);
}

}  // namespace
}  // namespace citybrain::tidy
