// A service that says where it answers, and the front that finds it by its name.
#include <gtest/gtest.h>

#include <thread>

#include "hub/network/network.h"
#include "scenarios/cli/stable_service.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::cli {
namespace {

class StableServiceTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::unique_ptr<network::Log> log = std::move(
      *network::open_embedded({folder.path(), {network::Fsync::Kind::kOs, 0}, "s", 1U << 20}));
  const std::string sample = std::string(CITYBRAIN_SOURCE_DIR) + "/deploy/cloud/clouds.yaml";
};

TEST_F(StableServiceTest, TheFrontFindsWhoeverSaidLastThatHeAnswers) {
  auto one = *api::Server::listen({}, [](const auto&) { return api::Reply{200, "", "one"}; });
  auto two = *api::Server::listen({}, [](const auto&) { return api::Reply{200, "", "two"}; });
  const auto at = [](const api::Server& s) { return "127.0.0.1:" + std::to_string(s.port()); };
  auto first = StableService::begin(*log, {kRegistryService, "com-1", sample, ""}, at(one), "r1");
  ASSERT_TRUE(first) << first.error().text();
  auto front = stable_front(*log, kRegistryService, {});
  ASSERT_TRUE(front) << front.error().text();
  std::vector<std::thread> serving;
  for (auto* s : {&one, &two, &*front}) serving.emplace_back([s] { s->serve(false); });
  const auto asked = [&] {
    const auto reply = api::call(at(*front), {"GET", "/", "", "", ""});
    return reply ? reply->body : reply.error().text();
  };
  EXPECT_EQ(asked(), "one");
  auto second =
      StableService::begin(*log, {kRegistryService, "gov-1", sample, at(two)}, "nowhere:1", "r2");
  EXPECT_TRUE(second);
  EXPECT_EQ(asked(), "two");  // at the address that it gave out
  EXPECT_TRUE(first->end());  // it had lost the service already
  EXPECT_EQ(asked(), "two");
  for (auto* s : {&one, &two, &*front}) s->stop();
  for (auto& t : serving) t.join();
  EXPECT_TRUE(second->end());
  EXPECT_EQ(cloud::CloudReader::open(*log)->resolve(kRegistryService).error().code,
            "CB-CLOUD-SERVICE");
}

TEST_F(StableServiceTest, ANodeThatMayNotHoldItIsRefused) {
  const auto begin = [&](const StableOptions& options) {
    const auto done = StableService::begin(*log, options, "h:1", "r");
    return done ? std::string() : std::string(done.error().code);
  };
  EXPECT_EQ(begin({kRegistryService, "government-1", "", ""}), "");
  EXPECT_EQ(begin({kRegistryService, "mars-1", "", ""}), "CB-USAGE-NODE");
  EXPECT_EQ(begin({"cockpit", "government-1", "", ""}), "CB-CLOUD-SERVICE");
  EXPECT_EQ(begin({kRegistryService, "gov-1", sample, ""}), "");
  EXPECT_EQ(begin({kRegistryService, "civ-1", sample, ""}), "CB-CLOUD-CLASS");
  EXPECT_EQ(begin({kRegistryService, "gov-1", "nowhere.yaml", ""}), "CB-INPUT-CLOUDS");
}

}  // namespace
}  // namespace citybrain::cli
