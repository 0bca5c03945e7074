// The catalogue as a command: exit codes, JSON, both languages, mistakes with their places.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

namespace fs = std::filesystem;

const fs::path kContracts = fs::path(CITYBRAIN_SOURCE_DIR) / "schemas" / "contracts";

TEST(CatalogCommand, ListsShowsAndFindsInBothLanguages) {
  Program program;
  const auto list = program.run({"catalog", "ls"});
  EXPECT_EQ(list.code, 0);
  EXPECT_NE(list.out.find("traffic_police.video_flow"), std::string::npos);
  EXPECT_NE(program.run({"catalog", "ls", "--lang", "zh"}).out.find("公交车位置"),
            std::string::npos);
  const auto shown = program.run({"catalog", "show", "traffic_police.plates", "--json"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.out.find("\"personal_identifier\":true"), std::string::npos);
  const auto wrong = program.run({"catalog", "show", "traffic_police.plate"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("traffic_police.plates"), std::string::npos);
  EXPECT_NE(program.run({"catalog", "search", "排队"}).out.find("traffic_police.video_flow"),
            std::string::npos);
  const auto none = program.run({"catalog", "search", "quueues", "--json"});
  EXPECT_EQ(none.out, "{\"hits\":[]}\n");
  EXPECT_NE(none.err.find("queues"), std::string::npos);
  EXPECT_EQ(program.run({"catalog"}).code, 2);
  EXPECT_NE(program.run({"catalog", "--help"}).out.find("./citybrain catalog diff"),
            std::string::npos);
}

TEST(CatalogCommand, ChecksAFolderAndGoesOnWithTheRest) {
  Program program;
  EXPECT_EQ(program.run({"catalog", "check"}).code, 0);
  const auto folder = program.folder() / "contracts";
  fs::copy(kContracts, folder, fs::copy_options::recursive);
  std::ofstream(folder / "parking" / "lots.yaml") << "apiVersion: v3.1.0\nkind: DataContact\n";
  const auto checked = program.run({"catalog", "check", "contracts"});
  EXPECT_EQ(checked.code, 2);
  EXPECT_NE(checked.out.find("lots.yaml:2:7"), std::string::npos) << checked.out;
  EXPECT_NE(program.run({"catalog", "check", "contracts", "--json"}).out.find("\"errors\":[{"),
            std::string::npos);
  const auto rest = program.run({"catalog", "ls", "--contracts", "contracts"});
  EXPECT_EQ(rest.code, 0);
  EXPECT_NE(rest.out.find("transport.stops"), std::string::npos);
  EXPECT_NE(rest.err.find("catalog check"), std::string::npos);
  EXPECT_EQ(program.run({"catalog", "check", "nowhere"}).code, 2);
}

TEST(CatalogCommand, ComparesVersions) {
  Program program;
  const auto old =
      (fs::path(CITYBRAIN_SOURCE_DIR) / "schemas/history/traffic_police/video_flow-1.0.0.yaml")
          .string();
  const auto now = (kContracts / "traffic_police" / "video_flow.yaml").string();
  const auto broken = program.run({"catalog", "diff", old, now, "--json"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.out.find("\"severity\":\"breaking\""), std::string::npos);
  EXPECT_NE(broken.out.find("\"version_fits\":true"), std::string::npos);
  EXPECT_EQ(program.run({"catalog", "diff", now, now}).code, 0);
  EXPECT_EQ(program.run({"catalog", "diff", now, "nowhere.yaml"}).code, 2);
}

TEST(CatalogCommand, ExportsAndFindsRepeats) {
  Program program;
  EXPECT_EQ(program.run({"catalog", "export", "--out", "c.jsonld"}).code, 0);
  std::ifstream in(program.folder() / "c.jsonld");
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_NE(text.str().find("dcat:Catalog"), std::string::npos);
  EXPECT_EQ(program.run({"catalog", "export", "--base", "urn"}).code, 2);
  EXPECT_EQ(program.run({"catalog", "duplicates", "--json"}).out, "{\"pairs\":[]}\n");
  EXPECT_EQ(program.run({"catalog", "duplicates", "--run", "nowhere"}).code, 2);
}

}  // namespace
}  // namespace citybrain::test
