#include "scenarios/cli/store_bench_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>

#include "scenarios/cli/console.h"
#include "scenarios/experiment/store_bench.h"

namespace citybrain::cli {

using experiment::Language;
using experiment::StoreBench;
using model::Error;
using model::Result;

namespace {

constexpr std::uint64_t kMostRows = 1'000'000'000;

void print(const StoreBenchArguments& a, const StoreBench& m, bool zh) {
  if (a.json) {
    boost::json::object figures;
    for (const auto& f : m.figures)
      figures[f.what] = boost::json::object{{"unit", f.unit},
                                            {"citybrain", f.ours},
                                            {"db_bench", f.theirs},
                                            {"db_bench_name", f.yardstick},
                                            {"ratio", f.ratio()}};
    fmt::print("{}\n",
               boost::json::serialize(boost::json::object{{"rows", m.rows},
                                                          {"reads", m.reads},
                                                          {"range_rows", m.range_rows},
                                                          {"key_bytes", m.key_bytes},
                                                          {"value_bytes", m.value_bytes},
                                                          {"rows_per_step", m.rows_per_step},
                                                          {"figures", figures},
                                                          {"least_ratio", m.least_ratio()}}));
    return;
  }
  fmt::print(
      fmt::runtime(zh ? "{} 行历史(每行一车道一分钟),键 {} 字节,值 {} 字节,每步 {} 行\n"
                      : "{} rows of history (a lane and minute each), keys of {} bytes, values "
                        "of {}, {} a Step\n"),
      m.rows, m.key_bytes, m.value_bytes, m.rows_per_step);
  fmt::print("  {:<8} {:>14} {:>14}  {:>6}  {}\n", "", "citybrain", "db_bench",
             zh ? "比值" : "ratio", "");
  for (const auto& f : m.figures)
    fmt::print("  {:<8} {:>14.0f} {:>14.0f}  {:>6.2f}  {} ({})\n", f.what, f.ours, f.theirs,
               f.ratio(), f.unit, f.yardstick);
}

}  // namespace

Result<std::uint64_t> parse_rows(const std::string& text) {
  std::uint64_t n = 0;
  const char* end = text.data() + text.size();
  auto [at, ec] = std::from_chars(text.data(), end, n);
  std::uint64_t factor = 1;
  if (ec == std::errc() && at != end && (*at == 'k' || *at == 'M'))
    factor = *at++ == 'k' ? 1'000 : 1'000'000;
  if (ec != std::errc() || at != end || n == 0 || n > kMostRows / factor)
    return Error{"CB-USAGE-BENCH", fmt::format("expected a number of rows, found \"{}\"", text),
                 "--rows", "write 250000, 250k or 10M; at most 1000M"};
  return n * factor;
}

int run_store_bench(const StoreBenchArguments& a, Language language) {
  const Interruption interruption;
  ProgressLine line(!a.no_progress, language);
  const auto work = [&]() -> Result<StoreBench> {
    experiment::StoreBenchOptions o;
    CITYBRAIN_ASSIGN(rows, parse_rows(a.rows));
    o.rows = rows;
    o.seed = a.seed;
    o.folder = a.folder.empty() ? std::filesystem::temp_directory_path() /
                                      fmt::format("citybrain-bench-{}-{}", ::getuid(), ::getpid())
                                : std::filesystem::path(a.folder);
    o.stop = &interruption.flag();
    o.progress = [&](std::string_view what, double fraction) { line.show(what, fraction, 0); };
    auto done = experiment::bench_store(o);
    std::error_code ec;
    if (a.folder.empty()) std::filesystem::remove_all(o.folder, ec);
    return done;
  };
  const auto measured = work();
  line.clear();
  if (!measured) return fail(measured.error(), language);
  print(a, *measured, language == Language::kChinese);
  return 0;
}

}  // namespace citybrain::cli
