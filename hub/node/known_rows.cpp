#include "hub/node/known_rows.h"

#include <algorithm>

#include "hub/model/archive.h"
#include "hub/store/rows.h"

namespace citybrain::node {

using store::Family;
using store::Key;

namespace {

constexpr std::size_t kBlock = store::kPerBlock;

std::uint64_t identity(const model::VehicleSituation& v) {
  return (std::uint64_t{v.last.source.value} << 48) ^ v.last.vehicle;
}
std::uint64_t identity(const model::EventSituation& e) { return e.number; }
std::uint64_t identity(const model::PlaceSituation& p) { return p.place; }

/// Whom the list names, in its order: places in it mean the same while this stays.
template <class Known>
std::uint64_t order_of(const std::vector<Known>& known) {
  std::uint64_t h = known.size();
  for (const auto& k : known) {
    h = (h ^ identity(k)) * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 29;
  }
  return h;
}

/// What was last written of one kind, in a view.
struct Written {
  std::uint32_t& size;
  std::uint64_t& order;
};

template <class Known>
void write_latest(const char* name, std::uint32_t view, const std::vector<Known>& known,
                  std::uint32_t before, store::StepWrite& write) {
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
  for (; first < before; first += kBlock) write.erase(Family::kTheme, key(first).view());
}

/// `full`: all that is known, not only what was heard now.
template <class Known>
void write_frames(const char* prefix, std::uint32_t view, model::EventTime now,
                  const std::vector<Known>& known, bool full, store::StepWrite& write) {
  const std::size_t blocks = std::max<std::size_t>(1, (known.size() + kBlock - 1) / kBlock);
  for (std::size_t b = 0; b < blocks; ++b) {
    store::KnownFrame<Known> frame{static_cast<std::uint32_t>(known.size()), full, {}};
    const std::size_t end = std::min(known.size(), (b + 1) * kBlock);
    for (std::size_t i = b * kBlock; i < end; ++i)
      if (full || known[i].heard == now)
        frame.entries.emplace_back(static_cast<std::uint32_t>(i), known[i]);
    if (!full && frame.entries.empty()) continue;
    model::Writer w;
    w(frame);
    write.put(Family::kTheme,
              store::frame_key(prefix, view, static_cast<std::uint32_t>(b), write.step()),
              w.bytes());
  }
}

template <class Known>
void write_kind(const char* name, const char* frames, std::uint32_t view, model::EventTime now,
                const std::vector<Known>& known, Written written, store::StepWrite& write) {
  const auto news = [&](const Known& k) { return k.heard == now; };
  const std::uint64_t order = order_of(known);
  const bool others = known.size() != written.size || order != written.order;
  const bool heard = others || std::any_of(known.begin(), known.end(), news);
  const bool minute = write.step() % store::kMinute == 0 && !known.empty();
  if (heard) write_latest(name, view, known, written.size, write);
  if (heard || minute) write_frames(frames, view, now, known, others || minute, write);
  written.size = static_cast<std::uint32_t>(known.size());
  written.order = order;
}

}  // namespace

void write_known(std::uint32_t view, ViewState& state, store::StepWrite& write) {
  const auto& s = state.situation;
  auto& w = state.written;
  write_kind("vehicles", store::kVehicleFrames, view, s.now, s.vehicles, {w.sizes[0], w.orders[0]},
             write);
  write_kind("events", store::kEventFrames, view, s.now, s.events, {w.sizes[1], w.orders[1]},
             write);
  write_kind("places", store::kPlaceFrames, view, s.now, s.places, {w.sizes[2], w.orders[2]},
             write);
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
