// The truth log: any bytes give blocks or an error; a block that was read is written and read back
// the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenarios/evaluator/truth_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::evaluator;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto block = decode_block(bytes)) {
    const auto again = decode_block(encode_block(*block, Packing::kNone));
    if (!again || !(*again == *block)) std::abort();
  }
  (void)read_truth_file(bytes);
  return 0;
}
