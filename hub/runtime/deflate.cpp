#include "hub/runtime/deflate.h"

#include <zlib.h>

namespace citybrain::runtime {

namespace {
constexpr int kLevel = 6;
/// Deflate packs at most so many bytes into one (RFC 1951: a match of 258 in two bits).
constexpr std::size_t kMostInOne = 1032;
}  // namespace

std::string deflate(std::string_view bytes) {
  uLongf size = ::compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  // Cannot fail: the room is enough, the level is valid.
  (void)::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                    reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                    kLevel);
  out.resize(size);
  return out;
}

std::optional<std::string> inflate(std::string_view packed, std::size_t size) {
  if (size / kMostInOne > packed.size()) return std::nullopt;
  std::string out(size, '\0');
  uLongf got = static_cast<uLongf>(size);
  uLong used = static_cast<uLong>(packed.size());
  const int code = ::uncompress2(reinterpret_cast<Bytef*>(out.data()), &got,
                                 reinterpret_cast<const Bytef*>(packed.data()), &used);
  if (code != Z_OK || got != size || used != packed.size()) return std::nullopt;
  return out;
}

}  // namespace citybrain::runtime
