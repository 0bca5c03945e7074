// The truth log's bytes: what is written comes back, damage is found, old bytes are read and
// written as they were.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>

#include "hub/runtime/deflate.h"
#include "hub/runtime/varint.h"
#include "scenarios/evaluator/truth_log.h"

namespace citybrain::evaluator {
namespace {

rc::Gen<std::uint32_t> number() {
  return rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 100'000),
                        rc::gen::arbitrary<std::uint32_t>());
}

rc::Gen<TruthPassage> passage() {
  return rc::gen::build<TruthPassage>(rc::gen::set(&TruthPassage::vehicle, number()),
                                      rc::gen::set(&TruthPassage::junction, number()),
                                      rc::gen::set(&TruthPassage::entered_ms, number()),
                                      rc::gen::set(&TruthPassage::left_ms, number()));
}

rc::Gen<TruthRecord> record() {
  return rc::gen::build<TruthRecord>(
      rc::gen::set(&TruthRecord::created_ms,
                   rc::gen::container<std::vector<std::uint32_t>>(number())),
      rc::gen::set(&TruthRecord::passages,
                   rc::gen::container<std::vector<TruthPassage>>(passage())),
      rc::gen::set(&TruthRecord::finished,
                   rc::gen::container<std::vector<TruthFinished>>(rc::gen::build<TruthFinished>(
                       rc::gen::set(&TruthFinished::vehicle, number()),
                       rc::gen::set(&TruthFinished::created_ms, number()),
                       rc::gen::set(&TruthFinished::finished_ms, number())))),
      rc::gen::set(&TruthRecord::lanes,
                   rc::gen::container<std::vector<TruthLane>>(
                       rc::gen::build<TruthLane>(rc::gen::set(&TruthLane::vehicles, number()),
                                                 rc::gen::set(&TruthLane::queued, number()),
                                                 rc::gen::set(&TruthLane::speed_cmps, number())))),
      rc::gen::set(&TruthRecord::running, number()),
      rc::gen::set(&TruthRecord::waiting_outside, number()),
      rc::gen::set(&TruthRecord::monitor_faults),
      rc::gen::set(&TruthRecord::parked_search_s,
                   rc::gen::container<std::vector<std::uint32_t>>(number())),
      rc::gen::set(&TruthRecord::searching, number()),
      rc::gen::set(&TruthRecord::gave_up, number()), rc::gen::set(&TruthRecord::rerouted, number()),
      rc::gen::set(&TruthRecord::emergencies,
                   rc::gen::container<std::vector<TruthEmergency>>(rc::gen::build<TruthEmergency>(
                       rc::gen::set(&TruthEmergency::what, number()),
                       rc::gen::set(&TruthEmergency::call, number()),
                       rc::gen::set(&TruthEmergency::unit, number()),
                       rc::gen::set(&TruthEmergency::role, number()),
                       rc::gen::set(&TruthEmergency::severity, number())))),
      rc::gen::set(&TruthRecord::missed_turns, number()));
}

rc::Gen<std::vector<TruthJam>> jams() {
  return rc::gen::container<std::vector<TruthJam>>(rc::gen::build<TruthJam>(
      rc::gen::set(&TruthJam::number, number()), rc::gen::set(&TruthJam::began_ms, number()),
      rc::gen::set(&TruthJam::vehicles, number()), rc::gen::set(&TruthJam::behind, number()),
      rc::gen::set(&TruthJam::lanes, rc::gen::container<std::vector<std::uint32_t>>(number())),
      rc::gen::set(&TruthJam::junctions,
                   rc::gen::container<std::vector<std::uint32_t>>(number()))));
}

TruthBlock any_block() {
  TruthBlock b;
  b.first = *rc::gen::inRange<model::Step>(1, 100'000);
  b.steps = *rc::gen::resize(10, rc::gen::container<std::vector<TruthRecord>>(record()));
  for (std::size_t i = 0; i < b.steps.size(); ++i) {
    auto& s = b.steps[i];
    s.step = b.first + static_cast<model::Step>(i);
    s.looked_for_jams = *rc::gen::arbitrary<bool>();
    if (!s.looked_for_jams) continue;
    s.jams = *rc::gen::resize(5, jams());
    s.standing_at_green = *number();
  }
  b.last = *rc::gen::arbitrary<bool>();
  if (b.last) b.open = *rc::gen::container<std::vector<TruthPassage>>(passage());
  return b;
}

RC_GTEST_PROP(Varint, ComesBack, (const std::vector<std::int64_t>& numbers)) {
  runtime::VarintWriter out;
  for (const auto n : numbers) {
    out.put_signed(n);
    out.put(static_cast<std::uint64_t>(n));
  }
  runtime::VarintReader in(out.bytes());
  for (const auto n : numbers) {
    RC_ASSERT(in.get_signed() == n);
    RC_ASSERT(in.get() == static_cast<std::uint64_t>(n));
  }
  RC_ASSERT(in.complete());
  RC_ASSERT(in.get() == 0U);
  RC_ASSERT(in.failed());
}

RC_GTEST_PROP(TruthLog, ComesBackAndACutIsFound, ()) {
  const TruthBlock b = any_block();
  for (const auto packing : {Packing::kNone, Packing::kDeflate}) {
    const std::string bytes = encode_block(b, packing);
    RC_ASSERT(encode_block(b, packing) == bytes);
    const auto back = decode_block(bytes);
    RC_ASSERT(static_cast<bool>(back));
    RC_ASSERT(*back == b);
    const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto none = decode_block(std::string_view(bytes).substr(0, cut));
    RC_ASSERT(!none);
    RC_ASSERT(none.error().code == "CB-EVALUATE-TRUTH");
    RC_ASSERT(!decode_block(bytes + "x"));
  }
}

RC_GTEST_PROP(TruthLog, DamageNeverDoesHarm, ()) {
  std::string bytes = encode_block(any_block(), Packing::kNone);
  const auto flips = *rc::gen::inRange(1, 4);
  for (int i = 0; i < flips; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  }
  if (const auto b = decode_block(bytes)) RC_ASSERT(decode_block(encode_block(*b, Packing::kNone)));
}

TruthRecord busy(model::Step step) {
  TruthRecord r;
  r.step = step;
  const std::uint32_t now_ms = (step - 1) * 1000;
  r.created_ms = {now_ms};
  r.passages = {{step, 3, now_ms - 40'000, now_ms}};
  if (step % 10 == 0) r.lanes = {{4, 3, 250}, {0, 0, 0}};
  r.running = step;
  return r;
}

TEST(TruthLog, BlocksEndAtWholeMinutes) {
  TruthBlocks blocks;
  std::string file(kFileHead);
  for (model::Step s = 1; s <= 150; ++s) {
    const auto block = blocks.add(busy(s));
    EXPECT_EQ(block.has_value(), s == 60 || s == 120) << s;
    if (block) append_to_file(file, *block);
  }
  append_to_file(file, blocks.finish({{7, 1, 100'500, 150'000}}));
  const auto read = read_truth_file(file);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[2].first, 121U);
  EXPECT_EQ((*read)[2].steps.size(), 30U);
  EXPECT_EQ((*read)[2].steps[29], busy(150));
  EXPECT_TRUE((*read)[2].last);
  EXPECT_EQ((*read)[2].open[0].entered_ms, 100'500U);
  const auto cut = read_truth_file(std::string_view(file).substr(0, file.size() - 1));
  ASSERT_FALSE(cut);
  EXPECT_NE(cut.error().what.find("cut at byte"), std::string::npos) << cut.error().text();
  EXPECT_FALSE(read_truth_file("something else"));
}

TEST(TruthLog, PackedSizesAreBelieved) {
  EXPECT_FALSE(runtime::inflate("xx", std::size_t{1} << 40U)) << "no room is taken for it";
  const std::string packed = runtime::deflate("hello");
  EXPECT_EQ(runtime::inflate(packed, 5), "hello");
  EXPECT_FALSE(runtime::inflate(packed, 4));
  EXPECT_FALSE(runtime::inflate(packed, 6));
}

/// schemas/golden/truth-block-1.hex: version 1, not packed (how zlib packs may change).
TEST(TruthLog, OldBytesAreReadAndWrittenAsTheyWere) {
  TruthBlock b;
  b.first = 61;
  for (model::Step s = 61; s <= 64; ++s) b.steps.push_back(busy(s));
  b.steps[1].finished = {{9, 12'000, 61'000}};
  b.steps[2].lanes = {{1, 0, 1111}, {2, 2, 0}};
  b.steps[2].missed_turns = 2;
  b.steps[2].parked_search_s = {0, 140};
  b.steps[2].searching = 7;
  b.steps[2].gave_up = 1;
  b.steps[2].rerouted = 3;
  b.steps[3].emergencies = {{0, 5, 1, 4, 2}, {1, 5, 1, 4, 2}};
  b.steps[3].looked_for_jams = true;
  TruthJam jam{0, 30'000, 12, 5, {}, {}};
  jam.lanes = {1, 4};
  jam.junctions = {2};
  b.steps[3].jams.push_back(jam);
  b.steps[3].standing_at_green = 3;
  b.steps[3].monitor_faults = {"J: greens 1 and 2"};
  b.last = true;
  b.open = {{8, 2, 30'500, 64'000}};
  std::string hex;
  for (const char c : encode_block(b, Packing::kNone)) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) / 16];
    hex += kDigits[static_cast<unsigned char>(c) % 16];
  }
  const auto file =
      std::filesystem::path(CITYBRAIN_SOURCE_DIR) / "schemas/golden/truth-block-1.hex";
  if (!std::filesystem::exists(file) && std::getenv("CITYBRAIN_WRITE_GOLDEN") != nullptr)
    std::ofstream(file) << hex << '\n';
  std::ifstream in(file);
  std::string expected;
  ASSERT_TRUE(std::getline(in, expected)) << file << " is missing";
  EXPECT_EQ(hex, expected);
  std::string bytes;
  for (std::size_t i = 0; i + 1 < expected.size(); i += 2)
    bytes += static_cast<char>(std::stoi(expected.substr(i, 2), nullptr, 16));
  const auto back = decode_block(bytes);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, b);
}

}  // namespace
}  // namespace citybrain::evaluator
