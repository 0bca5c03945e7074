// What is asked of lineage: any text is a question or an error that says what was expected; a
// question for an estimate has an indicator, an entity and a time within a week.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/experiment/lineage_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::experiment;
  const auto question = parse_question({reinterpret_cast<const char*>(data), size});
  if (!question) {
    if (question.error().code != "CB-USAGE-LINEAGE" || question.error().what.empty()) std::abort();
    return 0;
  }
  if (question->command) return 0;
  if (question->indicator.empty() || question->entity.empty()) std::abort();
  if (question->time_s > 7 * 86'400) std::abort();
  return 0;
}
