// What is wrong on a broker is said: the thing's name, exit code 1 or 2, nothing half-written. A
// broker of this test's own asks for passwords; three users have all rights, some and none.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "tests/crash/kafka_faults.h"

namespace citybrain::crash {
namespace {

constexpr const char* kDataset = "traffic_police.video_flow";

class BadInput : public KafkaFaults {
 protected:
  static void SetUpTestSuite() {
    if (!kafka_is_wanted()) return;
    broker = new test::KafkaBroker;
    std::ofstream(broker->folder() / "users") << "admin pw-1 super\nnobody pw-2\n";
    const auto started =
        broker->start("--heap 192m --auth '" + (broker->folder() / "users").string() + "'");
    ASSERT_EQ(started.code, 0) << started.err;
    admin = setting_of(broker->brokers());
    admin.horizon = "1m";
    admin.more = {"--network-config", broker->dir() + "/clients/admin.properties"};
  }
  static void TearDownTestSuite() {
    delete broker;
    broker = nullptr;
  }
  /// What `run` says with this file of properties; nothing is there afterwards.
  void expect_refused(const std::string& properties, const std::string& code,
                      const std::vector<std::string>& named) {
    auto setting = admin;
    setting.more = {"--network-config", properties};
    const auto run = make(setting, Kind::kOne);
    run->start_all();
    ASSERT_TRUE(run->await("run", State::kEnded, 120));
    const auto said = run->said("run");
    EXPECT_EQ(run->code("run"), 1) << said;
    EXPECT_NE(said.find("[" + code + "]"), std::string::npos) << said;
    for (const auto& name : named) EXPECT_NE(said.find(name), std::string::npos) << said;
    EXPECT_FALSE(std::filesystem::exists(run->folder() / "out/report.json"));
    EXPECT_FALSE(std::filesystem::exists(run->folder() / "out/store"));
  }
  std::string write(const std::string& name, const std::string& text) const {
    const auto file = broker->folder() / name;
    std::ofstream(file) << text;
    return file.string();
  }
  static network::KafkaOptions as_admin(const KafkaRun& run) {
    auto options = run.topics();
    options.properties = network::read_kafka_properties(admin.more[1]).value();
    return options;
  }
  /// A record of somebody else's on a topic of the run, as any client of Kafka writes it; without
  /// an id: without headers.
  static void say(const KafkaRun& run, const std::string& value, const char* id);

