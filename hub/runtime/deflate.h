// Packed bytes: zlib's format (RFC 1950), which browsers read too (DecompressionStream "deflate").
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::runtime {

std::string deflate(std::string_view bytes);
/// Nothing when the bytes are damaged or do not give exactly `size`.
std::optional<std::string> inflate(std::string_view packed, std::size_t size);

}  // namespace citybrain::runtime
