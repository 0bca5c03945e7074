// The style guide as a test: arrows between rooms, what outcome code may not use, files that
// nobody registered, words and codes that no catalogue knows.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace citybrain::tidy {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = CITYBRAIN_SOURCE_DIR;

struct File {
  std::string path;  ///< from the root
  std::string text;
};

std::vector<File> files(const std::vector<std::string>& folders,
                        const std::set<std::string>& endings) {
  std::vector<File> out;
  for (const auto& folder : folders) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& e : fs::recursive_directory_iterator(kRoot / folder)) {
      if (!e.is_regular_file() || !endings.contains(e.path().extension().string())) continue;
      if (e.path().string().find("/corpus/") != std::string::npos) continue;
      std::ifstream in(e.path());
      std::ostringstream s;
      s << in.rdbuf();
      out.push_back({fs::relative(e.path(), kRoot).string(), s.str()});
    }
  }
  std::sort(out.begin(), out.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return out;
}

const std::vector<File>& sources() {
  static const auto all = files({"hub", "connectors", "scenarios", "schemas"}, {".h", ".cpp"});
  return all;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string l; std::getline(in, l);) out.push_back(l);
  return out;
}

/// The room of a path: its first two folders; "connectors" for what every connector is.
std::string room(const std::string& path) {
  const auto first = path.find('/');
  if (first == std::string::npos) return path;
  const auto second = path.find('/', first + 1);
  if (path.starts_with("schemas/")) return "schemas";
  return second == std::string::npos ? path.substr(0, first) : path.substr(0, second);
}

/// Who may include whom; everything may include hub/model.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::map<std::string, std::set<std::string>> table = {
      {"schemas", {}},
      {"hub/model", {}},
      {"hub/runtime", {}},
      {"hub/network", {"schemas", "hub/runtime"}},
      {"hub/store", {"hub/runtime"}},
      {"hub/catalog", {"schemas", "hub/store"}},
      {"hub/protection", {"schemas", "hub/network", "hub/runtime"}},
      {"hub/access", {"schemas", "hub/catalog", "hub/protection"}},
      {"hub/fusion", {}},
      {"hub/brain", {}},
      {"hub/dispatch", {}},
      {"hub/node",
       {"hub/network", "hub/store", "hub/catalog", "hub/protection", "hub/access", "hub/fusion",
        "hub/brain", "hub/dispatch", "schemas"}},
      {"hub/cloud", {"hub/node", "hub/network", "hub/catalog", "hub/runtime", "schemas"}},
      {"hub/registry", {"schemas", "hub/network"}},
      {"hub/metrics", {"schemas", "hub/network"}},
      {"hub/federation", {"schemas", "hub/network", "hub/store", "hub/catalog", "hub/runtime"}},
      {"hub/api", {"hub/network", "hub/registry"}},
      {"connectors/city_port", {"hub/runtime"}},
      {"connectors",
       {"connectors/city_port", "schemas", "hub/network", "hub/protection", "hub/runtime"}},
      {"connectors/traffic_police",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/navigation",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/transport",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/emergency_medical",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/parking",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/citizen_hotline",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/protection",
        "hub/runtime"}},
      {"connectors/governance",
       {"connectors", "connectors/city_port", "schemas", "hub/network", "hub/runtime"}},
      {"connectors/remote_city", {"connectors/city_port", "schemas", "hub/network", "hub/runtime"}},
      {"connectors/sumo", {}},
      {"scenarios/city", {"connectors/city_port", "hub/runtime"}},
      {"scenarios/sumo_city",
       {"connectors/sumo", "connectors/city_port", "scenarios/city", "hub/runtime"}},
      {"scenarios/outputs", {"scenarios/city", "connectors/city_port", "hub/runtime"}},
      {"scenarios/evaluator", {"schemas", "hub/network", "hub/store", "hub/runtime"}},
      {"scenarios/experiment",
       {"hub/node",
        "hub/cloud",
        "hub/federation",
        "connectors",
        "connectors/city_port",
        "connectors/traffic_police",
        "connectors/navigation",
        "connectors/transport",
        "connectors/emergency_medical",
        "connectors/parking",
        "connectors/citizen_hotline",
        "connectors/governance",
        "connectors/remote_city",
        "connectors/sumo",
        "scenarios/city",
        "scenarios/sumo_city",
        "scenarios/evaluator",
        "scenarios/outputs",
        "hub/network",
        "hub/store",
        "hub/catalog",
        "hub/registry",
        "hub/metrics",
        "hub/access",
        "hub/protection",
        "hub/fusion",
        "hub/brain",
        "hub/dispatch",
        "hub/runtime",
        "schemas"}},
      {"scenarios/cli",
       {"scenarios/experiment", "scenarios/outputs", "hub/catalog", "hub/network", "hub/brain",
        "hub/runtime", "hub/registry", "hub/metrics", "hub/api", "hub/cloud", "hub/store",
        "hub/protection", "schemas"}}};
  return table;
}

