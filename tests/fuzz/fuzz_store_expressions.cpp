// What people write: terms that are read are written back to the same terms; times and areas are
// read or refused.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/store/expressions.h"
#include "hub/store/place_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::store;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto terms = parse_terms(text)) {
    const auto again = parse_terms(text_of(*terms));
    if (!again || again->size() != terms->size()) std::abort();
    for (std::size_t i = 0; i < terms->size(); ++i)
      if ((*again)[i].column != (*terms)[i].column || (*again)[i].value != (*terms)[i].value)
        std::abort();
  }
  (void)static_cast<bool>(parse_time(text, 1'772'407'800'000));
  if (const auto area = Area::parse(text))
    for (const auto& [low, high] : area->cells())
      if (low > high) std::abort();
  return 0;
}
