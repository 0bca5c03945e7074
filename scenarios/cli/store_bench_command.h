// `bench store`. Private to scenarios/cli.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/experiment/report.h"

namespace citybrain::cli {

struct StoreBenchArguments {
  std::string rows = "10M";  ///< digits, or with k or M behind
  std::string folder;        ///< for the databases; empty: one below the system's temporary folder
  std::uint64_t seed = 1;
  bool json = false, no_progress = false;
};

/// "250000", "250k", "10M". Error CB-USAGE-BENCH.
model::Result<std::uint64_t> parse_rows(const std::string& text);
int run_store_bench(const StoreBenchArguments& a, experiment::Language language);

}  // namespace citybrain::cli
