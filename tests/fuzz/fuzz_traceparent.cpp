// A traceparent that is read names a record, and what version 00 says is written back the same but
// for its flags.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/model/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::model;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = parse_traceparent(text);
  if (!read) return 0;
  std::string again;
  append_traceparent(*read, again);
  if (!read->valid() || again.substr(2, 51) != text.substr(2, 51)) std::abort();
  return 0;
}
