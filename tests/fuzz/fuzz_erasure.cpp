// Records of erasures, receipts and sealed fields: any bytes are one that names a person, or
// nothing; no receipt that nobody signed is a proof, and no box opens under another key.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "hub/protection/erasure.h"
#include "hub/protection/sealing.h"
#include "tests/support/temporary_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static const test::TemporaryFolder folder;
  static const auto vault = protection::Vault::open(folder.path(), "navigation/probes", {}).value();
  static const auto keys = protection::keys_of_seed(1, {}, {});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto e = protection::parse_erasure(bytes))
    if (!protection::tag_from_hex(e->subject)) std::abort();
  if (const auto r = protection::parse_receipt(bytes)) {
    if (!protection::tag_from_hex(r->subject) || r->vault.empty()) std::abort();
    if (protection::check(*r, keys)) std::abort();
  }
  if (const auto fields = protection::open_fields(*vault, {"t", "s", "i"}, bytes))
    for (const auto& f : *fields)
      if (f.value) std::abort();
  return 0;
}
