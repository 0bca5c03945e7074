// Damage at seeded places of the files of a log and of a store: truncated, a bit flipped, a sector
// of zeros, or gone. It is detected and named, or what comes up is true: exactly what had been
// acknowledged, or more of what was appended behind it; never a record that nobody appended.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "hub/network/embedded_log.h"
#include "hub/store/opening.h"
#include "tests/crash/counts.h"
#include "tests/crash/power_file_system.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {
namespace {

using network::Log;
using network::Record;

constexpr std::uint64_t kRecords = 400;       ///< in each of two partitions
constexpr std::uint64_t kAcknowledged = 370;  ///< of them; the others were only written

std::string value(network::Partition partition, std::uint64_t sequence) {
  const auto word = runtime::Random(7).bits(1, partition, sequence);
  return fmt::format("{}/{}/{:016x}/{}", partition, sequence, word,
                     std::string(word % 200, static_cast<char>('a' + word % 26)));
}

void append(Log& log, std::uint64_t from, std::uint64_t to) {
  auto appender = log.appender({"p"});
  for (std::uint64_t s = from; s <= to; ++s)
    for (network::Partition p = 0; p < 2; ++p) {
      const std::string v = value(p, s);
      const Record r{model::EventTime{static_cast<std::int64_t>(s)}, s, "k", v, {}};
      ASSERT_TRUE((*appender)->append("t", p, std::span(&r, 1)));
    }
}

enum class Harm { kTruncated, kFlipped, kZeros, kGone };

/// A kind of file by its name: WAL, SST, MANIFEST, CURRENT, acknowledged, others.
std::string kind_of(const std::string& file) {
  const auto name = file.substr(file.rfind('/') + 1);
  if (name.ends_with(".log")) return "WAL";
  if (name.ends_with(".sst")) return "SST";
  return name.substr(0, name.find('-'));
}

/// A log whose files hold acknowledged records in tables and in RocksDB's log, and a tail.
class Damage : public ::testing::Test {
 protected:
  using Files = std::unique_ptr<PowerFileSystem>;

  model::Result<std::unique_ptr<Log>> open_log(rocksdb::Env& env) {
    return network::EmbeddedLog::open(
        {folder_.path() / "log", {network::Fsync::Kind::kGroup, 3'600'000}, "torn", 32U << 10},
        env);
  }
  Files new_files() {
    return std::make_unique<PowerFileSystem>(
        folder_.path().string(), std::vector<std::string>{"log", "store"}, Honours::kEverything);
  }
  Files whole_log() {
    auto files = std::shared_ptr<PowerFileSystem>(new_files());
    PumpedEnv env(files);
    {
      auto log = open_log(env);
      EXPECT_TRUE((*log)->create({"t", 2}));
      for (std::uint64_t s = 1; s <= kAcknowledged; s += 37) {
        append(**log, s, s + 36);
        EXPECT_TRUE((*log)->sync());
        env.pump();
      }
      append(**log, kAcknowledged + 1, kRecords);
      EXPECT_TRUE((*log)->position_at("t", 0, {INT64_MAX}));  // written, not synced
      files->end_now(PowerFileSystem::End::kKilled);
    }
    files->restart(1);
    return files->copy();
  }
  /// Harms one file at a seeded place; returns its name, empty when there was nothing to harm.
  std::string harm(PowerFileSystem& files, std::uint64_t point, Harm& how,
                   std::set<std::string> spared = {}) {
    const runtime::Random random(count_of("CITYBRAIN_SEED", 1));
    std::map<std::string, std::vector<std::string>> kinds;
    for (const auto& f : files.files())
      if (!spared.contains(kind_of(f))) kinds[kind_of(f)].push_back(f);
    auto kind = kinds.begin();
    std::advance(kind, random.bits(1, point) % kinds.size());
    const auto& file = kind->second[random.bits(2, point) % kind->second.size()];
    how = static_cast<Harm>(random.bits(3, point) % 4);
    std::string bytes = files.read(file);
    if (how == Harm::kGone) {
      files.remove(file);
      return file;
    }
    if (bytes.empty()) return "";
    const std::size_t at = random.bits(4, point) % bytes.size();
    if (how == Harm::kTruncated) bytes.resize(at);
    if (how == Harm::kFlipped)
      bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random.bits(5, point) % 8)));
    if (how == Harm::kZeros)
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min<std::size_t>(512, bytes.size() - at), '\0');
    if (bytes == files.read(file)) return "";
    files.replace(file, std::move(bytes));
    return file;
  }

  test::TemporaryFolder folder_;
};

/// What reading says: how many records came, or that an error was met.
struct Read {
  std::uint64_t records = 0;
  std::string error;
};

Read read(Log& log, network::Partition partition) {
  Read r;
  auto cursor = log.cursor("t", partition, 0);
  if (!cursor) return {0, cursor.error().text()};
  for (;;) {
    const auto records = (*cursor)->poll(50);
    if (!records) return {r.records, records.error().text()};
    if (records->empty()) return r;
    for (const auto& record : *records) {
      ++r.records;
      EXPECT_EQ(record.value, value(partition, r.records)) << "a record that nobody appended";
      EXPECT_EQ(record.sequence, r.records);
    }
  }
}

