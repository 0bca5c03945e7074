// The replay: any bytes open or are refused, and every frame of what opened is read, or refused.
// The second half packs the bytes into sections itself, so that damage behind the packing is seen,
// too: two bytes (how long), so many of the network, the rest of a chunk.
#include <cstdint>
#include <cstring>
#include <string>

#include "hub/runtime/deflate.h"
#include "scenarios/outputs/replay.h"
#include "scenarios/outputs/replay_format.h"

namespace {

using citybrain::outputs::Replay;
namespace format = citybrain::outputs::replay_format;

void look(std::string bytes) {
  auto replay = Replay::open(std::move(bytes));
  if (!replay) return;
  for (std::uint32_t i = 0; i < replay->frames() && i < 200; i += 7)
    if (const auto frame = replay->frame(i)) (void)citybrain::outputs::replay_svg(*replay, *frame);
}

void add_section(std::string& file, std::uint32_t kind, std::string_view bytes) {
  const std::string packed = citybrain::runtime::deflate(bytes);
  format::put(file, kind);
  format::put(file, static_cast<std::uint32_t>(packed.size()));
  format::put(file, static_cast<std::uint32_t>(bytes.size()));
  format::put(file, std::uint32_t{0});
  file += packed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  look(bytes);
  std::uint16_t network = 0;
  if (size < sizeof network) return 0;
  std::memcpy(&network, data, sizeof network);
  const std::string_view rest = std::string_view(bytes).substr(sizeof network);
  std::string file(format::kMagic);
  format::put(file, format::kVersion);
  format::put(file, std::uint32_t{1000});
  for (int i = 0; i < 3; ++i) format::put(file, 0.0);
  add_section(file, format::kNetwork, rest.substr(0, network));
  if (network < rest.size()) add_section(file, format::kChunk, rest.substr(network));
  look(std::move(file));
  return 0;
}
