// Power cuts at seeded operations: what was acknowledged is there, nothing is half there. And the
// negative controls: a disk that only pretends to sync must be found out.
#include <gtest/gtest.h>

#include <thread>

#include "tests/crash/counts.h"
#include "tests/crash/power_cut.h"

namespace citybrain::crash {
namespace {

TEST(PowerCut, NothingAcknowledgedIsLostAndNothingIsHalfThere) {
  PowerCutOptions options;
  options.cuts = count_of("CITYBRAIN_CUTS", 200);
  options.seed = count_of("CITYBRAIN_SEED", 1);
  options.threads = std::max(1U, std::thread::hardware_concurrency());
  if (std::getenv("CITYBRAIN_HISTORY") != nullptr)
    options.history = count_of("CITYBRAIN_HISTORY", 0);
  Progress progress("power cuts", options.cuts, std::getenv("CITYBRAIN_CUTS") != nullptr);
  options.progress = [&](std::uint64_t n) { progress.done(n); };
  const std::clock_t began = std::clock();
  const auto report = cut_power(options);
  const double cpu_s = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  fmt::print("{}; {:.0f} cuts a CPU second\n", report.summary(),
             static_cast<double>(report.cuts) / cpu_s);
  for (const auto& failure : report.failures) ADD_FAILURE() << failure;
  if (!report.failures.empty() || options.cuts < 200 || options.history) return;
  for (std::size_t i = 0; i < kPhases; ++i)
    EXPECT_GT(report.hits[i], 0U) << phase_name(static_cast<Phase>(i));
  EXPECT_GT(report.losses.bytes, 0U);
  EXPECT_GT(report.losses.torn, 0U);
  EXPECT_GT(report.losses.altered, 0U);
  EXPECT_GT(report.losses.names, 0U);
}

/// Cuts until the check fails, at most `most`.
std::uint64_t cuts_until_found(Honours honours, std::uint64_t most) {
  PowerCutOptions options;
  options.cuts = most;
  options.honours = honours;
  options.threads = 1;
  options.most_failures = 1;
  const auto report = cut_power(options);
  return report.failures.empty() ? ~std::uint64_t{0} : report.cuts;
}

TEST(PowerCut, ADiskThatIgnoresSyncsIsFoundOut) {
  EXPECT_LE(cuts_until_found(Honours::kNothing, 20), 20U);
}
TEST(PowerCut, ADiskThatIgnoresSyncsOfFilesIsFoundOut) {
  EXPECT_LE(cuts_until_found(Honours::kFoldersOnly, 50), 50U);
}
TEST(PowerCut, ADiskThatIgnoresSyncsOfFoldersIsFoundOut) {
  EXPECT_LE(cuts_until_found(Honours::kFilesOnly, 50), 50U);
}

/// The same seed does the same, so that a failure can be looked at.
TEST(PowerCut, ASeedRepeatsItself) {
  PowerCutOptions options;
  options.cuts = 40;
  options.seed = 3;
  options.threads = 1;
  EXPECT_EQ(cut_power(options).summary(), cut_power(options).summary());
}

}  // namespace
}  // namespace citybrain::crash
