// Signature headers: whatever the bytes, a record that nobody signed is doubted, and said why.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/protection/signing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static protection::Verifier verifier(
      std::make_shared<const protection::KeyFile>(protection::keys_of_seed(1, {"navigation"}, {})));
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const network::Statement statement{{1000}, "navigation/probes", "id", {3, 0}, "payload", {}};
  const auto doubt = verifier.doubt("navigation", "navigation.probes", 0, statement, header);
  if (!doubt || doubt->empty()) std::abort();
  return 0;
}