TEST(Tidy, IncludesFollowTheArrows) {
  static const std::regex include("^#include \"([^\"]+)\"");
  for (const auto& f : sources()) {
    const auto from = room(f.path);
    const auto allowed = arrows().find(from);
    ASSERT_NE(allowed, arrows().end()) << f.path << ": the room " << from << " has no arrows";
    for (const auto& l : lines(f.text)) {
      std::smatch m;
      if (!std::regex_search(l, m, include)) continue;
      const std::string to_path = m[1];
      if (to_path.ends_with(".pb.h")) {
        EXPECT_TRUE(from == "hub/access" || from == "hub/node" || from == "hub/network" ||
                    allowed->second.contains("schemas"))
            << f.path << " includes " << to_path;
        continue;
      }
      EXPECT_TRUE(fs::exists(kRoot / to_path))
          << f.path << ": " << to_path << " is not from the root";
      const auto to = room(to_path);
      EXPECT_TRUE(to == from || to == "hub/model" || allowed->second.contains(to))
          << f.path << " includes " << to_path << ": no arrow from " << from << " to " << to;
    }
  }
}

bool is_outcome_code(const std::string& path) {
  for (const char* p : {"hub/model/", "hub/access/", "hub/fusion/", "hub/brain/", "hub/dispatch/",
                        "hub/node/", "hub/federation/", "connectors/", "scenarios/city/",
                        "scenarios/evaluator/"})
    if (path.starts_with(p)) return true;
  return false;
}

TEST(Tidy, OutcomesDependOnNoClockNoLuckAndNoAddress) {
  static const std::regex forbidden(
      R"(system_clock|steady_clock|high_resolution_clock|\btime\(|gettimeofday|clock_gettime|\brand\(|random_device|mt19937|uniform_(int|real)_distribution|normal_distribution|hash<[^>]*\*>|this_thread|getenv)");
  for (const auto& f : sources()) {
    if (!is_outcome_code(f.path)) continue;
    int n = 0;
    for (const auto& l : lines(f.text)) {
      ++n;
      EXPECT_FALSE(std::regex_search(l.substr(0, l.find("//")), forbidden))
          << f.path << ":" << n << ": " << l;
    }
  }
}

TEST(Tidy, UnorderedContainersAreLookedUpAndNeverWalked) {
  static const std::regex declared(R"(unordered_(?:map|set)<[^;]*>\s+(\w+)\s*[;={])");
  for (const auto& f : sources()) {
    if (!is_outcome_code(f.path)) continue;
    for (std::sregex_iterator it(f.text.begin(), f.text.end(), declared), end; it != end; ++it) {
      const std::string name = (*it)[1];
      EXPECT_EQ(f.text.find(": " + name + ")"), std::string::npos) << f.path << " walks " << name;
      EXPECT_EQ(f.text.find(name + ".begin()"), std::string::npos) << f.path << " walks " << name;
    }
  }
}

TEST(Tidy, NothingIsLeftForLater) {
  static const std::regex later(R"(\b(TODO|FIXME|XXX|HACK)\b)");
  auto all = files({"hub", "connectors", "scenarios", "schemas", "tests", "deploy", "cmake"},
                   {".h", ".cpp", ".txt", ".cmake", ".sh", ".md", ".yaml", ".proto"});
  for (const auto& f : all) {
    if (f.path.starts_with("tests/tidy/")) continue;
    int n = 0;
    for (const auto& l : lines(f.text)) {
      ++n;
      EXPECT_FALSE(std::regex_search(l, later)) << f.path << ":" << n << ": " << l;
    }
  }
}

