// Bytes of an audit family: any are a sealed Step, an entry, or none; what is read is written again
// with the same bytes, and a checker bears whatever a store holds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/catalog/audit_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  if (const auto entry = decode_entry(bytes); entry && encode(*entry) != bytes) std::abort();
  if (const auto step = decode_step(bytes); step && encode(*step) != bytes) std::abort();
  static const AuditAnchors none;
  AuditChecker checker(none);
  checker.take(bytes.substr(0, size < 14 ? size : 14), bytes);
  checker.take(audit_key(0, 1), bytes);
  checker.take(audit_key(0, 2), bytes);
  checker.finish();
  return 0;
}
