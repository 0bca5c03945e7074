// trips.csv and links.csv: every vehicle has a row, every lane's counts add up.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "scenarios/outputs/csv.h"
#include "scenarios/outputs/recorder.h"
#include "tests/outputs/worlds.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::outputs {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line + ",");
  for (std::string f; std::getline(in, f, ',');) out.push_back(f);
  return out;
}

std::vector<Row> rows(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  const auto names = fields(line);
  std::vector<Row> out;
  while (std::getline(in, line)) {
    const auto values = fields(line);
    EXPECT_EQ(values.size(), names.size()) << line;
    Row row;
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) row[names[i]] = values[i];
    out.push_back(row);
  }
  return out;
}

double number(const std::string& text) { return std::stod(text); }

struct Totals {
  std::size_t created = 0, finished = 0, detours = 0, waiting = 0;
  double travel_s = 0;  // of the finished ones
};

Totals drive(test::GridWorld& w, Recorder& recorder, std::uint32_t seconds) {
  Totals t;
  for (std::uint32_t s = 1; s <= seconds; ++s) {
    w.advance(s);
    recorder.step(*w.city);
    const auto& truth = city::truth(*w.city);
    t.created += truth.created_s.size();
    t.finished += truth.finished.size();
    t.detours += truth.detours.size();
    for (const auto& f : truth.finished) t.travel_s += f.finished_s - f.created_s;
    t.waiting = truth.waiting_outside;
  }
  recorder.finish(*w.city).value();
  return t;
}

TEST(Csv, FieldsAreQuotedWhereTheyMustBe) {
  std::string out;
  append_field(out, "plain");
  append_field(out, ",");
  append_field(out, "a \"b\"");
  EXPECT_EQ(out, "plain\",\"\"a \"\"b\"\"\"");
}

RC_GTEST_PROP(Csv, RowsAddUpInEveryCity, ()) {
  city::GridSpec spec;
  spec.rows = *rc::gen::inRange(1U, 4U);
  spec.columns = *rc::gen::inRange(1U, 4U);
  spec.lanes = *rc::gen::inRange(1U, 5U);
  spec.block_m = *rc::gen::inRange(70, 400);
  spec.trips_per_hour = *rc::gen::inRange(100, 20'000);
  spec.duration_s = 200;
  spec.seed = *rc::gen::inRange<std::uint64_t>(1, 1000);
  auto w = test::grid_world(spec);
  const test::TemporaryFolder folder;
  RecorderOptions o;
  o.trips = folder.path() / "trips.csv";
  o.links = folder.path() / "links.csv";
  o.links_interval_s = 40;
  auto recorder = std::move(*Recorder::create(o, *w.city));
  const Totals totals = drive(w, recorder, 250);

  std::map<std::string, std::size_t> by_status;
  double travel_s = 0;
  std::size_t detours = 0;
  const auto trips = rows(o.trips);
  RC_ASSERT(trips.size() == totals.created);
  for (auto row : trips) {
    ++by_status[row["status"]];
    detours += std::stoul(row["detours"]);
    RC_ASSERT(row["entered_s"].empty() == (row["status"] == "waiting"));
    RC_ASSERT(row["finished_s"].empty() == (row["status"] != "finished"));
    if (row["status"] != "finished") continue;
    travel_s += number(row["travel_time_s"]);
    RC_ASSERT(number(row["entered_s"]) >= number(row["created_s"]));
    RC_ASSERT(number(row["finished_s"]) > number(row["entered_s"]));
    const auto from = w.network->find_road(row["from"]);
    RC_ASSERT(from.valid() && w.network->find_road(row["to"]).valid());
    RC_ASSERT(number(row["distance_m"]) > (*w.network)[from].length_m - 0.1);
  }
  RC_ASSERT(by_status["finished"] == totals.finished);
  RC_ASSERT(by_status["waiting"] == totals.waiting);
  RC_ASSERT(travel_s == totals.travel_s);
  RC_ASSERT(detours == totals.detours);

  const auto links = rows(o.links);
  RC_ASSERT(links.size() == w.network->lanes.size() * 7);  // 0, 40, ... 240
  std::map<std::string, long> on_lane;
  for (auto row : links)
    on_lane[row["road"] + "/" + row["lane"]] +=
        std::stol(row["entered"]) + std::stol(row["changed_in"]) - std::stol(row["left"]) -
        std::stol(row["changed_out"]);
  for (std::uint32_t l = 0; l < w.network->lanes.size(); ++l) {
    const auto& lane = w.network->lanes[l];
    const auto name = (*w.network)[lane.road].name + "/" + std::to_string(lane.index);
    RC_ASSERT(on_lane[name] ==
              static_cast<long>(w.city->sensors().vehicles(model::LaneId{l}).size()));
  }
}

TEST(Csv, ALoneCarDrivesItsRouteAtFreeSpeed) {
  city::GridSpec spec;
  spec.rows = spec.columns = 2;
  spec.trips_per_hour = 60;
  spec.duration_s = 60;
  auto w = test::grid_world(spec);
  const test::TemporaryFolder folder;
  RecorderOptions o;
  o.trips = folder.path() / "t.csv";
  o.links = folder.path() / "l.csv";
  o.links_interval_s = 600;
  auto recorder = std::move(*Recorder::create(o, *w.city));
  EXPECT_FALSE(std::filesystem::exists(o.trips)) << "a file has its name when it is whole";
  const Totals totals = drive(w, recorder, 600);
  ASSERT_EQ(totals.finished, totals.created);
  ASSERT_GT(totals.created, 0U);
  EXPECT_FALSE(std::filesystem::exists(o.trips.string() + ".part"));
  double left = 0, flow = 0;
  for (auto row : rows(o.links)) {
    left += number(row["left"]);
    flow += number(row["flow_vph"]);
    if (!row["speed_mps"].empty()) EXPECT_LE(number(row["speed_mps"]), 11.12);
  }
  EXPECT_NEAR(flow, left * 6, 1e-9);
  for (auto row : rows(o.trips)) {
    EXPECT_EQ(row["status"], "finished");
    EXPECT_LT(number(row["distance_m"]) / number(row["travel_time_s"]), 11.12);
  }
}

TEST(Csv, AFolderThatIsNotThereIsAnError) {
  auto w = test::grid_world({});
  RecorderOptions o;
  o.trips = "/nowhere/trips.csv";
  const auto r = Recorder::create(o, *w.city);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, "CB-RUN-WRITE");
}

}  // namespace
}  // namespace citybrain::outputs