TEST_F(Damage, OfALogIsDetectedAndNeverBelieved) {
  const Files whole = whole_log();
  const auto points = count_of("CITYBRAIN_PLACES", 240);
  std::map<std::string, int> harmed, refused, found_reading, came_up;
  for (std::uint64_t point = 0; point < points && !HasFailure(); ++point) {
    const auto files = std::shared_ptr<PowerFileSystem>(whole->copy());
    PumpedEnv env(files);
    Harm how{};
    const std::string file = harm(*files, point, how);
    if (file.empty()) continue;
    const std::string kind = kind_of(file);
    SCOPED_TRACE(fmt::format("point {}, {} {}", point, file, static_cast<int>(how)));
    ++harmed[kind];
    for (int attempt = 0; attempt < 2; ++attempt) {  // opening must not hide it from the next one
      auto log = open_log(env);
      if (!log) {
        EXPECT_EQ(log.error().code, "CB-NETWORK-OPEN") << log.error().text();
        EXPECT_NE(log.error().text().find("estore the folder from a copy"), std::string::npos)
            << log.error().text();
        EXPECT_NE(log.error().text().find("rocksdb/"), std::string::npos) << log.error().text();
        refused[kind] += attempt == 0;
        continue;
      }
      const auto topics = (*log)->topics();
      if (topics->empty()) {
        ADD_FAILURE() << "the log came up empty";
        break;
      }
      bool all = true;
      for (network::Partition p = 0; p < 2; ++p) {
        const auto r = read(**log, p);
        if (r.error.empty()) {
          EXPECT_GE(r.records, kAcknowledged);
          continue;
        }
        all = false;
        EXPECT_NE(r.error.find("CB-NETWORK-"), std::string::npos) << r.error;
      }
      (all ? came_up : found_reading)[kind] += attempt == 0;
    }
  }
  for (const auto& [kind, n] : harmed)
    fmt::print("{}: {} places; {} refused at open, {} found when read, {} came up true\n", kind, n,
               refused[kind], found_reading[kind], came_up[kind]);
  for (const char* kind : {"WAL", "SST", "MANIFEST", "CURRENT", "acknowledged"})
    EXPECT_GT(harmed[kind], 0) << kind;
  EXPECT_GT(refused["WAL"], 0);
  EXPECT_GT(refused["SST"] + found_reading["SST"], 0);
}

constexpr model::Step kSteps = 60;

std::string step_row(model::Step step) {
  return fmt::format("{}:{}", step, std::string(step * 5, 's'));
}

/// A store comes up at a whole step, or says that it is damaged. Its MANIFEST is spared: RocksDB
/// takes one that ends early for a whole one. In a log the tally finds that; a store is a function
/// of the log and can be made again.
TEST_F(Damage, OfAStoreIsDetectedOrLeavesAWholeStep) {
  const auto open = [&](rocksdb::Env& env) {
    return store::StoreOpening{&env, 64U << 10}.open({folder_.path() / "store", "torn", false});
  };
  auto written = std::shared_ptr<PowerFileSystem>(new_files());
  {
    PumpedEnv env(written);
    auto s = open(env);
    for (model::Step step = 1; step <= kSteps; ++step) {
      store::StepWrite write(step);
      for (const auto family : {store::Family::kTheme, store::Family::kSpecial})
        write.put(family, store::Key().u32(step).view(), step_row(step));
      ASSERT_TRUE((*s)->commit(std::move(write)));
      if (step % 20 == 0) ASSERT_TRUE((*s)->put_snapshot({step, std::string(40'000, 'w')}));
      env.pump();
    }
    ASSERT_TRUE((*s)->sync());
  }
  const auto points = count_of("CITYBRAIN_PLACES", 240) / 2;
  std::map<std::string, int> refused, came_up;
  for (std::uint64_t point = 0; point < points && !HasFailure(); ++point) {
    const auto files = std::shared_ptr<PowerFileSystem>(written->copy());
    PumpedEnv env(files);
    Harm how{};
    const std::string file = harm(*files, point, how, {"MANIFEST"});
    if (file.empty()) continue;
    SCOPED_TRACE(fmt::format("point {}, {} {}", point, file, static_cast<int>(how)));
    auto s = open(env);
    if (!s) {
      EXPECT_EQ(s.error().code, "CB-STORE-OPEN") << s.error().text();
      ++refused[kind_of(file)];
      continue;
    }
    ++came_up[kind_of(file)];
    const auto last = (*s)->last_step();
    if (!last) continue;  // an error is an answer
    model::Step seen = 0;
    for (const auto family : {store::Family::kTheme, store::Family::kSpecial}) {
      seen = 0;
      const auto scanned = (*s)->scan(family, "", [&](std::string_view key, std::string_view row) {
        ++seen;
        EXPECT_EQ(key, store::Key().u32(seen).view());
        EXPECT_EQ(row, step_row(seen));
        return true;
      });
      if (scanned) EXPECT_EQ(seen, last->value_or(0));
    }
    const auto snapshot = (*s)->snapshot_at_or_before(kSteps);
    if (snapshot && *snapshot) EXPECT_EQ((*snapshot)->bytes, std::string(40'000, 'w'));
  }
  for (const auto& [kind, n] : refused)
    fmt::print("{}: {} refused at open, {} came up at a whole step\n", kind, n, came_up[kind]);
  EXPECT_GT(refused.size(), 0U);
  EXPECT_GT(came_up.size(), 0U);
}

}  // namespace
}  // namespace citybrain::crash
