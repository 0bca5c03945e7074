// A service that moves to another cloud goes unnoticed by its users: a reader of the schema
// registry goes on without an error while the registry moves from a commercial to a government
// node.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hub/api/forward.h"
#include "hub/api/registry_service.h"
#include "hub/cloud/cloud_log.h"
#include "hub/cloud/clouds.h"
#include "hub/network/network.h"
#include "hub/registry/own.h"

namespace citybrain::cloud {
namespace {

constexpr const char* kRegistry = "schema-registry";

class ServiceMoves : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("citybrain-moves-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    auto log = network::open_embedded({folder_, {network::Fsync::Kind::kOs, 0}, "cloud", 1U << 20});
    ASSERT_TRUE(log) << log.error().text();
    log_ = std::move(*log);
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::filesystem::path folder_;
  std::unique_ptr<network::Log> log_;
};

/// A registry of its own over the same log, on a port: what a node runs.
class RegistryNode {
 public:
  explicit RegistryNode(network::Log& log) {
    auto storage = registry::on_log(log);
    registry_ = std::make_unique<registry::Registry>(
        registry::Registry::open(std::move(storage.value())).value());
    server_ = std::make_unique<api::Server>(api::Server::listen({}, [this](const api::Request& r) {
                                              ++answered;
                                              return api::answer(*registry_, r);
                                            }).value());
    thread_ = std::thread([this] { server_->serve(false); });
  }
  ~RegistryNode() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
    server_.reset();  // its port is closed
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  std::atomic<int> answered{0};

 private:
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<api::Server> server_;
  std::thread thread_;
};

TEST_F(ServiceMoves, AReaderOfTheRegistryGoesOnWithoutAnError) {
  ASSERT_TRUE(registry::register_own(*log_));
  Clouds clouds = usual_clouds();
  clouds.nodes = {{{"com-1"}, Cloud::kCommercial, {8}, usual_classes(Cloud::kCommercial), ""},
                  {{"gov-1"}, Cloud::kGovernment, {8}, ClassSet::all(), ""}};
  clouds.services[0].clouds = {Cloud::kCommercial};
  auto writer = CloudWriter::make(*log_, "operator", model::Epoch{model::EventTime{0}}).value();
  for (const auto& n : clouds.nodes) ASSERT_TRUE(writer.registered(n, 0));
  const auto before =
      place(clouds.nodes, std::vector{partition_of(clouds.services[0])}, {}).value();
  ASSERT_TRUE(writer.placed(before, 0));
  ASSERT_EQ(before.owner("service/schema-registry")->text, "com-1");
  RegistryNode commercial(*log_), government(*log_);
  ASSERT_TRUE(writer.serves(kRegistry, {"com-1"}, commercial.address(), 0));

  auto reader = CloudReader::open(*log_).value();
  auto front = api::front({}, [&]() -> model::Result<std::string> {
                 CITYBRAIN_TRY(reader.update());
                 CITYBRAIN_ASSIGN(at, reader.resolve(kRegistry));
                 return at.address;
               }).value();
  std::thread fronting([&] { front.serve(false); });
  const std::string stable = "127.0.0.1:" + std::to_string(front.port());

  const api::Request subjects{"GET", "/subjects", "", "", ""};
  const auto expected = api::call(stable, subjects);
  ASSERT_TRUE(expected) << expected.error().text();
  ASSERT_EQ(expected->status, 200);
  ASSERT_NE(expected->body.find("hub.commands-value"), std::string::npos);
  std::atomic<int> good{0}, bad{0};
  std::atomic<bool> end{false};
  std::thread user([&] {
    while (!end) {
      const auto reply = api::call(stable, subjects);
      reply && reply->status == 200 && reply->body == expected->body ? ++good : ++bad;
    }
  });
  const auto wait_for = [](const std::atomic<int>& n, int least) {
    while (n < least) std::this_thread::yield();
  };
  wait_for(commercial.answered, 50);
  clouds.services[0].clouds = {Cloud::kGovernment};
  const auto after =
      place(clouds.nodes, std::vector{partition_of(clouds.services[0])}, before).value();
  ASSERT_EQ(moves(before, after).size(), 1U);
  EXPECT_TRUE(writer.placed(after, 1));
  commercial.stop();  // the worst order: gone before the other is there
  EXPECT_TRUE(writer.serves(kRegistry, {"gov-1"}, government.address(), 1));
  wait_for(government.answered, 50);
  end = true;
  user.join();
  EXPECT_EQ(bad, 0);
  EXPECT_GE(good, 98);  // of 100 answers the first was ours, and one the registry stopped in

  // What is written there is kept by the log, and read by name.
  const api::Request add{"POST", "/subjects/lab-value/versions", "",
                         "application/vnd.schemaregistry.v1+json",
                         R"({"schemaType":"AVRO","schema":"\"string\""})"};
  const auto added = api::call(stable, add);
  ASSERT_TRUE(added);
  EXPECT_EQ(added->status, 200) << added->body;
  front.stop();
  fronting.join();
}

/// Answers /slow only when it is let go; everything else at once, on a server of its own.
struct SlowNode {
  std::promise<void> asked, go;
  std::shared_future<void> may = go.get_future().share();
  api::Server slow = api::Server::listen({}, [this](const api::Request&) {
                       asked.set_value();
                       may.wait();
                       return api::Reply{200, "text/plain", "late"};
                     }).value();
  api::Server quick = api::Server::listen({}, [](const api::Request&) {
                        return api::Reply{200, "text/plain", "now"};
                      }).value();
};

TEST_F(ServiceMoves, ARequestThatWaitsHoldsNoOtherUp) {
  SlowNode node;
  std::atomic<bool> to_slow{true};
  auto front =
      api::front({}, [&]() -> model::Result<std::string> {
        return "127.0.0.1:" + std::to_string(to_slow ? node.slow.port() : node.quick.port());
      }).value();
  const std::string stable = "127.0.0.1:" + std::to_string(front.port());
  std::vector<std::thread> serving;
  for (auto* server : {&node.slow, &node.quick, &front})
    serving.emplace_back([server] { server->serve(false); });
  std::optional<model::Result<api::Reply>> late;
  std::atomic<bool> came{false};
  std::thread waiting([&] {
    late = api::call(stable, {"GET", "/slow", "", "", ""});
    came = true;
  });
  node.asked.get_future().wait();  // the node has it and does not reply
  to_slow = false;
  for (int i = 0; i < 20; ++i) {
    const auto reply = api::call(stable, {"GET", "/quick", "", "", ""});
    EXPECT_TRUE(reply && reply->body == "now");
  }
  EXPECT_FALSE(came);
  node.go.set_value();
  waiting.join();
  EXPECT_TRUE(*late && (*late)->body == "late");
  for (auto* server : {&node.slow, &node.quick, &front}) server->stop();
  for (auto& t : serving) t.join();
}

TEST_F(ServiceMoves, AServiceThatStaysAwayIsSaidWithItsName) {
  auto reader = CloudReader::open(*log_).value();
  api::ForwardOptions brief;
  brief.patience = std::chrono::milliseconds(40);
  auto front = api::front(
                   {},
                   [&]() -> model::Result<std::string> {
                     CITYBRAIN_ASSIGN(at, reader.resolve(kRegistry));
                     return at.address;
                   },
                   brief)
                   .value();
  std::thread fronting([&] { front.serve(false); });
  const auto reply =
      api::call("127.0.0.1:" + std::to_string(front.port()), {"GET", "/subjects", "", "", ""});
  front.stop();
  fronting.join();
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 503);
  EXPECT_NE(reply->body.find("schema-registry"), std::string::npos) << reply->body;
  EXPECT_NE(reply->body.find("CB-CLOUD-SERVICE"), std::string::npos) << reply->body;
  EXPECT_EQ(api::call("nowhere", {"GET", "/", "", "", ""}).error().code, "CB-CLOUD-SERVICE");
  EXPECT_EQ(api::call("127.0.0.1:1", {"GET", "/", "", "", ""}).error().code, "CB-CLOUD-SERVICE");
}

