// Metrics: their text is what Prometheus reads, they count what happened, and nothing that decides
// depends on them.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "hub/metrics/metered_log.h"
#include "hub/network/publisher.h"
#include "scenarios/experiment/run.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::metrics {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The value of a line that begins with `series`; -1 when there is none.
double value(const std::string& text, const std::string& series) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  return -1;
}

bool has_promtool() { return std::system("command -v promtool >/dev/null") == 0; }

experiment::RunReport run_with(Metrics* metrics, const std::filesystem::path& out) {
  experiment::ScenarioRequest r;
  r.name_or_path = "quickstart";
  auto scenario = experiment::load_scenario(r, kHome).value();
  auto world = experiment::build_world(scenario, false).value();
  auto catalog = catalog::Catalog::load(kHome / "schemas/contracts").value();
  experiment::RunOptions o;
  o.out = out;
  o.horizon_s = 120;
  o.shares_process = true;
  const auto settled = experiment::settle(scenario, std::move(o)).value();
  experiment::RunHooks hooks;
  if (metrics != nullptr) {
    hooks.wrap_log = [metrics](auto log) { return metered(std::move(log), *metrics); };
    hooks.stepped = [metrics, hub = experiment::hub_metrics(*metrics, catalog)](const auto& done) {
      hub(done);
      if (done.step == 120) (void)metrics->text();
    };
  }
  auto report = experiment::run(scenario, world, catalog, settled, hooks);
  EXPECT_TRUE(report) << report.error().text();
  return std::move(report).value();
}

TEST(Metrics, CountAndKeepTheirNames) {
  Metrics m;
  auto a = m.counter("citybrain_a_total", "A", {{"x", "1\"\\\n"}});
  a.add();
  m.counter("citybrain_a_total", "A", {{"x", "1\"\\\n"}}).add(2);  // the same one
  a.raise_to(2);                                                   // less: nothing
  m.gauge("citybrain_b_seconds", "B").set(-1.5);
  m.times("citybrain_c_seconds", "C").add(0.0003);
  const auto text = m.text();
  EXPECT_EQ(value(text, "citybrain_a_total{x=\"1\\\"\\\\\\n\"}"), 3) << text;
  EXPECT_EQ(value(text, "citybrain_b_seconds"), -1.5);
  EXPECT_EQ(value(text, "citybrain_c_seconds_bucket{le=\"0.0002\"}"), 0);
  EXPECT_EQ(value(text, "citybrain_c_seconds_bucket{le=\"0.0005\"}"), 1);
  EXPECT_EQ(value(text, "citybrain_c_seconds_count"), 1);
  EXPECT_NE(text.find("# TYPE citybrain_a_total counter"), text.npos);
}

TEST(Metrics, AMeteredLogShowsLagBytesAndWatermarks) {
  test::TemporaryFolder folder;
  Metrics m;
  auto log = metered(std::move(network::open_embedded({folder.path(), {}, "test"})).value(), m);
  ASSERT_TRUE(log->create({"t", 1}));
  ASSERT_TRUE(log->create({schemas::topic::kWatermarks, 1}));
  auto slow = network::Publisher::make(*log, "slow").value();
  auto fast = network::Publisher::make(*log, "fast").value();
  for (int i = 0; i < 5; ++i)
    fast.publish("t", 0, {3, 0}, {1000}, {1000}, std::to_string(i), "s", "payload");
  fast.barrier(schemas::topic::kWatermarks, {9000});
  slow.barrier(schemas::topic::kWatermarks, {2000});
  ASSERT_TRUE(fast.send());
  ASSERT_TRUE(slow.send());
  ASSERT_TRUE(fast.flush());
  auto cursor = log->cursor("t", 0, 0).value();
  auto watermarks = log->cursor(schemas::topic::kWatermarks, 0, 0).value();
  EXPECT_EQ(cursor->poll(2)->size(), 2U);
  EXPECT_EQ(watermarks->poll(10)->size(), 1U);  // a batch each
  EXPECT_EQ(watermarks->poll(10)->size(), 1U);
  auto text = m.text();
  EXPECT_EQ(value(text, "citybrain_log_lag_records{partition=\"0\",topic=\"t\"}"), 3) << text;
  EXPECT_EQ(value(text, "citybrain_log_appended_records_total{topic=\"t\"}"), 5);
  EXPECT_EQ(value(text, "citybrain_log_read_records_total{topic=\"t\"}"), 2);
  EXPECT_EQ(value(text, "citybrain_log_appended_bytes_total{topic=\"t\"}"), 5 * (1 + 6 + 7));
  EXPECT_EQ(value(text, "citybrain_watermark_lag_seconds{source=\"slow\"}"), 7);
  EXPECT_EQ(value(text, "citybrain_watermark_lag_seconds{source=\"fast\"}"), 0);
  EXPECT_EQ(value(text, "citybrain_log_commit_duration_seconds_count"), 1);
  EXPECT_EQ(cursor->poll(10)->size(), 3U);
  text = m.text();
  EXPECT_EQ(value(text, "citybrain_log_lag_records{partition=\"0\",topic=\"t\"}"), 0);
}

