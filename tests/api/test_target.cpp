#include <gtest/gtest.h>

#include "hub/api/target.h"

namespace citybrain::api {
namespace {

TEST(Target, PathAndQueryAreTakenApart) {
  const auto t = parse_target("/subjects/a%2Fb%20c/versions/?deleted=TRUE&x=1%26+2&flag");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, (std::vector<std::string>{"subjects", "a/b c", "versions"}));
  EXPECT_TRUE(t->flag("deleted"));
  EXPECT_EQ(t->text("x"), "1& 2");
  EXPECT_FALSE(t->flag("flag"));
  EXPECT_TRUE(parse_target("/")->path.empty());
  EXPECT_TRUE(parse_target("")->path.empty());
}

TEST(Target, MalformedEscapesAreRefused) {
  for (const char* bad : {"/%", "/%4", "/%4g", "/a?x=%"}) EXPECT_FALSE(parse_target(bad)) << bad;
}

}  // namespace
}  // namespace citybrain::api
