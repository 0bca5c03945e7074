// Four numbers at a time, as every x86-64 and ARM64 processor has them: GCC's and clang's vector
// extension. The same IEEE operations as on one number, in the same order, so that results do not
// depend on how many are computed together. Private to scenarios/city.
#pragma once

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#else
#include <cmath>
#endif

namespace citybrain::city {

using Four = float __attribute__((vector_size(16)));
/// Also the result of comparing: -1 where true, 0 where false.
using FourInts = std::int32_t __attribute__((vector_size(16)));

inline Four all(float x) { return Four{x, x, x, x}; }
inline FourInts all(std::int32_t x) { return FourInts{x, x, x, x}; }

template <class V, class T>
V load(const T* from) {
  static_assert(sizeof(T) == 4);
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
template <class V, class T>
void store(V v, T* to) {
  static_assert(sizeof(T) == 4);
  std::memcpy(to, &v, sizeof v);
}

inline Four least(Four a, Four b) { return a < b ? a : b; }
inline Four greatest(Four a, Four b) { return a > b ? a : b; }
inline FourInts least(FourInts a, FourInts b) { return a < b ? a : b; }

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

inline Four square_root(Four x) {
#ifdef __SSE2__
  return reinterpret_cast<Four>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
#else
  return Four{std::sqrt(x[0]), std::sqrt(x[1]), std::sqrt(x[2]), std::sqrt(x[3])};
#endif
}

inline Four to_floats(FourInts x) { return __builtin_convertvector(x, Four); }

}  // namespace citybrain::city
