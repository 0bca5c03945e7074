// Schemas (json_schema): any text is a schema or an error with a reason; what was accepted is
// accepted again in its canonical and in its normalized form, and reads itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/registry/schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::registry;
  if (size > 20000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_json_schema(text, {});
  if (!parsed) {
    if (parsed.error().code != "CB-REGISTRY-42201" || parsed.error().what.empty()) std::abort();
    return 0;
  }
  for (const auto& form : {(*parsed)->canonical(), (*parsed)->normalized()}) {
    const auto again = parse_json_schema(form, {});
    if (!again || !(*again)->cannot_read(**again).empty()) std::abort();
  }
  if (!(*parsed)->cannot_read(**parsed).empty()) std::abort();
  return 0;
}
