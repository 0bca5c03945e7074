// The rules of one grant, put together by what fields mean: of several about the same the strictest
// holds. Private to hub/access. Values.
#pragma once

#include <array>
#include <cstdint>

#include "hub/access/meaning.h"
#include "hub/access/reader.h"

namespace citybrain::access {

struct Masking {
  std::array<bool, kMeanings> drop{};
  bool pseudonym = false;
  catalog::PlaceScale scale = catalog::PlaceScale::kExact;
  std::uint32_t cell_m = 0;
  std::int64_t time_ms = 0;
  std::uint32_t group = 0;
  std::int64_t window_ms = 0;
  std::uint64_t key = 0;  ///< of the grant: another one has another

  bool drops(Meaning m) const { return drop[static_cast<std::size_t>(m)]; }
  bool is_plain() const;
};

/// Error CB-INPUT-MASK: a rule that the field cannot carry out.
model::Result<Masking> masking_of(const Grant& grant, const catalog::Contract& contract,
                                  catalog::ClassSet clearance);

}  // namespace citybrain::access
