// Versions of contracts: every kind of change has its severity and reason, and asks for its step.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "hub/catalog/catalog.h"
#include "hub/catalog/evolution.h"

namespace citybrain::catalog {
namespace {

std::string video() {
  std::ifstream in(std::string(CITYBRAIN_SOURCE_DIR) +
                   "/schemas/contracts/traffic_police/video_flow.yaml");
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

struct Planted {
  std::string name, why;
  Severity severity = Severity::kWords;
  std::vector<std::pair<std::string, std::string>> edits;
};

const std::vector<Planted>& planted() {
  static const auto all = [] {
    std::vector<Planted> out;
    for (const auto& n : YAML::LoadFile(std::string(CITYBRAIN_SOURCE_DIR) +
                                        "/tests/catalog/planted_changes.yaml")) {
      Planted p{n["name"].Scalar(), n["why"].Scalar(), Severity::kWords, {}};
      for (const auto s : {Severity::kWords, Severity::kCompatible, Severity::kBreaking})
        if (name_of(s) == n["ours"].Scalar()) p.severity = s;
      p.edits.emplace_back(n["from"].Scalar(), n["to"].Scalar());
      if (n["also"]) p.edits.emplace_back(n["also"]["from"].Scalar(), n["also"]["to"].Scalar());
      out.push_back(std::move(p));
    }
    return out;
  }();
  return all;
}

Contract with(const std::string& text) {
  auto read = read_contract(text, "video.yaml");
  EXPECT_TRUE(read.errors.empty()) << read.errors.front().text();
  return std::move(read.contract);
}

std::string changed(const Planted& p) {
  auto text = video();
  for (const auto& [from, to] : p.edits) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  return text;
}

TEST(Evolution, EachPlantedChangeHasItsSeverityAndReason) {
  EXPECT_EQ(planted().size(), 20U);
  const auto before = with(video());
  for (const auto& p : planted()) {
    const auto evolution = compare(before, with(changed(p)));
    ASSERT_FALSE(evolution.changes.empty()) << p.name;
    EXPECT_EQ(evolution.severity(), p.severity) << p.name;
    EXPECT_EQ(evolution.changes.front().why, p.why) << p.name;
  }
}

TEST(Evolution, TheVersionGoesUpAsFarAsTheChangesAsk) {
  const auto before = with(video());
  for (const auto& p : planted()) {
    auto after = with(changed(p));
    EXPECT_FALSE(check_step(before, after)) << p.name;
    after.version = least_version({2, 0, 0}, p.severity).text();
    EXPECT_TRUE(check_step(before, after)) << p.name;
    const auto enough = version_of(after.version);
    for (const auto less : {Severity::kWords, Severity::kCompatible})
      if (least_version({2, 0, 0}, less) < *enough) {
        after.version = least_version({2, 0, 0}, less).text();
        const auto step = check_step(before, after);
        ASSERT_FALSE(step) << p.name;
        EXPECT_NE(step.error().where.find("video.yaml:5:"), std::string::npos);
        EXPECT_NE(step.error().mend.find(enough->text()), std::string::npos);
      }
  }
  EXPECT_TRUE(check_step(before, before));
  auto lower = before;
  lower.version = "1.9.9";
  EXPECT_FALSE(check_step(before, lower));
}

TEST(Evolution, MasksThatComeBreakReadersAndThoseThatGoDoNot) {
  const auto before = with(video());
  auto after = before;
  after.masking.push_back(parse_rule("field: camera, rule: drop", "here").value());
  EXPECT_EQ(compare(before, after).severity(), Severity::kBreaking);
  EXPECT_EQ(compare(before, after).changes.front().why, "mask-added");
  EXPECT_EQ(compare(after, before).severity(), Severity::kCompatible);
  EXPECT_EQ(compare(after, before).changes.front().why, "mask-removed");
  EXPECT_EQ(compare(after, after).severity(), Severity::kWords);
}

TEST(Evolution, EveryReasonHasItsSentenceInBothLanguages) {
  const auto before = with(video());
  for (const auto& p : planted())
    for (const auto& c : compare(before, with(changed(p))).changes) {
      const auto all = reasons();
      const auto it = std::find_if(all.begin(), all.end(),
                                   [&](const ReasonText& r) { return r.code == c.why; });
      ASSERT_NE(it, all.end()) << c.why;
      EXPECT_FALSE(it->en.empty() || it->zh.empty());
    }
}

TEST(Versions, AreThreeNumbers) {
  EXPECT_EQ(version_of("1.20.3")->text(), "1.20.3");
  EXPECT_LT(*version_of("1.9.0"), *version_of("1.10.0"));
  for (const char* wrong :
       {"", "1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3", "1.2.-3", "1.2.3 ", "1.2.30000000"})
    EXPECT_FALSE(version_of(wrong)) << wrong;
}

RC_GTEST_PROP(Evolution, ThereAndBackOneOfThemIsNotHarmless, (std::uint32_t which)) {
  const auto before = with(video());
  const auto& p = planted()[which % planted().size()];
  const auto after = with(changed(p));
  const auto there = compare(before, after), back = compare(after, before);
  RC_ASSERT(there.changes.size() == back.changes.size());
  // What is compatible one way, like a field more, breaks when it is taken back.
  if (p.severity == Severity::kWords) RC_ASSERT(back.severity() == Severity::kWords);
}

}  // namespace
}  // namespace citybrain::catalog
