// Keyed randomness: a value is a hash of (seed, purpose, entity, step), never drawn in sequence, so
// that one more vehicle, sensor or thread changes nobody else's luck. Pure functions; no
// floating-point transcendental functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace citybrain::runtime {

/// splitmix64's finaliser (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// FNV-1a of a purpose's name, for use as a constant.
constexpr std::uint64_t purpose(std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return h;
}

class Random {
 public:
  constexpr explicit Random(std::uint64_t seed) : seed_(seed) {}

  constexpr std::uint64_t bits(std::uint64_t purpose_key, std::uint64_t entity,
                               std::uint64_t step = 0) const {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = mix(seed_ + kGolden);
    z = mix(z ^ (purpose_key + kGolden));
    z = mix(z + (entity + 1) * kGolden);
    return mix(z ^ ((step + 1) * kGolden));
  }
  /// In [0, 1).
  constexpr double uniform(std::uint64_t purpose_key, std::uint64_t entity,
                           std::uint64_t step = 0) const {
    return static_cast<double>(bits(purpose_key, entity, step) >> 11) * 0x1.0p-53;
  }
  constexpr bool chance(double probability, std::uint64_t purpose_key, std::uint64_t entity,
                        std::uint64_t step = 0) const {
    return uniform(purpose_key, entity, step) < probability;
  }
  /// Near normal, mean 0, standard deviation 1: a sum of twelve uniforms of 16 bits (Irwin-Hall),
  /// in [-6, 6].
  constexpr double normal(std::uint64_t purpose_key, std::uint64_t entity,
                          std::uint64_t step = 0) const {
    std::uint64_t sum = 0;
    std::uint64_t z = bits(purpose_key, entity, step);
    for (int i = 0; i < 3; ++i) {
      sum += (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + (z >> 48);
      z = mix(z + 0x9E3779B97F4A7C15ULL);
    }
    return (static_cast<double>(sum) + 6.0) / 65536.0 - 6.0;
  }

 private:
  std::uint64_t seed_;
};

}  // namespace citybrain::runtime
