#include "hub/node/known_rows.h"

#include <algorithm>

#include "hub/model/archive.h"

namespace citybrain::node {

using store::Family;
using store::Key;

namespace {

constexpr std::size_t kBlock = 64;

/// `size` is that of the last time.
template <class Known>
void write_kind(const char* name, std::uint32_t view, model::EventTime now,
                const std::vector<Known>& known, std::uint32_t& size, store::StepWrite& write) {
  const auto news = [&](const Known& k) { return k.heard == now; };
  if (known.size() == size && std::none_of(known.begin(), known.end(), news)) return;
  const auto key = [&](std::size_t first) {
    return Key().text(name).u32(view).u32(static_cast<std::uint32_t>(first / kBlock));
  };
  std::size_t first = 0;
  for (; first < known.size(); first += kBlock) {
    const std::size_t end = std::min(known.size(), first + kBlock);
    model::Writer w;
    w(std::vector<Known>(known.begin() + static_cast<std::ptrdiff_t>(first),
                         known.begin() + static_cast<std::ptrdiff_t>(end)));
    write.put(Family::kTheme, key(first).view(), w.bytes());
  }
  for (; first < size; first += kBlock) write.erase(Family::kTheme, key(first).view());
  size = static_cast<std::uint32_t>(known.size());
}

}  // namespace

void write_known(std::uint32_t view, ViewState& state, store::StepWrite& write) {
  const auto& s = state.situation;
  write_kind("vehicles", view, s.now, s.vehicles, state.known[0], write);
  write_kind("events", view, s.now, s.events, state.known[1], write);
  write_kind("places", view, s.now, s.places, state.known[2], write);
}

std::string heard_now(const model::Situation& s) {
  model::Writer w;
  const auto add = [&](const auto& known) {
    for (const auto& k : known)
      if (k.heard == s.now) w(k);
  };
  add(s.vehicles);
  add(s.events);
  add(s.places);
  return w.take();
}

}  // namespace citybrain::node
