// Reading a store by its tables: ranges, points, "as of", places, retention, checks, copies.
#include <gtest/gtest.h>

#include <fstream>

#include "hub/model/archive.h"
#include "hub/model/datum.h"
#include "hub/store/warehouse.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::store {
namespace {

constexpr std::int64_t kStart_ms = 1'772'407'800'000;
constexpr model::GeoPoint kAnchor{120.155, 30.274};

std::string bytes_of(const auto& value) {
  model::Writer w;
  w(value);
  return w.take();
}

class WarehouseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store = std::move(*Store::open({folder.path() / "store", "test", false}));
    StepWrite w(0);
    put(w, CityRow{"test", kStart_ms, kAnchor.lon_deg, kAnchor.lat_deg, true});
    put(w, 0, ViewRow{"desk", 1, retention_s});
    put_district(w, 0, "east");
    put_block(w, 0, 0, {0, 1});
    for (std::uint32_t j = 0; j < 3; ++j) {
      const model::Point at{j * 300.0, 0};
      put(w, j,
          JunctionRow{"j" + std::to_string(j), at.x, at.y, false, true, model::DistrictId{0}, 2,
                      5});
      put_point(w, Thing::kJunction, j, 0, model::from_plane(kAnchor, at));
    }
    put(w, 0,
        RoadRow{"main", model::JunctionId{0}, model::JunctionId{1}, 290, model::LaneId{0}, 2,
                model::DistrictId{0}});
    put_point(w, Thing::kRoad, 0, 0, model::from_plane(kAnchor, {150, 0}));
    for (std::uint32_t l = 0; l < 2; ++l)
      put(w, l, LaneRow{model::RoadId{0}, static_cast<std::uint8_t>(l), 3.5, 11.1});
    store->commit(std::move(w)).value();
  }
  /// Steps with a sample of both lanes every ten Steps: lane l's queue is step + l hundredths.
  void run_until(model::Step last) {
    for (model::Step s = 1; s <= last; ++s) {
      StepWrite w(s);
      if (s % model::kSampleSteps == 0) {
        block.block = 0;
        block.steps.push_back(s);
        auto& lanes = block.samples.emplace_back(2);
        for (std::uint16_t l = 0; l < 2; ++l)
          lanes[l].queue_x100 = static_cast<std::uint16_t>(s + l);
        w.put(Family::kTheme, lane_history_key(0, s / kMinute, 0), bytes_of(block));
        if (s % kMinute == kMinute - model::kSampleSteps) block = {};
      }
      if (s % kMinute == 0)
        expire_history(w, 0, first_kept_minute(s - kMinute, retention_s),
                       first_kept_minute(s, retention_s));
      w.put(Family::kDigests, Key().u32(s).u32(0).view(), "0123456789abcdef");
      store->commit(std::move(w)).value();
    }
  }
  Warehouse reading() { return std::move(*Warehouse::open(*store)); }
  static std::vector<std::vector<std::string>> rows(
      const std::function<model::Result<void>(const Emit&)>& read) {
    std::vector<std::vector<std::string>> out;
    const auto done = read([&](std::span<const Cell> cells) {
      auto& row = out.emplace_back();
      for (const auto& c : cells) row.push_back(text_of(c));
      return true;
    });
    EXPECT_TRUE(done) << done.error().text();
    return out;
  }
  static Query query(const Warehouse& w, const char* table, const char* where = "") {
    return *w.query(**find_table(table), *parse_terms(where));
  }

  test::TemporaryFolder folder;
  std::uint32_t retention_s = 0;
  std::unique_ptr<Store> store;
  model::LaneHistoryBlock block;
};

TEST_F(WarehouseTest, RangesAreInOrderAndWithinTheirBounds) {
  run_until(200);
  const auto w = reading();
  auto q = query(w, "lane_history", "lane=main/1");
  q.from = 55;
  q.to = 130;
  const auto found = rows([&](const Emit& e) { return w.scan(q, e); });
  ASSERT_EQ(found.size(), 8U);  // 60, 70, ... 130
  EXPECT_EQ(found[0], (std::vector<std::string>{"0", "1", "60", "0.61", "0", "0", "0", "0", "0"}));
  EXPECT_EQ(found[7][2], "130");
  std::size_t n = 0;
  ASSERT_TRUE(w.scan(query(w, "lane_history"), [&](auto) { return ++n < 3; }));
  EXPECT_EQ(n, 3U);
  EXPECT_EQ(rows([&](const Emit& e) { return w.scan(query(w, "roads", "from=j0"), e); }).size(),
            1U);
}

