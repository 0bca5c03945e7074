// Any bytes as a row of any table: decoded into as many cells as the table has columns, or refused.
// The first byte names the table, the second how long the key is.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/store/place_index.h"
#include "hub/store/rows.h"
#include "hub/store/table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::store;
  if (size < 2) return 0;
  static const RowContext context{{{0, 1, 2}, {3}}};
  const auto all = tables();
  const auto& table = all[data[0] % all.size()];
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t key_size = data[1] < rest.size() ? data[1] : rest.size();
  std::string key(table.prefix);
  if (!key.empty()) key += '\0';
  key += rest.substr(0, key_size);
  const auto value = rest.substr(key_size);
  std::size_t rows = 0;
  const bool read = decode(table, context, key, value, [&](std::span<const Cell> cells) {
    if (cells.size() != table.columns.size()) std::abort();
    return ++rows < 1000;
  });
  if (!read && rows > 0) std::abort();
  if (const auto view = LaneHistoryView::of(value))
    for (std::size_t s = 0; s < view->samples() && s < 100; ++s)
      if (view->lanes() > 0 && view->last_until(view->step(s)) >= view->samples()) std::abort();
  (void)read_point(value);
  return 0;
}
