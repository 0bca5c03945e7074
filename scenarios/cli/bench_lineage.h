// `bench lineage`: a part of the bench command. Private to scenarios/cli.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/experiment/report.h"

namespace citybrain::cli {

struct BenchLineageArguments {
  std::string scenario, horizon;
  std::uint32_t pairs = 7;
  bool json = false;
  bool progress = true;
};

/// Returns the exit code.
int run_bench_lineage(const BenchLineageArguments& arguments, experiment::Language language);

}  // namespace citybrain::cli