TEST_F(WarehouseTest, AsOfIsWhatWasKnownThen) {
  run_until(200);
  const auto w = reading();
  const auto at = [&](model::Step t) {
    return rows([&](const Emit& e) { return w.as_of(query(w, "lane_latest", "lane=0"), t, e); });
  };
  EXPECT_TRUE(at(9).empty());
  for (const model::Step t : {10U, 19U, 59U, 60U, 65U, 119U, 200U}) {
    ASSERT_EQ(at(t).size(), 1U) << t;
    EXPECT_EQ(at(t)[0][2], std::to_string(t / 10 * 10)) << t;
    EXPECT_EQ(w.lane_as_of(0, 0, t)->value().step, t / 10 * 10);
  }
  EXPECT_FALSE(w.lane_as_of(0, 7, 100)->has_value());
  const auto beyond = w.as_of(query(w, "lane_latest"), 201, [](auto) { return true; });
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, "CB-INPUT-TIME");
  EXPECT_EQ(Warehouse::past_of(**find_table("outbox")).error().code, "CB-INPUT-TIME");
}

class ExpiringTest : public WarehouseTest {
 protected:
  ExpiringTest() { retention_s = 100; }
};

TEST_F(ExpiringTest, WhatIsOverItsRetentionIsGoneAndSaidToBe) {
  run_until(400);
  const auto w = reading();
  for (model::Step t = 300; t <= 400; ++t) {
    const auto found = w.lane_as_of(0, 0, t);
    ASSERT_TRUE(found && *found) << t;
    EXPECT_EQ((*found)->step, t / 10 * 10);
  }
  for (const model::Step t : {0U, 120U, 299U}) {
    const auto gone = w.as_of(query(w, "lane_history"), t, [](auto) { return true; });
    ASSERT_FALSE(gone) << t;
    EXPECT_EQ(gone.error().code, "CB-INPUT-EXPIRED");
    EXPECT_NE(gone.error().what.find("100 s"), std::string::npos) << gone.error().what;
  }
  EXPECT_FALSE(store->get(Family::kTheme, lane_history_key(0, 3, 0))->has_value());
  EXPECT_TRUE(store->get(Family::kTheme, lane_history_key(0, 5, 0))->has_value());
  const auto shown = rows([&](const Emit& e) { return w.scan(query(w, "lane_history"), e); });
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown.front()[2], "300");
  EXPECT_TRUE(w.verify()->problems.empty()) << w.verify()->problems.front();
}

TEST_F(WarehouseTest, ThingsAreFoundByPlace) {
  const auto w = reading();
  const auto names = [&](const std::string& area) {
    std::string out;
    const auto parsed = Area::parse(area);
    EXPECT_TRUE(parsed) << parsed.error().text();
    const auto found = w.within(*parsed);
    EXPECT_TRUE(found);
    for (const auto& f : *found) out += f.name + " ";
    return out;
  };
  EXPECT_EQ(names("near:120.155,30.274,100m"), "j0 ");
  EXPECT_EQ(names("near:120.155,30.274,160"), "j0 main ");
  EXPECT_EQ(names("near:120.155,30.274,0.31km"), "j0 j1 main ");
  EXPECT_EQ(names("box:120.154,30.273,120.158,30.275"), "j0 main ");
  EXPECT_EQ(names("box:120.154,30.273,120.170,30.275"), "j0 j1 j2 main ");
  EXPECT_EQ(names("box:10,10,11,11"), "");
  EXPECT_EQ(names("cell:344b"), "j0 j1 main ") << "j2 is in 344d";
  EXPECT_EQ(names("cell:345"), "j0 j1 j2 main ");
  for (const char* bad : {"", "near:1,2", "near:200,0,10m", "near:1,2,-5", "box:3,0,2,1", "cell:zz",
                          "cell:", "ring:1,2,3", "near:1,2,3000km", "near:1,2,nan"}) {
    const auto area = Area::parse(bad);
    ASSERT_FALSE(area) << bad;
    EXPECT_EQ(area.error().code, "CB-INPUT-AREA");
  }
}

