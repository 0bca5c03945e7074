// A masking rule by itself, as a request's step brings it: any text gives a rule that is written
// and read back as it is, or an error that is the user's, with a place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/catalog/masking.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rule = catalog::parse_rule(text, "here");
  if (!rule) {
    if (!rule.error().is_input() || rule.error().where != "here") std::abort();
    return 0;
  }
  const auto back = catalog::parse_rule(catalog::rule_text(*rule), "back");
  if (back && !back->same_as(*rule)) std::abort();
  return 0;
}