TEST(Metrics, ARunHasTheSameOutcomeAndTellsWhatItsReportTells) {
  test::TemporaryFolder folder;
  Metrics m;
  std::atomic<bool> done = false;
  std::thread looks([&] {  // as Prometheus would, only more often
    while (!done) {
      (void)m.text();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const auto with = run_with(&m, folder.path() / "with");
  done = true;
  looks.join();
  const auto without = run_with(nullptr, folder.path() / "without");
  EXPECT_EQ(with.evaluation.outcome_hash, without.evaluation.outcome_hash);
  const auto text = m.text();
  EXPECT_EQ(value(text, "citybrain_steps_total{part=\"hub\"}"), 120);
  EXPECT_EQ(value(text, "citybrain_step_duration_seconds_count"), 120);
  EXPECT_GT(value(text, "citybrain_commands_total"), 0);
  EXPECT_GT(value(text, "citybrain_records_total{dataset=\"traffic_police.video_flow\"}"), 1000);
  EXPECT_EQ(value(text, "citybrain_watermark_lag_seconds{source=\"traffic_police/video\"}"), 0);
  EXPECT_GE(value(text, "citybrain_log_lag_records{partition=\"0\",topic=\"hub.commands\"}"), 0);
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed: package prometheus";
  std::ofstream(folder.path() / "text") << text;
  EXPECT_EQ(
      std::system(("promtool check metrics < '" + (folder.path() / "text").string() + "'").c_str()),
      0);
}

TEST(Metrics, KafkasStatisticsAreTaken) {
  Metrics m;
  const char* json =
      R"({"name":"citybrain#producer-1","msg_cnt":7,"msg_size":900,"msg_size_max":67108864,"replyq":1,
          "tx_bytes":1000,"rx_bytes":50,
          "brokers":{"a":{"outbuf_cnt":1,"waitresp_cnt":2},"b":{"outbuf_cnt":0,"waitresp_cnt":3}}})";
  ASSERT_TRUE(take_kafka_statistics(json, m));
  ASSERT_TRUE(take_kafka_statistics(json, m));
  const auto text = m.text();
  const std::string of = "{client=\"citybrain#producer-1\"}";
  EXPECT_EQ(value(text, "citybrain_kafka_queue_records" + of), 7) << text;
  EXPECT_EQ(value(text, "citybrain_kafka_unanswered_requests" + of), 5);
  EXPECT_EQ(value(text, "citybrain_kafka_sent_bytes_total" + of), 1000);
  for (const char* bad : {"", "[]", "{", "7"})
    EXPECT_EQ(take_kafka_statistics(bad, m).error().code, "CB-NETWORK-STATISTICS") << bad;
  EXPECT_TRUE(take_kafka_statistics(R"({"brokers":{"a":5},"msg_cnt":"x","name":3})", m));
}

TEST(Metrics, RulesAndSettingsAreWhatPrometheusReads) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed: package prometheus";
  const std::string folder = (kHome / "deploy/prometheus").string();
  EXPECT_EQ(std::system(("promtool check config '" + folder + "/prometheus.yml'").c_str()), 0);
}

/// The dashboard and the rules ask for metrics that there are.
TEST(Metrics, TheDashboardShowsWhatThereIs) {
  boost::json::error_code ec;
  const auto text = bytes_of(kHome / "deploy/grafana/citybrain.json");
  const auto dashboard = boost::json::parse(text, ec);
  ASSERT_FALSE(ec) << ec.message();
  EXPECT_GE(dashboard.as_object().at("panels").as_array().size(), 8U);
  const auto documented = bytes_of(kHome / "docs/metrics.md");
  const std::string all = text + bytes_of(kHome / "deploy/prometheus/rules.yml");
  const std::regex name("citybrain_[a-z_]+");
  for (std::sregex_iterator it(all.begin(), all.end(), name), end; it != end; ++it) {
    std::string metric = it->str();
    if (metric.ends_with("_bucket")) metric.resize(metric.size() - 7);
    EXPECT_NE(documented.find("`" + metric + "`"), documented.npos) << metric;
  }
}

}  // namespace
}  // namespace citybrain::metrics
