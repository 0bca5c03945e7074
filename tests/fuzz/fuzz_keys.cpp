// Key files: any text gives keys that are written and read back as they are, or an error that is
// the user's, with a place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/protection/key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto keys = protection::KeyFile::parse(text, "fuzz.txt");
  if (!keys) {
    if (!keys.error().is_input() || keys.error().where.find("fuzz.txt:") != 0) std::abort();
    return 0;
  }
  const auto back = protection::KeyFile::parse(keys->text(), "back.txt");
  if (!back || back->text() != keys->text()) std::abort();
  return 0;
}