TEST_F(WarehouseTest, WrongNamesAreSaid) {
  const auto w = reading();
  const auto lane = w.query(**find_table("lane_history"), *parse_terms("lane=side/0"));
  ASSERT_FALSE(lane);
  EXPECT_EQ(lane.error().code, "CB-INPUT-KEY");
  EXPECT_EQ(w.query(**find_table("lane_history"), *parse_terms("lanes=1")).error().code,
            "CB-INPUT-COLUMN");
}

TEST_F(WarehouseTest, VerifyFindsWhatIsWrong) {
  run_until(70);
  ASSERT_TRUE(reading().verify()->problems.empty()) << reading().verify()->problems.front();
  const auto planted = [&](Family family, const std::string& key, const std::string& value) {
    const auto before = *store->get(family, key);
    StepWrite w(70);
    value.empty() ? w.erase(family, key) : w.put(family, key, value);
    store->commit(std::move(w)).value();
    const auto found = reading().verify();
    EXPECT_TRUE(found) << found.error().text();
    StepWrite back(70);
    before ? back.put(family, key, *before) : back.erase(family, key);
    store->commit(std::move(back)).value();
    return found->problems.size();
  };
  EXPECT_GT(planted(Family::kDigests, Key().u32(33).u32(0).take(), ""), 0U);
  EXPECT_GT(planted(Family::kDigests, Key().u32(70).u32(0).take(), ""), 0U);
  EXPECT_GT(planted(Family::kTheme, lane_history_key(0, 0, 0), "torn"), 0U);
  EXPECT_GT(planted(Family::kTheme, "of nobody", "x"), 0U);
  model::Writer moved;
  moved(JunctionRow{"j1", 310, 0, false, true, model::DistrictId{0}, 2, 5});
  EXPECT_GT(planted(Family::kBase, Key().text("junction").u32(1).take(), moved.bytes()), 0U);
  EXPECT_GT(planted(Family::kBase, Key().text("junction").u32(2).take(), ""), 0U);
  const auto at = cell_of(model::from_plane(kAnchor, {150, 0}));
  EXPECT_GT(planted(Family::kBase, Key().text("at").u64(at).u32(1).u32(0).u32(0).take(), ""), 0U);
  EXPECT_EQ(planted(Family::kAudit, "anything", "x"), 0U);  // has a check of its own
}

TEST_F(WarehouseTest, AlteredFilesAreFound) {
  run_until(600);
  const auto copy = folder.path() / "copy";
  ASSERT_TRUE(store->checkpoint(copy));  // everything is in files there
  EXPECT_EQ(store->checkpoint(copy).error().code, "CB-INPUT-OUT");
  {
    auto there = std::move(*Store::open({copy, "test", false}));
    EXPECT_EQ(there->last_step()->value(), 600U);
    EXPECT_TRUE(there->verify_checksums());
    EXPECT_TRUE(Warehouse::open(*there)->verify()->problems.empty());
  }
  std::filesystem::path biggest;
  for (const auto& e : std::filesystem::recursive_directory_iterator(copy))
    if (e.path().extension() == ".sst" &&
        (biggest.empty() || e.file_size() > std::filesystem::file_size(biggest)))
      biggest = e.path();
  ASSERT_FALSE(biggest.empty());
  const auto apart = biggest.string() + ".apart";  // not the link that the store itself has
  std::filesystem::copy_file(biggest, apart);
  std::fstream file(apart, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200);
  file.put('\xEE');
  file.close();
  std::filesystem::rename(apart, biggest);
  auto there = Store::open({copy, "test", false});
  if (!there) return;  // noticed at once
  const auto found = (*there)->verify_checksums();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "CB-STORE-DAMAGED");
}

}  // namespace
}  // namespace citybrain::store
