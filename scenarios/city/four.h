// Four numbers at a time, as every x86-64 and ARM64 processor has them: GCC's and clang's vector
// extension. Private to scenarios/city.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace citybrain::city {

/// Also the result of comparing: -1 where true, 0 where false.
using FourInts = std::int32_t __attribute__((vector_size(16)));

inline FourInts all(std::int32_t x) { return FourInts{x, x, x, x}; }

/// The four numbers that begin at `from`.
inline FourInts load(const std::uint32_t* from) {
  FourInts v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

inline FourInts min(FourInts a, FourInts b) {
  const FourInts less = a < b;
  return (a & less) | (b & ~less);
}
inline std::uint32_t least(FourInts v) {
  return static_cast<std::uint32_t>(std::min(std::min(v[0], v[1]), std::min(v[2], v[3])));
}

/// Bit i is set where mask[i] is true.
inline unsigned bits(FourInts mask) {
#ifdef __SSE2__
  return static_cast<unsigned>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
  unsigned out = 0;
  for (int i = 0; i < 4; ++i) out |= mask[i] != 0 ? 1U << i : 0;
  return out;
#endif
}

}  // namespace citybrain::city
