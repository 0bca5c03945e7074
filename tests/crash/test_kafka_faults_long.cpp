// Brokers that die, hang and come back, a leader that changes, a process whose link is down, disks
// that are full: a run goes on to the same outcome, or a process ends with an error that names the
// thing, and goes on when it is started again. In `./citybrain test all`.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/crash/behind_proxy.h"
#include "tests/support/small_disk.h"

namespace citybrain::crash {
namespace {

bool does(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

class BadBroker : public BehindProxy {
 protected:
  /// Ended with an error that names the broker.
  static void expect_named(const std::vector<std::string>& gave_up, const std::string& broker) {
    for (const auto& said : gave_up) {
      EXPECT_NE(said.find("CB-NETWORK-"), std::string::npos) << said;
      EXPECT_NE(said.find(broker), std::string::npos) << said;
    }
  }
};

TEST_F(BadBroker, ThatIsRestartedComesBack) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  ASSERT_EQ(link->broker.restart().code, 0);
  std::vector<std::string> gave_up;
  expect_whole(*run, expected, kMends, &gave_up);
  expect_named(gave_up, link->broker.brokers());
}

TEST_F(BadBroker, ThatHangsForAWhileGoesUnnoticed) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(link->broker.pause().code, 0);
    wait(4);
    ASSERT_EQ(link->broker.resume().code, 0);
    wait(0.2);
  }
  expect_whole(*run, expected);
}

/// Longer than every time-out (30 s): all give up, each with the broker's name, and go on.
TEST_F(BadBroker, ThatCannotBeReachedForLongIsNamed) {
  const auto& expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  link->proxy.cut();
  std::vector<std::string> gave_up;
  for (const auto& name : run->names()) {
    EXPECT_TRUE(run->await(name, State::kEnded, 180)) << name;
    if (run->look(name) != State::kEnded) continue;
    EXPECT_EQ(run->code(name), 1) << run->said(name);
    gave_up.push_back(run->said(name));
  }
  expect_named(gave_up, link->broker.brokers());
  link->proxy.heal();
  for (const auto& name : run->names()) run->start(name);
  expect_whole(*run, expected);
}

/// The same for the one process of `run`, with --resume.
TEST_F(BadBroker, ThatCannotBeReachedForLongIsNamedByRun) {
  const auto& expected = whole(setting, Kind::kOne);
  const auto run = make(setting, Kind::kOne);
  run->start_all();
  until_at_work(*run);
  link->proxy.close();
  ASSERT_TRUE(run->await("run", State::kEnded, 180));
  EXPECT_EQ(run->code("run"), 1);
  expect_named({run->said("run")}, link->broker.brokers());
  link->proxy.heal();
  run->start("run");
  expect_whole(*run, expected);
}

TEST_F(BadBroker, AFullDiskOfTheHubIsNamedAndTheHubGoesOnWithSpaceAgain) {
  const test::SmallDisk disk(700);
  if (!disk.reason().empty()) GTEST_SKIP() << disk.reason();
  const auto& expected = whole(setting);
  const auto run = make(setting);
  std::filesystem::create_directories(run->folder() / "out");
  std::filesystem::create_directory_symlink(disk.path(), run->folder() / "out/store");
  run->start_all();
  ASSERT_TRUE(run->await("hub", State::kEnded, kLimitS));
  const auto said = run->said("hub");
  EXPECT_EQ(run->code("hub"), 1) << said;
  EXPECT_NE(said.find("No space left on device"), std::string::npos) << said;
  EXPECT_NE(said.find("the file system at " + (run->folder() / "out/store").string()),
            std::string::npos)
      << said;
  for (const char* other : {"city", "connector"}) EXPECT_EQ(run->look(other), State::kRuns);
  ASSERT_TRUE(disk.resize(200U << 10));
  run->start("hub");
  expect_whole(*run, expected);
}

TEST_F(BadBroker, WithAFullDiskStopsAndGoesOnWithSpaceAgain) {
  const auto& expected = whole(setting);
  const test::SmallDisk disk(500U << 10);
  if (!disk.reason().empty()) GTEST_SKIP() << disk.reason();
  test::KafkaBroker broker(disk.path() / "broker");
  const auto started = broker.start("--heap 192m");
  ASSERT_EQ(started.code, 0) << started.err;
  const auto own = setting_of(broker.brokers());
  const auto run = make(own);
  run->start_all();
  until_at_work(*run);
  const auto space = std::filesystem::space(disk.path());
  const auto used = space.capacity - space.free;
  ASSERT_TRUE(disk.resize((used >> 10) + 64));
  // Kafka stops a broker whose only disk fails.
  bool stopped = false;
  for (int i = 0; i < 150 && !stopped; ++i, wait(0.1))
    stopped = does(fmt::format("! '{}/deploy/kafka/broker' status --dir '{}'", CITYBRAIN_SOURCE_DIR,
                               broker.dir()));
  EXPECT_TRUE(stopped);
  ASSERT_TRUE(disk.resize(900U << 10));
  const auto again = broker.restart();
  ASSERT_EQ(again.code, 0) << again.err;
  std::vector<std::string> gave_up;
  expect_whole(*run, expected, kMends, &gave_up);
  expect_named(gave_up, broker.brokers());
}

