// What a test did: counts of passed, failed and skipped cases, read from GoogleTest's JSON report or, when the program
// died before writing one, from what it had printed; and the part of its output that a person needs to see.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/run/process.h"

namespace citybrain::test_run {

struct Outcome {
  std::string name;  ///< of the program or of the group of checks
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  double seconds = 0;
  std::vector<std::string> failures;  ///< names of failed cases
  std::vector<std::string> skips;     ///< "case: reason"
  std::string note;                   ///< how the program ended, when not as it should
  std::string output;                 ///< what explains the failures
  bool ok() const { return failed == 0; }
};

std::string read_file(const std::filesystem::path& file);

/// The outcome of a GoogleTest program. `report` is the file given to --gtest_output, which may not exist.
Outcome gtest_outcome(const std::string& name, const Exit& exit, const std::filesystem::path& report,
                      const std::string& output);

/// The outcome of a program that passes or fails as a whole.
Outcome simple_outcome(const std::string& name, const Exit& exit, const std::string& output);

/// The failing cases' parts of a GoogleTest program's output (RUN line to FAILED line); the last lines if there are none.
std::string failing_parts(const std::string& output);

/// The last `count` lines.
std::string last_lines(const std::string& text, int count);

/// Names of the outputs that ninja reports as "FAILED: ...".
std::vector<std::string> failed_outputs(const std::string& build_log);

}  // namespace citybrain::test_run
