// A client that is not ours (librdkafka) reads an embedded log through the server.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <map>
#include <thread>

#include "hub/api/wire.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::api {
namespace {

constexpr int kRecords = 500;
constexpr int kPartitions = 3;
constexpr int kPatienceMs = 60'000;

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* told) {
  *static_cast<rd_kafka_resp_err_t*>(told) = message->err;
}

class ServedLog : public testing::Test {
 protected:
  ServedLog() {
    network::EmbeddedOptions options;
    options.directory = folder_.path() / "log";
    options.identity = "test";
    log_ = std::move(*network::open_embedded(options));
    EXPECT_TRUE(log_->create({"cars", kPartitions}));
    auto appender = std::move(*log_->appender({"police"}));
    const network::Header header{"ce_id", "42"};
    for (int i = 0; i < kRecords; ++i) {
      const auto n = static_cast<std::uint64_t>(i) / kPartitions + 1;
      const auto value = "value " + std::to_string(i);
      const network::Record r{model::EventTime{1000 + i}, n, "key", value, std::span(&header, 1)};
      EXPECT_TRUE(appender->append("cars", static_cast<network::Partition>(i % kPartitions),
                                   std::span(&r, 1)));
    }
    EXPECT_TRUE(appender->flush());
    server_.emplace(std::move(*WireServer::listen({}, *log_)));
    thread_ = std::thread([this] { server_->serve(false); });
  }
  ~ServedLog() override {
    server_->stop();
    thread_.join();
  }

  rd_kafka_t* client(rd_kafka_type_t type, std::map<std::string, std::string> settings,
                     rd_kafka_resp_err_t* told = nullptr) {
    settings["bootstrap.servers"] = "127.0.0.1:" + std::to_string(server_->port());
    settings["check.crcs"] = "true";
    auto* conf = rd_kafka_conf_new();
    char why[256];
    for (const auto& [key, value] : settings)
      EXPECT_EQ(rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why),
                RD_KAFKA_CONF_OK)
          << why;
    rd_kafka_conf_set_opaque(conf, told);
    if (told != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    auto* handle = rd_kafka_new(type, conf, why, sizeof why);
    EXPECT_NE(handle, nullptr) << why;
    return handle;
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<network::Log> log_;
  std::optional<WireServer> server_;
  std::thread thread_;
};

TEST_F(ServedLog, AGroupReadsEveryRecordInOrder) {
  auto* consumer = client(RD_KAFKA_CONSUMER, {{"group.id", "readers"},
                                              {"auto.offset.reset", "earliest"},
                                              {"enable.partition.eof", "true"}});
  if (consumer == nullptr) return;
  rd_kafka_poll_set_consumer(consumer);
  auto* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, "cars", RD_KAFKA_PARTITION_UA);
  ASSERT_EQ(rd_kafka_subscribe(consumer, topics), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_partition_list_destroy(topics);
  int read = 0, ends = 0;
  std::map<int, std::int64_t> next;
  while (ends < kPartitions) {
    auto* m = rd_kafka_consumer_poll(consumer, kPatienceMs);
    ASSERT_NE(m, nullptr) << "nothing came";
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ends;
    } else {
      ASSERT_EQ(m->err, RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_message_errstr(m);
      EXPECT_EQ(m->offset, next[m->partition]++);
      const auto i = m->offset * kPartitions + m->partition;
      EXPECT_EQ(std::string(static_cast<char*>(m->payload), m->len), "value " + std::to_string(i));
      EXPECT_EQ(rd_kafka_message_timestamp(m, nullptr), 1000 + i);
      rd_kafka_headers_t* headers = nullptr;
      const void* id = nullptr;
      std::size_t size = 0;
      EXPECT_EQ(rd_kafka_message_headers(m, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
      EXPECT_EQ(rd_kafka_header_get_last(headers, "ce_id", &id, &size), RD_KAFKA_RESP_ERR_NO_ERROR);
      EXPECT_EQ(std::string(static_cast<const char*>(id), size), "42");
      ++read;
    }
    rd_kafka_message_destroy(m);
  }
  EXPECT_EQ(read, kRecords);
  EXPECT_EQ(rd_kafka_commit(consumer, nullptr, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

TEST_F(ServedLog, AProducerIsRefused) {
  rd_kafka_resp_err_t told = RD_KAFKA_RESP_ERR__IN_PROGRESS;
  auto* producer = client(RD_KAFKA_PRODUCER, {}, &told);
  if (producer == nullptr) return;
  auto* topic = rd_kafka_topic_new(producer, "cars", nullptr);
  ASSERT_EQ(rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>("x"), 1, nullptr, 0,
                             nullptr),
            0);
  EXPECT_EQ(rd_kafka_flush(producer, kPatienceMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(told, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) << rd_kafka_err2str(told);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
  EXPECT_EQ(*log_->end("cars", 0), static_cast<network::Position>((kRecords + 2) / kPartitions));
}

}  // namespace
}  // namespace citybrain::api