TEST(Tidy, FilesAndLinesKeepTheirBudget) {
  std::vector<std::size_t> sizes;
  for (const auto& f : sources()) {
    const auto all = lines(f.text);
    sizes.push_back(all.size());
    EXPECT_LE(all.size(), 800U) << f.path;
    bool raw = false;  // raw strings (pages) are not wrapped
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].find("R\"") != std::string::npos) raw = true;
      std::size_t columns = 0;
      for (const char c : all[i]) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
      if (!raw) EXPECT_LE(columns, 100U) << f.path << ":" << i + 1;
      if (all[i].find(")html\"") != std::string::npos || all[i].find(")\"") != std::string::npos)
        raw = false;
    }
  }
  std::sort(sizes.begin(), sizes.end());
  EXPECT_LE(sizes[sizes.size() * 9 / 10], 400U) << "the ninth decile of file lengths";
}

/// Lines of the functions of a formatted file: from a line that opens a body at column 0 or 2 to
/// its closing brace.
std::vector<std::pair<std::string, std::size_t>> functions(const File& f) {
  std::vector<std::pair<std::string, std::size_t>> out;
  const auto all = lines(f.text);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string& l = all[i];
    auto indent = l.find_first_not_of(' ');
    if (indent >= 4 && indent != l.npos && l[indent] == ':') indent -= 4;  // a constructor's list
    const bool opens = l.size() > 3 && l.ends_with(") {") | l.ends_with(") const {") |
                                           l.ends_with(") override {") |
                                           l.ends_with(") const override {");
    if (!opens || indent > 4 || l.find(" if (") != std::string::npos ||
        l.find(" for (") != std::string::npos || l.find("while (") != std::string::npos ||
        l.find("switch (") != std::string::npos)
      continue;
    for (std::size_t k = i + 1; k < all.size(); ++k)
      if (!all[k].empty() && all[k].find_first_not_of(' ') <= indent &&
          all[k].substr(all[k].find_first_not_of(' ')).starts_with("}")) {
        out.emplace_back(f.path + ":" + std::to_string(i + 1), k - i + 1);
        break;
      }
  }
  return out;
}

TEST(Tidy, FunctionsFitAScreen) {
  std::vector<std::pair<std::size_t, std::string>> all;
  for (const auto& f : sources())
    for (const auto& [where, size] : functions(f)) all.emplace_back(size, where);
  ASSERT_GT(all.size(), 300U);
  std::sort(all.begin(), all.end());
  const auto& ninth = all[all.size() * 9 / 10];
  const auto& last = all[all.size() * 99 / 100];
  EXPECT_LE(ninth.first, 35U) << ninth.second;
  EXPECT_LE(last.first, 70U) << last.second;
  EXPECT_LE(all.back().first, 90U) << all.back().second;
}

TEST(Tidy, EverySourceIsBuiltAndEveryHeaderIsUsed) {
  std::string lists, includes;
  for (const auto& f :
       files({"hub", "connectors", "scenarios", "schemas", "tests"}, {".txt", ".cmake"}))
    lists += f.text;
  auto all = files({"hub", "connectors", "scenarios", "schemas", "tests"}, {".h", ".cpp"});
  for (const auto& f : all) includes += f.text;
  for (const auto& f : all) {
    const std::string name = fs::path(f.path).filename();
    if (f.path.ends_with(".cpp") && f.path != "tests/link/link_main.cpp" &&
        !name.starts_with("fuzz_"))
      EXPECT_NE(lists.find(name), std::string::npos) << f.path << " is in no CMakeLists.txt";
    if (f.path.ends_with(".h"))
      EXPECT_NE(includes.find("\"" + f.path + "\""), std::string::npos)
          << f.path << " is included nowhere";
    if (name.starts_with("fuzz_"))
      EXPECT_NE(lists.find("fuzz_parser(" + name.substr(5, name.size() - 9)), std::string::npos)
          << f.path;
  }
}

