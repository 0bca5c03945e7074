#include "hub/catalog/sketch.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace citybrain::catalog {

std::uint64_t hash_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t hash_of(double value) {
  return hash_of(fmt::format("{:.6g}", value == 0 ? 0.0 : value));
}

void HyperLogLog::add(std::uint64_t hash) {
  auto& rank = rank_[hash >> (64 - kBits)];
  const int zeros = std::countl_zero(hash << kBits | 1U << (kBits - 1));
  rank = std::max(rank, static_cast<std::uint8_t>(zeros + 1));
}

double HyperLogLog::distinct() const {
  const auto n = static_cast<double>(rank_.size());
  double sum = 0, empty = 0;
  for (const auto r : rank_) {
    sum += std::ldexp(1.0, -r);
    empty += r == 0 ? 1 : 0;
  }
  const double raw = 0.7213 / (1 + 1.079 / n) * n * n / sum;
  return raw <= 2.5 * n && empty > 0 ? n * std::log(n / empty) : raw;
}

void KSmallest::add(std::uint64_t hash) {
  if (hashes_.size() == kMost && hash >= *hashes_.rbegin()) return;
  hashes_.insert(hash);
  if (hashes_.size() > kMost) hashes_.erase(std::prev(hashes_.end()));
}

double KSmallest::jaccard(const KSmallest& a, const KSmallest& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t seen = 0, both = 0;
  auto i = a.hashes_.begin();
  auto j = b.hashes_.begin();
  while (seen < kMost && (i != a.hashes_.end() || j != b.hashes_.end())) {
    // Beyond the end of a full sketch nothing is known of its set.
    if (i == a.hashes_.end() && a.hashes_.size() == kMost) break;
    if (j == b.hashes_.end() && b.hashes_.size() == kMost) break;
    const bool left = j == b.hashes_.end() || (i != a.hashes_.end() && *i <= *j);
    const bool right = i == a.hashes_.end() || (j != b.hashes_.end() && *j <= *i);
    both += left && right ? 1 : 0;
    if (left) ++i;
    if (right) ++j;
    ++seen;
  }
  return seen == 0 ? 0 : static_cast<double>(both) / static_cast<double>(seen);
}

double KSmallest::containment(const KSmallest& a, double distinct_a, const KSmallest& b,
                              double distinct_b) {
  const double least = std::min(distinct_a, distinct_b);
  if (least <= 0) return 0;
  const double j = jaccard(a, b);
  return std::min(1.0, j / (1 + j) * (distinct_a + distinct_b) / least);
}

void Sample::add(double value) {
  const std::uint64_t place = XXH3_64bits(&seen_, sizeof seen_);
  ++seen_;
  if (kept_.size() == kMost && place >= kept_.rbegin()->first) return;
  kept_.emplace(place, value);
  if (kept_.size() > kMost) kept_.erase(std::prev(kept_.end()));
}

std::vector<double> Sample::sorted() const {
  std::vector<double> out;
  for (const auto& [place, value] : kept_) out.push_back(value);
  std::sort(out.begin(), out.end());
  return out;
}

double Sample::quantile(double q) const {
  const auto values = sorted();
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::clamp(q, 0.0, 1.0) * last + 0.5)];
}

double Sample::distance(const Sample& a, const Sample& b) {
  const auto x = a.sorted(), y = b.sorted();
  if (x.empty() || y.empty()) return 1;
  double greatest = 0;
  for (const auto* of : {&x, &y})
    for (const double v : *of) {
      const auto share = [v](const std::vector<double>& s) {
        return static_cast<double>(std::upper_bound(s.begin(), s.end(), v) - s.begin()) /
               static_cast<double>(s.size());
      };
      greatest = std::max(greatest, std::fabs(share(x) - share(y)));
    }
  return greatest;
}

}  // namespace citybrain::catalog