TEST_F(ServiceMoves, WhatIsSaidIsReadByEverybody) {
  auto writer = CloudWriter::make(*log_, "gov-1", model::Epoch{model::EventTime{0}}).value();
  const Node node{{"gov-1"}, Cloud::kGovernment, {7}, {catalog::DataClass::kCore}, "east"};
  ASSERT_TRUE(writer.registered(node, 0));
  ASSERT_TRUE(writer.registered({{"com-1"}, Cloud::kCommercial, {9}, {}, ""}, 0));
  ASSERT_TRUE(writer.heartbeat({"gov-1"}, 5));
  const Placement placement{{{"com-1"}, {"gov-1"}}, {{{"district/a"}, {"gov-1"}}}};
  ASSERT_TRUE(writer.placed(placement, 5));
  ASSERT_TRUE(writer.serves("cockpit", {"com-1"}, "h:1", 5));
  auto reader = CloudReader::open(*log_).value();
  EXPECT_EQ(reader.placement(), placement);
  EXPECT_EQ(reader.nodes().at({"gov-1"}).node.zone, "east");
  EXPECT_EQ(reader.nodes().at({"gov-1"}).node.room.value, 7U);
  EXPECT_TRUE(reader.nodes().at({"gov-1"}).node.holds == node.holds);
  EXPECT_EQ(reader.silent_since(4), (std::vector<NodeName>{{"com-1"}}));
  EXPECT_EQ(reader.resolve("cockpit")->address, "h:1");
  ASSERT_TRUE(writer.lost({"com-1"}, 6));
  ASSERT_TRUE(reader.update());
  EXPECT_EQ(reader.live().size(), 1U);
  EXPECT_EQ(reader.resolve("cockpit").error().where, "cockpit");
  ASSERT_TRUE(writer.serves("cockpit", {"gov-1"}, "h:2", 7));
  ASSERT_TRUE(writer.gives_back("cockpit", {"com-1"}, 7));  // it is not its own any more
  ASSERT_TRUE(reader.update());
  EXPECT_EQ(reader.resolve("cockpit")->node.text, "gov-1");
  ASSERT_TRUE(writer.heartbeat({"stranger"}, 8));
  EXPECT_EQ(reader.update().error().code, "CB-CLOUD-RECORD");
}

}  // namespace
}  // namespace citybrain::cloud
