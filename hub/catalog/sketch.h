// Sketches of the values that a field takes, in bounded memory and one pass: how many different
// ones (HyperLogLog), which (the k smallest hashes, whose overlap estimates the Jaccard index), and
// how numbers are spread (a keyed uniform sample). The same values in the same order give the same
// sketch. Values; one thread writes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace citybrain::catalog {

std::uint64_t hash_of(std::string_view bytes);
/// Equal to six significant digits: the same quantity after two conversions hashes alike.
std::uint64_t hash_of(double value);

/// Distinct values; standard error about 2.3%. 2 KiB.
class HyperLogLog {
 public:
  void add(std::uint64_t hash);
  double distinct() const;

 private:
  static constexpr int kBits = 11;
  std::array<std::uint8_t, 1U << kBits> rank_ = {};
};

/// The k smallest hashes of distinct values. At most 16 KiB.
class KSmallest {
 public:
  static constexpr std::size_t kMost = 256;
  void add(std::uint64_t hash);
  bool empty() const { return hashes_.empty(); }
  /// Estimated |A and B| / |A or B|; 0 when either is empty. Error about 1/sqrt(k) = 6%.
  static double jaccard(const KSmallest& a, const KSmallest& b);
  /// Estimated |A and B| / min(|A|, |B|).
  static double containment(const KSmallest& a, double distinct_a, const KSmallest& b,
                            double distinct_b);

 private:
  std::set<std::uint64_t> hashes_;
};

/// A uniform sample of the numbers seen, for quantiles. At most 32 KiB.
class Sample {
 public:
  static constexpr std::size_t kMost = 512;
  void add(double value);
  std::uint64_t seen() const { return seen_; }
  /// Value below which a share `q` of the numbers is; 0 without any.
  double quantile(double q) const;
  /// Greatest distance between the two distributions (Kolmogorov-Smirnov), 0 to 1.
  static double distance(const Sample& a, const Sample& b);

 private:
  std::vector<double> sorted() const;
  std::map<std::uint64_t, double> kept_;  ///< by hash of the number's place in the order
  std::uint64_t seen_ = 0;
};

}  // namespace citybrain::catalog
