#include "hub/model/nearest.h"

#include <algorithm>
#include <vector>

namespace citybrain::model {

namespace {

/// Insertions, deletions and substitutions (Levenshtein 1966).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t above = row[k];
      row[k] = std::min({above + 1, row[k - 1] + 1, diagonal + (a[i - 1] == b[k - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view wrong, std::span<const std::string> names) {
  const std::string_view head =
      wrong.substr(0, 200);  // names are short; what is longer is near to none
  std::string best;
  std::size_t least = std::max<std::size_t>(2, head.size() / 3) + 1;
  for (const auto& n : names) {
    const std::size_t d = distance(head, n);
    if (d < least) {
      least = d;
      best = n;
    }
  }
  return best;
}

}  // namespace citybrain::model