TEST(Tidy, NoPathOfOneMachine) {
  static const std::regex path(R"((^|[^\w.])/(work|root|home|Users)/\w)");
  auto all =
      files({"hub", "connectors", "scenarios", "schemas", "tests", "deploy", "docs", "cmake"},
            {".h", ".cpp", ".txt", ".cmake", ".sh", ".md", ".yaml", ".proto"});
  for (const char* name : {"README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md",
                           "CHANGELOG.md", "citybrain"}) {
    std::ifstream in(kRoot / name);
    std::ostringstream s;
    s << in.rdbuf();
    all.push_back({name, s.str()});
  }
  for (const auto& f : all)
    if (!f.path.starts_with("tests/tidy/")) EXPECT_FALSE(std::regex_search(f.text, path)) << f.path;
}

/// The tables of scenarios: the first word of a row's first cell is a folder of the library.
TEST(Tidy, EveryScenarioIsInTheTablesOfBothLanguages) {
  std::set<std::string> library;
  for (const auto& e : fs::directory_iterator(kRoot / "scenarios/library"))
    if (fs::exists(e.path() / "scenario.yaml")) library.insert(e.path().filename().string());
  EXPECT_GE(library.size(), 8U);
  const auto named = [](const char* readme, const std::string& heading) {
    std::ifstream in(kRoot / readme);
    std::ostringstream s;
    s << in.rdbuf();
    static const std::regex row(R"(^\| `([a-z0-9-]+)[ `].*)");
    std::set<std::string> out;
    bool inside = false;
    for (const auto& l : lines(s.str())) {
      if (l.starts_with("## ")) inside = l == heading;
      std::smatch m;
      if (inside && std::regex_match(l, m, row)) out.insert(m[1]);
    }
    return out;
  };
  EXPECT_EQ(named("README.md", "## Scenarios"), library);
  EXPECT_EQ(named("README.zh-CN.md", "## 实验案例"), library);
}

TEST(Tidy, EveryErrorCodeIsInTheCatalogueInBothLanguages) {
  const YAML::Node catalogue = YAML::LoadFile((kRoot / "schemas/errors/catalogue.yaml").string());
  static const std::regex code(
      R"(\"(CB-(?:INPUT|USAGE|RUN|NODE|NETWORK|STORE|EVALUATE|CITY|PORT|SUMO|API|REGISTRY|)"
      R"(CLOUD|CONNECTOR)-(?:[A-Z]+|[0-9]+))\")");
  std::set<std::string> used;
  for (const auto& f : sources())
    for (std::sregex_iterator it(f.text.begin(), f.text.end(), code), end; it != end; ++it)
      used.insert((*it)[1]);
  for (const auto& c : used) {
    ASSERT_TRUE(catalogue[c].IsDefined()) << c << " is not in schemas/errors/catalogue.yaml";
    for (const char* l : {"en", "zh"}) {
      EXPECT_FALSE(catalogue[c][l].Scalar().empty()) << c;
      EXPECT_FALSE(catalogue[c]["mend"][l].Scalar().empty()) << c;
    }
  }
  for (const auto& e : catalogue)
    EXPECT_TRUE(used.contains(e.first.Scalar())) << e.first.Scalar() << " is used nowhere";
}

TEST(Tidy, EveryWordOfTheReportsIsInTheGlossary) {
  const YAML::Node glossary = YAML::LoadFile((kRoot / "schemas/glossary.yaml").string())["words"];
  std::string words, users;
  for (const auto& f : sources()) {
    if (f.path == "scenarios/experiment/words.cpp") words = f.text;
    if (f.path.starts_with("scenarios/experiment/report")) users += f.text;
  }
  static const std::regex entry(R"re(\{"([^"]+)",\s*"([^"]+)",\s*"([^"]+)"\})re");
  std::size_t n = 0;
  for (std::sregex_iterator it(words.begin(), words.end(), entry), end; it != end; ++it, ++n) {
    const std::string key = (*it)[1];
    ASSERT_TRUE(glossary[key].IsDefined()) << key;
    EXPECT_EQ(glossary[key]["en"].Scalar(), (*it)[2]);
    EXPECT_EQ(glossary[key]["zh"].Scalar(), (*it)[3]);
  }
  EXPECT_GT(n, 50U);
  static const std::regex use(R"re(\bword\("([^"]+)")re");
  for (std::sregex_iterator it(users.begin(), users.end(), use), end; it != end; ++it)
    EXPECT_TRUE(glossary[(*it)[1].str()].IsDefined()) << (*it)[1] << " has no word";
}

}  // namespace
}  // namespace citybrain::tidy
