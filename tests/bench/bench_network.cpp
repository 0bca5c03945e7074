// The log's throughput at records of 100 bytes.
//
//   bench_network [RECORDS]                  the embedded log: durable append in batches,
//   sequential read CITYBRAIN_KAFKA=HOST:PORT bench_network  also Kafka: our writer and reader
//   against plain loops of
//                                            librdkafka on the same broker, 8 partitions
//
// There are two plain loops: "bare" writes and reads values and nothing else; "labelled" writes and
// reads the header that says whose record it is, as ours must.
//
// Wall seconds mean little on a busy machine: the process's CPU seconds stand beside them, and what
// is compared runs in turns (five rounds, the median of the ratios).
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "hub/network/kafka.h"
#include "tests/support/temporary_folder.h"

namespace citybrain {
namespace {

using network::Partition;
using network::Record;

constexpr std::size_t kValueBytes = 100;
constexpr std::size_t kBatch = 1000;
constexpr Partition kPartitions = 8;
constexpr int kRounds = 5;
constexpr int kTimeoutMs = 60'000;

struct Cost {
  double wall_s = 0;
  double cpu_s = 0;
};

double cpu_now() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

Cost measure(const std::function<void()>& work) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpu_now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          cpu_now() - cpu};
}

void print(const char* what, std::uint64_t records, Cost c) {
  const auto millions = static_cast<double>(records) / 1e6;
  fmt::print("{:<34} {:>7.2f} M/s   {:>6.3f} CPU s per million   {:>6.2f} M a CPU second\n", what,
             millions / c.wall_s, c.cpu_s / millions, millions / c.cpu_s);
}

void write(network::Log& log, const char* topic, Partition partitions, std::uint64_t records) {
  const std::string value(kValueBytes, 'v');
  auto appender = log.appender({"bench"}).value();
  std::vector<std::uint64_t> sequence(partitions);
  std::vector<Record> batch(kBatch);
  for (std::uint64_t done = 0; done < records; done += kBatch) {
    const auto p = static_cast<Partition>(done / kBatch % partitions);
    for (auto& r : batch) r = {model::EventTime{1}, ++sequence[p], {}, value, {}};
    appender->append(topic, p, batch).value();
  }
  appender->flush().value();
}

void read(network::Log& log, const char* topic, Partition partitions, std::uint64_t records) {
  std::vector<std::unique_ptr<network::Cursor>> cursors;
  for (Partition p = 0; p < partitions; ++p) cursors.push_back(log.cursor(topic, p, 0).value());
  std::uint64_t seen = 0, bytes = 0;
  while (seen < records)
    for (auto& cursor : cursors) {
      const auto records_read = cursor->poll(4096).value();
      for (const auto& r : records_read) {
        ++seen;
        bytes += r.value.size();
      }
    }
  CITYBRAIN_CHECK(seen == records && bytes == records * kValueBytes);
}

void embedded(std::uint64_t records) {
  const test::TemporaryFolder folder;
  auto log = network::open_embedded({folder.path(), {}, "bench"}).value();
  log->create({"t", 1}).value();
  print("embedded, append (group:100ms)", records, measure([&] { write(*log, "t", 1, records); }));
  print("embedded, sequential read", records, measure([&] { read(*log, "t", 1, records); }));
}

/// What a reader of librdkafka's examples would write: idempotent, all acknowledgements, batches.
class Plain {
 public:
  Plain(std::string brokers, std::string topic, bool labelled)
      : brokers_(std::move(brokers)), topic_(std::move(topic)), labelled_(labelled) {}

