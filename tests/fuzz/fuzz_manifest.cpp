// The end of a RocksDB MANIFEST: reading stays within the bytes, and what is left after mending is
// whole.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/runtime/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using citybrain::runtime::altered_end_of_manifest;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool group : {false, true})
    if (const auto end = altered_end_of_manifest(bytes, group)) {
      if (*end == 0 || *end >= size) std::abort();
      if (altered_end_of_manifest(bytes.substr(0, *end), group)) std::abort();
    }
  return 0;
}
