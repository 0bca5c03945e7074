#include "scenarios/experiment/store_bench.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "hub/model/archive.h"
#include "hub/runtime/files.h"
#include "hub/runtime/random.h"
#include "hub/store/warehouse.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::uint32_t kLanes = 10'000;  // a city's; a row a lane and minute
constexpr std::uint32_t kRange = 100;     // rows of a range
constexpr std::size_t kMemtable = 8U << 20;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

Error stopped() {
  return {"CB-RUN-INTERRUPTED", "interrupted; both databases were removed", "bench store", ""};
}

class Bench {
 public:
  explicit Bench(const StoreBenchOptions& options)
      : o_(options), minutes_(static_cast<Step>((options.rows + kLanes - 1) / kLanes)) {}

  Result<StoreBench> all() {
    out_.rows = std::uint64_t{minutes_} * kLanes;
    out_.reads = o_.reads;
    out_.range_rows = kRange;
    out_.rows_per_step = kLanes;
    CITYBRAIN_ASSIGN(store, store::Store::open({o_.folder / "store", "bench", false}));
    CITYBRAIN_TRY(base(*store));
    CITYBRAIN_ASSIGN(fill, filled(*store));
    CITYBRAIN_ASSIGN(warehouse, store::Warehouse::open(*store));
    CITYBRAIN_ASSIGN(point, points(warehouse, true));
    CITYBRAIN_ASSIGN(as_of, points(warehouse, false));
    CITYBRAIN_ASSIGN(range, ranges(warehouse));
    CITYBRAIN_ASSIGN(scan, scanned(warehouse));
    store.reset();
    CITYBRAIN_ASSIGN(y_fill, yardstick("fillseq", false));
    CITYBRAIN_ASSIGN(y_point, yardstick("readrandom", true));
    CITYBRAIN_ASSIGN(y_range, yardstick("seekrandom", true));
    CITYBRAIN_ASSIGN(y_scan, yardstick("readseq", true));
    out_.figures = {{"fill", "rows/s", "fillseq", fill, y_fill},
                    {"point", "reads/s", "readrandom", point, y_point},
                    {"as_of", "reads/s", "readrandom", as_of, y_point},
                    {"range", "ranges/s", "seekrandom", range, y_range},
                    {"scan", "rows/s", "readseq", scan, y_scan}};
    return out_;
  }

 private:
  Result<void> on(std::string_view what, double fraction) {
    if (o_.progress) o_.progress(what, fraction);
    if (o_.stop != nullptr && o_.stop->load(std::memory_order_relaxed)) return stopped();
    return {};
  }
  std::uint64_t chance(std::uint64_t n, std::uint64_t below) const {
    return runtime::Random(o_.seed).bits(runtime::purpose("store-bench"), n) % below;
  }

  static Result<void> base(store::Store& store) {
    store::StepWrite w(0);
    put(w, store::CityRow{"bench", 0, 0, 0, false});
    put(w, 0, store::ViewRow{"bench", 0, 0});
    for (std::uint32_t b = 0; b < kLanes; ++b) put_block(w, b, 0, {b});
    return store.commit(std::move(w));
  }

  /// Six samples of one lane, as write_situation gathers them.
  void samples(Step minute, std::uint32_t lane, model::LaneHistoryBlock& block) const {
    block.block = lane;
    for (std::uint32_t i = 0; i < 6; ++i) {
      block.steps[i] = minute * store::kMinute + i * model::kSampleSteps;
      auto& s = block.samples[i][0];
      const std::uint64_t r = (std::uint64_t{minute} * kLanes + lane) * 0x9E3779B97F4A7C15ULL + i;
      s.queue_x100 = static_cast<std::uint16_t>(r >> 20);
      s.speed_cmps = static_cast<std::uint16_t>(r >> 40);
    }
  }