/// A namespace of its own for one process, with a cable to the host.
class Namespace {
 public:
  Namespace() {
    const auto number = static_cast<unsigned>(::getpid()) % 250 + 1;
    name_ = fmt::format("citybrain{}", ::getpid());
    host_ = fmt::format("10.213.{}.1", number);
    const auto cable = fmt::format("cb{}", ::getpid());
    made_ = does(fmt::format("ip netns add {}", name_)) &&
            does(fmt::format("ip link add {0}h type veth peer name {0}n", cable)) &&
            does(fmt::format("ip link set {}n netns {}", cable, name_)) &&
            does(fmt::format("ip addr add {}/24 dev {}h", host_, cable)) &&
            does(fmt::format("ip link set {}h up", cable)) &&
            does(fmt::format("ip -n {} addr add 10.213.{}.2/24 dev {}n", name_, number, cable)) &&
            does(fmt::format("ip -n {} link set lo up", name_));
    inside_ = cable + "n";
    if (made_) made_ = up();
  }
  ~Namespace() { does(fmt::format("ip netns del {}", name_)); }
  bool made() const { return made_; }
  bool up() const { return does(fmt::format("ip -n {} link set {} up", name_, inside_)); }
  bool down() const { return does(fmt::format("ip -n {} link set {} down", name_, inside_)); }
  const std::string& host() const { return host_; }
  std::vector<std::string> enter() const { return {"ip", "netns", "exec", name_}; }

 private:
  std::string name_, host_, inside_;
  bool made_ = false;
};

class LinkDown : public KafkaFaults {};

TEST_F(LinkDown, OfTheHubShortlyGoesUnnoticedAndForLongIsNamed) {
  const Namespace space;
  if (!space.made()) GTEST_SKIP() << "no network namespace can be made here (ip netns, veth)";
  test::KafkaBroker broker;
  const auto started = broker.start("--heap 192m --listen " + space.host());
  ASSERT_EQ(started.code, 0) << started.err;
  auto setting = setting_of(broker.brokers());
  const auto expected = whole(setting);
  setting.before["hub"] = space.enter();
  {
    const auto run = make(setting);
    run->start_all();
    until_at_work(*run);
    ASSERT_TRUE(space.down());
    wait(4);
    for (const auto& name : run->names()) EXPECT_EQ(run->look(name), State::kRuns) << name;
    ASSERT_TRUE(space.up());
    expect_whole(*run, expected);
  }
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  ASSERT_TRUE(space.down());
  ASSERT_TRUE(run->await("hub", State::kEnded, 180)) << run->last_words();
  EXPECT_EQ(run->code("hub"), 1);
  EXPECT_NE(run->said("hub").find(broker.brokers()), std::string::npos) << run->said("hub");
  ASSERT_TRUE(space.up());
  run->start("hub");
  expect_whole(*run, expected, kMends);  // the others may have run out of patience
}

/// The node that leads the partition; 0: nobody.
int leader_of(const std::string& brokers, const std::string& topic) {
  char why[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof why);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  const rd_kafka_metadata_t* found = nullptr;
  int leader = 0;
  if (rd_kafka_metadata(client, 1, nullptr, &found, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (int t = 0; t < found->topic_cnt; ++t)
      if (found->topics[t].topic == topic && found->topics[t].partition_cnt > 0)
        leader = std::max(found->topics[t].partitions[0].leader, 0);
    rd_kafka_metadata_destroy(found);
  }
  rd_kafka_destroy(client);
  return leader;
}

class ThreeBrokers : public KafkaFaults {};

TEST_F(ThreeBrokers, TheLeaderIsKilledHangsAndComesBack) {
  test::KafkaBroker cluster;
  const auto started = cluster.start("--cluster 3 --heap 192m");
  ASSERT_EQ(started.code, 0) << started.err;
  const auto setting = setting_of(cluster.brokers());
  const auto expected = whole(setting);
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  for (const char* topic : {"control.watermarks", "port.state"}) {
    const auto name = run->prefix() + "." + topic;
    const int before = leader_of(cluster.brokers(), name);
    ASSERT_GT(before, 0) << name;
    const bool dies = topic == std::string("control.watermarks");
    ASSERT_EQ((dies ? cluster.kill(before) : cluster.pause(before)).code, 0);
    int after = before;
    for (int i = 0; i < 200 && (after == before || after == 0); ++i, wait(0.1))
      after = leader_of(cluster.brokers(), name);
    EXPECT_NE(after, before) << name;
    ASSERT_EQ((dies ? cluster.restart(before) : cluster.resume(before)).code, 0);
    wait(1);
  }
  expect_whole(*run, expected, kMends);
}

}  // namespace
}  // namespace citybrain::crash