  void write(std::uint64_t records) {
    auto* conf = base();
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "5");
    delivered_ = 0;
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* m, void* self) {
      CITYBRAIN_CHECK(!m->err);
      ++static_cast<Plain*>(self)->delivered_;
    });
    char why[256];
    auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    auto* topic = rd_kafka_topic_new(client, topic_.c_str(), nullptr);
    std::string value(kValueBytes, 'v');
    for (std::uint64_t i = 0; i < records; ++i) {
      const auto p = static_cast<std::int32_t>(i / kBatch % kPartitions);
      while (!produce(client, topic, p, value, i)) rd_kafka_poll(client, 20);
      if (i % kBatch == 0) rd_kafka_poll(client, 0);
    }
    rd_kafka_flush(client, kTimeoutMs);
    CITYBRAIN_CHECK(delivered_ == records);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
  }

  void read(std::uint64_t records) {
    auto* conf = base();
    set(conf, "group.id", "bench");
    set(conf, "enable.auto.commit", "false");
    set(conf, "check.crcs", "true");
    char why[256];
    auto* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    auto* list = rd_kafka_topic_partition_list_new(kPartitions);
    for (Partition p = 0; p < kPartitions; ++p)
      rd_kafka_topic_partition_list_add(list, topic_.c_str(), static_cast<std::int32_t>(p))
          ->offset = 0;
    rd_kafka_assign(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    auto* queue = rd_kafka_queue_get_consumer(client);
    std::uint64_t seen = 0, bytes = 0, labels = 0;
    std::vector<rd_kafka_message_t*> batch(4096);
    while (seen < records) {
      const auto n = rd_kafka_consume_batch_queue(queue, 10, batch.data(), batch.size());
      for (ssize_t i = 0; i < n; ++i) {
        if (!batch[i]->err) {
          ++seen;
          bytes += batch[i]->len;
          rd_kafka_headers_t* list = nullptr;
          const void* label = nullptr;
          std::size_t size = 0;
          if (labelled_ && !rd_kafka_message_headers(batch[i], &list) &&
              !rd_kafka_header_get_last(list, "label", &label, &size))
            labels += size;
        }
        rd_kafka_message_destroy(batch[i]);
      }
    }
    CITYBRAIN_CHECK(seen == records && bytes == records * kValueBytes && labelled_ == (labels > 0));
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
  }

 private:
  static void set(rd_kafka_conf_t* conf, const char* key, const char* value) {
    char why[256];
    CITYBRAIN_CHECK(rd_kafka_conf_set(conf, key, value, why, sizeof why) == RD_KAFKA_CONF_OK);
  }
  rd_kafka_conf_t* base() const {
    auto* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers_.c_str());
    return conf;
  }
  bool produce(rd_kafka_t* client, rd_kafka_topic_t* topic, std::int32_t partition,
               std::string& value, std::uint64_t number) const {
    if (!labelled_)
      return rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value.data(), value.size(),
                              nullptr, 0, nullptr) == 0;
    char label[32];
    const auto size = fmt::format_to_n(label, sizeof label, "{} bench", number).size;
    return !rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(value.data(), value.size()),
        RD_KAFKA_V_HEADER("label", label, static_cast<ssize_t>(size)), RD_KAFKA_V_END);
  }
  const std::string brokers_, topic_;
  const bool labelled_;
  std::uint64_t delivered_ = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& what, std::uint64_t records, const std::vector<Cost>& ours,
             const std::vector<Cost>& plain) {
  std::vector<double> wall, cpu;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    wall.push_back(plain[i].wall_s / ours[i].wall_s);
    cpu.push_back(plain[i].cpu_s / ours[i].cpu_s);
    print(fmt::format("kafka, {}: ours", what).c_str(), records, ours[i]);
    print(fmt::format("kafka, {}: plain", what).c_str(), records, plain[i]);
  }
  fmt::print("kafka, {}: ours is {:.0f}% of plain by wall time, {:.0f}% by CPU (medians)\n", what,
             100 * median(wall), 100 * median(cpu));
}

void kafka(const std::string& brokers, std::uint64_t records) {
  network::KafkaOptions options;
  options.brokers = brokers;
  options.identity = "bench";
  struct Costs {
    std::vector<Cost> writes, reads;
  } ours, bare, labelled;
  for (int round = 0; round < kRounds; ++round) {
    options.prefix = fmt::format("bench-{}-{}", ::getpid(), round);
    {
      auto log = network::open_kafka(options).value();
      for (const char* topic : {"ours", "bare", "labelled"})
        log->create({topic, kPartitions}).value();
      ours.writes.push_back(measure([&] { write(*log, "ours", kPartitions, records); }));
      Plain one(brokers, options.prefix + ".bare", false);
      Plain other(brokers, options.prefix + ".labelled", true);
      bare.writes.push_back(measure([&] { one.write(records); }));
      labelled.writes.push_back(measure([&] { other.write(records); }));
      ours.reads.push_back(measure([&] { read(*log, "ours", kPartitions, records); }));
      bare.reads.push_back(measure([&] { one.read(records); }));
      labelled.reads.push_back(measure([&] { other.read(records); }));
    }
    network::remove_kafka_topics(options).value();
  }
  compare("write, bare", records, ours.writes, bare.writes);
  compare("write, labelled", records, ours.writes, labelled.writes);
  compare("read, bare", records, ours.reads, bare.reads);
  compare("read, labelled", records, ours.reads, labelled.reads);
}

}  // namespace
}  // namespace citybrain

int main(int argc, char** argv) {
  const std::uint64_t wanted = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  // Whole batches in every partition.
  constexpr std::uint64_t kUnit = citybrain::kBatch * citybrain::kPartitions;
  const std::uint64_t records = std::max<std::uint64_t>(wanted / kUnit, 1) * kUnit;
  citybrain::embedded(records * 4);
  if (const char* brokers = std::getenv("CITYBRAIN_KAFKA"))
    citybrain::kafka(brokers, records);
  else
    fmt::print("kafka: left out, CITYBRAIN_KAFKA=HOST:PORT is not set\n");
}