  Result<double> filled(store::Store& store) {
    model::LaneHistoryBlock block;
    block.steps.resize(6);
    block.samples.assign(6, std::vector<model::LaneSample>(1));
    model::Writer w;
    const auto began = Clock::now();
    for (Step minute = 0; minute < minutes_; ++minute) {
      store::StepWrite write(minute * store::kMinute + 50);
      for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
        samples(minute, lane, block);
        w.clear();
        w(block);
        const auto key = store::lane_history_key(0, minute, lane);
        out_.key_bytes = key.size();
        out_.value_bytes = w.bytes().size();
        write.put(store::Family::kTheme, key, w.bytes());
      }
      CITYBRAIN_TRY(store.commit(std::move(write)));
      CITYBRAIN_TRY(on("fill", static_cast<double>(minute + 1) / minutes_));
    }
    return static_cast<double>(out_.rows) / seconds_since(began);
  }

  /// `exact`: at the row's last sample; else at any time of the run.
  Result<double> points(const store::Warehouse& warehouse, bool exact) {
    const auto began = Clock::now();
    for (std::uint64_t i = 0; i < o_.reads; ++i) {
      const auto lane = static_cast<std::uint32_t>(chance(2 * i, kLanes));
      const auto minute = static_cast<Step>(chance(2 * i + 1, minutes_));
      const Step t = minute * store::kMinute + (exact ? 50 : static_cast<Step>(i % 51));
      CITYBRAIN_ASSIGN(found, warehouse.lane_as_of(0, lane, t));
      const Step expected = minute * store::kMinute + (t % store::kMinute) / 10 * 10;
      if (!found || found->step != expected) return wrong("a sample that was written is not found");
      if (i % 10'000 == 0)
        CITYBRAIN_TRY(on(exact ? "point" : "as of", static_cast<double>(i) / o_.reads));
    }
    return static_cast<double>(o_.reads) / seconds_since(began);
  }

  Result<double> ranges(const store::Warehouse& warehouse) {
    const std::uint64_t reads = std::max<std::uint64_t>(1, o_.reads / 10);
    const auto began = Clock::now();
    for (std::uint64_t i = 0; i < reads; ++i) {
      const auto minute = static_cast<Step>(chance(2 * i, minutes_));
      const auto lane = static_cast<std::uint32_t>(chance(2 * i + 1, kLanes - kRange));
      std::uint32_t rows = 0;
      CITYBRAIN_TRY(warehouse.lane_rows(0, minute, lane, [&](const store::LaneHistoryView& row) {
        return row.at(0, 0).queue_sd_x100 == 0 && ++rows < kRange;
      }));
      if (rows != kRange) return wrong("a range has holes");
      if (i % 1'000 == 0) CITYBRAIN_TRY(on("range", static_cast<double>(i) / reads));
    }
    return static_cast<double>(reads) / seconds_since(began);
  }

  Result<double> scanned(const store::Warehouse& warehouse) {
    std::uint64_t rows = 0;
    const auto began = Clock::now();
    CITYBRAIN_TRY(warehouse.lane_rows(0, 0, 0, [&](const store::LaneHistoryView& row) {
      return row.at(5, 0).queue_sd_x100 == 0 && ++rows > 0;
    }));
    if (rows != out_.rows) return wrong("rows are missing");
    return static_cast<double>(rows) / seconds_since(began);
  }

  static Error wrong(const char* what) { return {"CB-RUN-BENCH", what, "bench store", ""}; }

  /// Operations a second of one of db_bench's benchmarks.
  Result<double> yardstick(const std::string& name, bool is_there) {
    CITYBRAIN_TRY(on("db_bench " + name, 0));
    const std::uint64_t reads = name == "seekrandom" ? std::max<std::uint64_t>(1, o_.reads / 10)
                                : name == "readseq"  ? out_.rows
                                                     : o_.reads;
    const std::string command = fmt::format(
        "db_bench --benchmarks={} --db='{}' --use_existing_db={} --num={} --reads={} --key_size={} "
        "--value_size={} --batch_size={} --seek_nexts={} --compression_type=none "
        "--write_buffer_size={} --seed={} 2>&1",
        name, (o_.folder / "db_bench").string(), is_there ? 1 : 0, out_.rows, reads, out_.key_bytes,
        out_.value_bytes, is_there ? 1 : kLanes, kRange, kMemtable, o_.seed);
    CITYBRAIN_ASSIGN(said, output_of(command));
    // "fillseq      :       1.234 micros/op 810372 ops/sec ..."
    const auto line = said.find(name + " ");
    const auto ops = line == std::string::npos ? line : said.find(" ops/sec", line);
    if (ops == std::string::npos)
      return Error{"CB-RUN-BENCH", "db_bench has said no figure: " + said.substr(0, 200), name, ""};
    const auto first = said.rfind(' ', ops - 1) + 1;
    double rate = 0;
    std::from_chars(said.data() + first, said.data() + ops, rate);
    // Of a batch one operation is one row; readseq counts rows.
    return rate;
  }

  static Result<std::string> output_of(const std::string& command) {
    std::string out;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return Error{"CB-RUN-BENCH", "db_bench cannot be started", "db_bench", ""};
    char block[4096];
    while (const auto n = std::fread(block, 1, sizeof block, pipe)) out.append(block, n);
    const int status = ::pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
      return Error{"CB-RUN-BENCH", "there is no db_bench on this machine", "db_bench",
                   "apt-get install rocksdb-tools"};
    if (status != 0)
      return Error{"CB-RUN-BENCH", "db_bench failed: " + out.substr(0, 200), "db_bench", ""};
    return out;
  }

  const StoreBenchOptions& o_;
  Step minutes_;
  StoreBench out_;
};

}  // namespace

double StoreBench::least_ratio() const {
  double least = figures.empty() ? 0 : figures.front().ratio();
  for (const auto& f : figures) least = std::min(least, f.ratio());
  return least;
}

Result<StoreBench> bench_store(const StoreBenchOptions& options) {
  std::error_code ec;
  if (fs::exists(options.folder, ec) && !fs::is_empty(options.folder, ec))
    return Error{"CB-INPUT-OUT", "the folder holds something", options.folder.string(),
                 "name an empty or new folder"};
  CITYBRAIN_TRY(runtime::make_directory(options.folder, "CB-INPUT-OUT"));
  auto done = Bench(options).all();
  for (const char* name : {"store", "db_bench"}) fs::remove_all(options.folder / name, ec);
  return done;
}

}  // namespace citybrain::experiment
