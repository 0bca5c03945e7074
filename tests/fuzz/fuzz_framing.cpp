// Frames and stored batches: parsing never reads beyond the bytes, and a frame that was read is
// written back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/network/batch.h"
#include "hub/network/framing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::network;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto framed = unframe(bytes)) {
    std::string again;
    append_frame_head(framed->schema, again);
    again += framed->payload;
    const auto back = unframe(again);
    if (!back || back->schema != framed->schema || back->payload != framed->payload) std::abort();
  }
  BatchDecoder decoder;
  if (decoder.decode_body(7, bytes)) {
    std::size_t sum = 0;
    for (const auto& r : decoder.records()) sum += r.key.size() + r.value.size() + r.headers.size();
    if (sum > size * size + size) std::abort();
  }
  return 0;
}
