// The replay: what was seen comes back, to a tenth of a metre; any second can be looked at; a cut
// or damaged file is read as far as it goes, or refused.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "hub/runtime/files.h"
#include "scenarios/outputs/replay.h"
#include "tests/outputs/worlds.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::outputs {
namespace {

struct Seen {
  std::uint32_t lane = 0;
  double at_m = 0;
  SpeedClass speed = SpeedClass::kStanding;
};
struct Second {
  std::map<std::uint32_t, Seen> vehicles;
  std::vector<model::GroupSet> greens;
};

Second look(const test::GridWorld& w) {
  Second s;
  for (std::uint32_t l = 0; l < w.network->lanes.size(); ++l) {
    const auto& lane = w.network->lanes[l];
    for (const auto& v : w.city->sensors().vehicles(model::LaneId{l}))
      s.vehicles[v.vehicle.value] = {
          l, (*w.network)[lane.road].length_m - static_cast<double>(v.to_stop_line_m),
          speed_class(v.speed_mps, lane.speed_limit_mps)};
  }
  for (std::uint32_t j = 0; j < w.network->junctions.size(); ++j)
    if (w.network->junctions[j].signalised)
      s.greens.push_back(w.city->sensors().greens(model::JunctionId{j}));
  return s;
}

struct Recorded {
  std::string bytes;
  std::vector<Second> seconds;
};

Recorded record(const city::GridSpec& spec, std::uint32_t seconds, std::uint32_t interval_s) {
  auto w = test::grid_world(spec);
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "r.cbr";
  Recorded r;
  auto writer = std::move(*ReplayWriter::create(path, *w.city, interval_s));
  for (std::uint32_t s = 1; s <= seconds; ++s) {
    w.advance(s);
    writer.step(*w.city);
    if (s % interval_s == 0) r.seconds.push_back(look(w));
  }
  writer.finish().value();
  r.bytes = runtime::read_file(path, "CB-INPUT-REPLAY").value();
  return r;
}

RC_GTEST_PROP(Replay, EverySecondComesBack, ()) {
  city::GridSpec spec;
  spec.rows = *rc::gen::inRange(1U, 4U);
  spec.columns = *rc::gen::inRange(1U, 4U);
  spec.lanes = *rc::gen::inRange(1U, 4U);
  spec.block_m = *rc::gen::inRange(70, 400);
  spec.trips_per_hour = *rc::gen::inRange(0, 20'000);
  spec.duration_s = 150;
  const auto interval_s = *rc::gen::inRange(1U, 4U);
  const auto recorded = record(spec, 170, interval_s);
  auto replay = Replay::open(recorded.bytes);
  RC_ASSERT(static_cast<bool>(replay));
  RC_ASSERT(!replay->cut());
  RC_ASSERT(replay->frames() == recorded.seconds.size());
  // In any order, so that frames are found, not only read on.
  for (int k = 0; k < 40; ++k) {
    const auto i = *rc::gen::inRange<std::uint32_t>(0, replay->frames());
    const auto frame = replay->frame(i);
    RC_ASSERT(static_cast<bool>(frame));
    const auto& expected = recorded.seconds[i];
    RC_ASSERT(frame->time_s == (i + 1) * static_cast<double>(interval_s));
    RC_ASSERT(frame->greens == expected.greens);
    RC_ASSERT(frame->vehicles.size() == expected.vehicles.size());
    for (const auto& v : frame->vehicles) {
      const auto& e = expected.vehicles.at(v.vehicle);
      RC_ASSERT(v.lane == e.lane);
      RC_ASSERT(v.speed == e.speed);
      RC_ASSERT(std::abs(v.at_m - std::max(0.0, e.at_m)) < 0.051);
    }
  }
}

class ReplayFile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    city::GridSpec spec;
    spec.rows = spec.columns = 2;
    spec.duration_s = 140;
    recorded = new Recorded(record(spec, 150, 1));
  }
  static void TearDownTestSuite() { delete recorded; }
  static Recorded* recorded;
};
Recorded* ReplayFile::recorded = nullptr;

TEST_F(ReplayFile, TheSameCityGivesTheSameBytes) {
  city::GridSpec spec;
  spec.rows = spec.columns = 2;
  spec.duration_s = 140;
  EXPECT_EQ(record(spec, 150, 1).bytes, recorded->bytes);
}

TEST_F(ReplayFile, ACutFileIsReadUpToTheCut) {
  const auto cut = Replay::open(recorded->bytes.substr(0, recorded->bytes.size() - 100));
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->cut());
  EXPECT_EQ(cut->frames(), 120U) << "the third chunk is not whole";
  auto whole = Replay::open(recorded->bytes);
  EXPECT_EQ(whole->frames(), 150U);
  const auto beyond = whole->frame(150);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, "CB-USAGE-REPLAY");
  EXPECT_NE(beyond.error().what.find("1 s to 150 s"), std::string::npos);
}

TEST_F(ReplayFile, WrongFilesAreRefusedWithTheirPlace) {
  EXPECT_EQ(Replay::open("").error().code, "CB-INPUT-REPLAY");
  std::string other = recorded->bytes;
  other[8] = 9;
  EXPECT_NE(Replay::open(other).error().what.find("version 1, found 9"), std::string::npos);
  other = recorded->bytes;
  other[60] = static_cast<char>(other[60] ^ 0x55);  // in the packed network
  const auto damaged = Replay::open(other);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().where, "byte 40");
}

TEST_F(ReplayFile, OneSecondIsAPicture) {
  auto replay = Replay::open(recorded->bytes);
  const auto frame = replay->frame(149);
  const std::string svg = replay_svg(*replay, *frame);
  std::size_t circles = 0;
  for (auto at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1))
    ++circles;
  std::size_t approaches = 0;  // roads that end at a signal
  for (const auto to : replay->network().road_to)
    for (const auto j : replay->network().signal_junction) approaches += to == j ? 1 : 0;
  EXPECT_EQ(circles, frame->vehicles.size() + approaches);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::outputs