  static bool is_listed(const KafkaRun& run, const std::string& topic);
  /// Ends with this code and names the thing.
  static void expect_end(KafkaRun& run, const std::string& name, int code,
                         const std::vector<std::string>& named) {
    ASSERT_TRUE(run.await(name, State::kEnded, 120)) << run.last_words();
    EXPECT_EQ(run.code(name), code) << run.said(name);
    for (const auto& text : named)
      EXPECT_NE(run.said(name).find(text), std::string::npos) << run.said(name);
  }
  static test::KafkaBroker* broker;
  static KafkaSetting admin;
};
test::KafkaBroker* BadInput::broker = nullptr;
KafkaSetting BadInput::admin;

/// A plain client of Kafka's, which is not ours.
std::unique_ptr<rd_kafka_t, void (*)(rd_kafka_t*)> client_of(const network::KafkaOptions& options) {
  char why[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", options.brokers.c_str(), why, sizeof why);
  for (const auto& p : options.properties)
    rd_kafka_conf_set(conf, p.key.c_str(), p.value.c_str(), why, sizeof why);
  return {rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), rd_kafka_destroy};
}

bool BadInput::is_listed(const KafkaRun& run, const std::string& topic) {
  const auto client = client_of(as_admin(run));
  const rd_kafka_metadata_t* found = nullptr;
  if (rd_kafka_metadata(client.get(), 1, nullptr, &found, 20'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return false;
  bool there = false;
  for (int t = 0; t < found->topic_cnt; ++t)
    there |= found->topics[t].topic == run.prefix() + "." + topic;
  rd_kafka_metadata_destroy(found);
  return there;
}

void BadInput::say(const KafkaRun& run, const std::string& value, const char* id) {
  const auto owner = client_of(as_admin(run));
  rd_kafka_t* client = owner.get();
  const std::string topic = run.prefix() + "." + kDataset;
  rd_kafka_headers_t* headers = rd_kafka_headers_new(4);
  if (id != nullptr)
    for (const auto& [key, text] : {std::pair{"ce_source", "somebody"}, {"ce_id", id}})
      rd_kafka_header_add(headers, key, -1, text, -1);
  // In the first second of the run, so that the hub reads it then.
  experiment::ScenarioRequest request;
  request.name_or_path = "quickstart";
  const auto at_ms = experiment::load_scenario(request, admin.root).value().start.ms;
  EXPECT_EQ(
      rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                        RD_KAFKA_V_TIMESTAMP(at_ms), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
      RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(rd_kafka_flush(client, 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST_F(BadInput, AWrongAddressIsNamed) {
  const auto run = [&] {
    auto setting = admin;
    setting.brokers = "127.0.0.1:1";
    return setting;
  }();
  const auto process = make(run, Kind::kOne);
  process->start_all();
  expect_end(*process, "run", 1, {"127.0.0.1:1", "no broker answered", "CB-NETWORK-OPEN"});
  EXPECT_FALSE(std::filesystem::exists(process->folder() / "out/store"));
  auto nowhere = admin;
  nowhere.brokers = "no.such.host.invalid:9092";
  const auto other = make(nowhere, Kind::kOne);
  other->start_all();
  expect_end(*other, "run", 1, {"no.such.host.invalid:9092", "CB-NETWORK-OPEN"});
}

TEST_F(BadInput, WrongCredentialsAreNamed) {
  const auto file = write("wrong.properties",
                          "security.protocol=SASL_PLAINTEXT\nsasl.mechanisms=PLAIN\n"
                          "sasl.username=admin\nsasl.password=guess\n");
  expect_refused(file, "CB-NETWORK-OPEN", {broker->brokers(), "sasl.*", "--network-config"});
}

TEST_F(BadInput, MissingRightsAreNamedWithTheTopic) {
  expect_refused(broker->dir() + "/clients/nobody.properties", "CB-NETWORK-RIGHTS",
                 {broker->brokers(), ".citybrain", "kafka-acls.sh"});
}

/// Records of others among ours: not framed, of a schema that nobody knows, without a header. They
/// go to quarantine, are counted, and the run is what it would have been otherwise.
TEST_F(BadInput, StrangeRecordsAreQuarantinedAndCounted) {
  const auto run = make(admin);
  run->start("city");
  for (int i = 0; i < 600 && !is_listed(*run, "hub.acks"); ++i) wait(0.1);  // one of its last
  wait(1);
  using namespace std::string_literals;
  say(*run, "not framed", "x-1");
  say(*run, "\0\0\1\1\1\0what no schema says"s, "x-2");
  say(*run, "\0\0\0\0\1\0cut"s, nullptr);
  run->start("connector");
  run->start("hub");
  ASSERT_EQ(run->finish(kLimitS, 0), "");
  const auto said = run->said("hub");
  const auto at = said.find(kDataset);
  ASSERT_NE(at, said.npos) << said;
  const std::string key = "\"quarantined\":";
  const auto count = said.find(key, at);
  ASSERT_NE(count, said.npos) << said;
  EXPECT_EQ(std::stoi(said.substr(count + key.size())), 3) << said.substr(at, 300);
}

TEST_F(BadInput, ATruncatedLogIsNamedWithThePartition) {
  auto setting = admin;
  setting.horizon = "5m";
  const auto run = make(setting);
  run->start_all({{"hub", "snapshot:2"}});  // dies behind its first snapshot
  ASSERT_TRUE(run->await("hub", State::kEnded, kLimitS));
  ASSERT_EQ(run->code("hub"), -SIGKILL);
  wait(3);  // the departments go on for a second of the run
  const auto owner = client_of(as_admin(*run));
  rd_kafka_t* client = owner.get();
  auto* list = rd_kafka_topic_partition_list_new(1);
  const std::string topic = run->prefix() + "." + kDataset;
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  auto* cut = rd_kafka_DeleteRecords_new(list);
  auto* queue = rd_kafka_queue_new(client);
  rd_kafka_DeleteRecords(client, &cut, 1, nullptr, queue);
  rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 30'000));
  rd_kafka_queue_destroy(queue);
  rd_kafka_DeleteRecords_destroy(cut);
  rd_kafka_topic_partition_list_destroy(list);
  run->start("hub");
  expect_end(*run, "hub", 1,
             {std::string(kDataset) + "/0", "no longer reaches", "CB-NODE-POSITIONS"});
}

TEST_F(BadInput, TwoHubsOfOneStoreAndAStoreOfAnotherScenarioAreNamed) {
  auto setting = admin;
  setting.horizon = "5m";
  const auto run = make(setting);
  run->start_all();
  until_at_work(*run);
  const auto second = make(setting);
  std::filesystem::create_directories(second->folder() / "out");
  const auto store = run->folder() / "out/store";
  std::filesystem::create_directory_symlink(store, second->folder() / "out/store");
  // Its own topics, so that only the store is in the way: the city first.
  second->start("city");
  second->start("hub");
  expect_end(*second, "hub", 1, {"CB-STORE-OPEN", "out/store"});
  ASSERT_EQ(run->finish(kLimitS, 0), "");

  auto other = setting;
  other.more.insert(other.more.end(), {"--seed", "99"});
  const auto stranger = make(other);
  std::filesystem::create_directories(stranger->folder() / "out");
  std::filesystem::create_directory_symlink(store, stranger->folder() / "out/store");
  stranger->start("city");
  stranger->start("hub");
  expect_end(*stranger, "hub", 2, {"seed=1 ", "seed=99 ", "CB-INPUT-STORE"});
}

}  // namespace
}  // namespace citybrain::crash
