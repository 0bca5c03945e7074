#include "scenarios/outputs/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "hub/runtime/deflate.h"
#include "hub/runtime/varint.h"
#include "scenarios/outputs/replay_format.h"

namespace citybrain::outputs {

using model::Error;
using model::Result;
using namespace replay_format;  // private: Columns, constants

namespace {

Error damaged(std::string what, std::uint64_t at) {
  return Error{"CB-INPUT-REPLAY", std::move(what), fmt::format("byte {}", at),
               "record it again with --replay"};
}

bool all_below(const std::vector<std::uint32_t>& indexes, std::size_t n) {
  return std::all_of(indexes.begin(), indexes.end(), [&](std::uint32_t i) { return i < n; });
}

bool all_finite(const std::vector<float>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

/// Beginnings of consecutive ranges of at least `least`.
bool are_ranges(const std::vector<std::uint32_t>& first, std::size_t n, std::uint32_t least) {
  if (first.empty() || first.front() != 0 || first.back() != n) return false;
  for (std::size_t i = 1; i < first.size(); ++i)
    if (first[i] < first[i - 1] || first[i] - first[i - 1] < least) return false;
  return true;
}

std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return (std::uint64_t{high} << 32U) | low;
}

/// A chunk's columns; see docs/replay.md.
struct Raw {
  std::uint32_t frames = 0, tracks = 0, visits = 0, rows = 0, signals = 0, changes = 0;
  std::vector<std::uint32_t> vehicle_step, visit_lane, greens_low, greens_high, change_signal,
      change_low, change_high;
  std::vector<std::uint16_t> visits_of;
  std::vector<std::uint8_t> role, visit_first, visit_frames, change_frame, step_low, step_middle,
      step_high, speed;

  bool read(std::string_view bytes) {
    Columns in(bytes);
    for (auto* n : {&frames, &tracks, &visits, &rows, &signals, &changes})
      *n = in.number<std::uint32_t>();
    vehicle_step = in.column<std::uint32_t>(tracks);
    visit_lane = in.column<std::uint32_t>(visits);
    greens_low = in.column<std::uint32_t>(signals);
    greens_high = in.column<std::uint32_t>(signals);
    for (auto* c : {&change_signal, &change_low, &change_high})
      *c = in.column<std::uint32_t>(changes);
    visits_of = in.column<std::uint16_t>(tracks);
    role = in.column<std::uint8_t>(tracks);
    visit_first = in.column<std::uint8_t>(visits);
    visit_frames = in.column<std::uint8_t>(visits);
    change_frame = in.column<std::uint8_t>(changes);
    for (auto* c : {&step_low, &step_middle, &step_high, &speed})
      *c = in.column<std::uint8_t>(rows);
    return in.complete();
  }
  /// What does not fit together; empty: all does.
  const char* check(std::size_t lanes, std::size_t signals_there) const {
    if (frames == 0 || frames > kMostFrames) return "a chunk has no frames, or too many";
    if (signals != signals_there) return "a chunk has other signals than the network";
    if (!all_below(visit_lane, lanes) || !all_below(change_signal, signals))
      return "a chunk names a lane or a signal that is not there";
    std::uint64_t sum = 0, rows_sum = 0;
    for (const auto n : visits_of) sum += n;
    for (std::size_t v = 0; v < visits; ++v) {
      rows_sum += visit_frames[v];
      if (std::uint32_t{visit_first[v]} + visit_frames[v] > frames)
        return "a visit ends after its chunk";
    }
    if (sum != visits || rows_sum != rows) return "a chunk's columns do not add up";
    for (std::size_t i = 0; i < changes; ++i)
      if (change_frame[i] >= frames || (i > 0 && change_frame[i] < change_frame[i - 1]))
        return "signals change out of order";
    for (const auto r : role)
      if (r > static_cast<std::uint8_t>(city::Role::kPolice)) return "a role is unknown";
    for (const auto s : speed)
      if (s > static_cast<std::uint8_t>(SpeedClass::kFree)) return "a speed class is unknown";
    return "";
  }
  void unfold_vehicles(std::vector<ReplayFrame>& out) const {
    std::uint32_t vehicle = 0;
    std::size_t visit = 0, row = 0;
    for (std::size_t t = 0; t < tracks; ++t) {
      vehicle += vehicle_step[t];
      for (std::size_t i = 0; i < visits_of[t]; ++i, ++visit) {
        std::int64_t at = 0, speed_units = 0;
        for (std::uint32_t f = 0; f < visit_frames[visit]; ++f, ++row) {
          const std::uint64_t code = step_low[row] | (std::uint64_t{step_middle[row]} << 8U) |
                                     (std::uint64_t{step_high[row]} << 16U);
          const std::int64_t next = at + speed_units + runtime::unzigzag(code);
          speed_units = f == 0 ? 0 : next - at;
          at = next;
          out[visit_first[visit] + f].vehicles.push_back(
              {vehicle, visit_lane[visit], static_cast<double>(at) * kUnit_m,
               static_cast<city::Role>(role[t]), static_cast<SpeedClass>(speed[row])});
        }
      }
    }
  }
  void unfold_signals(std::vector<ReplayFrame>& out) const {
    std::vector<model::GroupSet> now(signals);
    for (std::size_t s = 0; s < signals; ++s) now[s] = joined(greens_low[s], greens_high[s]);
    std::size_t c = 0;
    for (std::uint32_t f = 0; f < frames; ++f) {
      for (; c < changes && change_frame[c] == f; ++c)
        now[change_signal[c]] = joined(change_low[c], change_high[c]);
      out[f].greens = now;
    }
  }
};

}  // namespace

Result<Replay> Replay::open(std::string bytes) {
  Replay r;
  r.bytes_ = std::move(bytes);
  if (!std::string_view(r.bytes_).starts_with(kMagic))
    return damaged("expected a replay file of citybrain", 0);
  if (r.bytes_.size() < kHeadBytes)
    return damaged("the file ends within its head", r.bytes_.size());
  Columns head(std::string_view(r.bytes_).substr(kMagic.size()));
  const auto version = head.number<std::uint32_t>();
  if (version != kVersion)
    return damaged(fmt::format("expected version {}, found {}", kVersion, version), kMagic.size());
  r.interval_ms_ = head.number<std::uint32_t>();
  if (r.interval_ms_ == 0) return damaged("expected a time between frames, found 0", 12);
  r.start_ms_ = head.number<double>();
  r.anchor_ = {head.number<double>(), 0};
  r.anchor_.lat_deg = head.number<double>();
  CITYBRAIN_ASSIGN(network, r.section(kHeadBytes, kNetwork));
  CITYBRAIN_TRY(r.read_network(network));
  r.first_chunk_ = kHeadBytes + kSectionHeadBytes + r.head(kHeadBytes).value().packed;
  if (!r.read_index()) r.walk();
  for (const auto& c : r.chunks_) r.frames_ += c.frames;
  return r;
}

Result<Replay::Head> Replay::head(std::uint64_t at) const {
  if (at > bytes_.size() || bytes_.size() - at < kSectionHeadBytes)
    return damaged("the file ends where a section was expected", at);
  Columns in(std::string_view(bytes_).substr(at));
  Head h;
  for (auto* n : {&h.kind, &h.packed, &h.size, &h.first_frame}) *n = in.number<std::uint32_t>();
  if (h.packed > bytes_.size() - at - kSectionHeadBytes)
    return damaged("the file ends within a section", at);
  return h;
}

Result<std::string> Replay::section(std::uint64_t at, std::uint32_t kind) const {
  CITYBRAIN_ASSIGN(h, head(at));
  if (h.kind != kind)
    return damaged(fmt::format("expected a section of kind {}, found {}", kind, h.kind), at);
  auto out =
      runtime::inflate(std::string_view(bytes_).substr(at + kSectionHeadBytes, h.packed), h.size);
  if (!out) return damaged("a section cannot be unpacked", at);
  return std::move(*out);
}

Result<void> Replay::read_network(std::string_view bytes) {
  Columns in(bytes);
  std::array<std::uint32_t, 7> n{};
  for (auto& x : n) x = in.number<std::uint32_t>();
  const auto [junctions, roads, lanes, points, signals, movements, name_bytes] = n;
  auto& w = network_;
  w.junction_x = in.column<float>(junctions);
  w.junction_y = in.column<float>(junctions);
  w.road_length_m = in.column<float>(roads);
  w.road_from = in.column<std::uint32_t>(roads);
  w.road_to = in.column<std::uint32_t>(roads);
  w.first_point = in.column<std::uint32_t>(std::size_t{roads} + 1);
  w.point_x = in.column<float>(points);
  w.point_y = in.column<float>(points);
  w.lane_road = in.column<std::uint32_t>(lanes);
  w.lane_width_m = in.column<float>(lanes);
  w.signal_junction = in.column<std::uint32_t>(signals);
  w.movement_from = in.column<std::uint32_t>(movements);
  w.movement_to = in.column<std::uint32_t>(movements);
  const auto first_name = in.column<std::uint32_t>(std::size_t{junctions} + roads + 1);
  w.lane_index = in.column<std::uint8_t>(lanes);
  w.movement_group = in.column<std::uint8_t>(movements);
  const auto names = in.column<char>(name_bytes);
  const bool fits = in.complete() && all_below(w.road_from, junctions) &&
                    all_below(w.road_to, junctions) && all_below(w.lane_road, roads) &&
                    all_below(w.signal_junction, junctions) && all_below(w.movement_from, roads) &&
                    all_below(w.movement_to, roads) && are_ranges(w.first_point, points, 2) &&
                    are_ranges(first_name, name_bytes, 0) && all_finite(w.junction_x) &&
                    all_finite(w.junction_y) && all_finite(w.road_length_m) &&
                    all_finite(w.point_x) && all_finite(w.point_y) && all_finite(w.lane_width_m);
  if (!fits) return damaged("the network's columns do not fit together", kHeadBytes);
  for (const auto g : w.movement_group)
    if (g >= model::kMaxGroups) return damaged("a movement has no group", kHeadBytes);
  for (std::size_t i = 0; i + 1 < first_name.size(); ++i)
    (i < junctions ? w.junction_names : w.road_names)
        .emplace_back(names.data() + first_name[i], first_name[i + 1] - first_name[i]);
  return {};
}

/// The chunks' places from the end of the file; false when it is not there or not believable.
bool Replay::read_index() {
  if (bytes_.size() < first_chunk_ + kTrailerBytes) return false;
  Columns trailer(std::string_view(bytes_).substr(bytes_.size() - kTrailerBytes));
  const auto low = trailer.number<std::uint32_t>();
  const auto at = joined(low, trailer.number<std::uint32_t>());
  const auto frames = trailer.number<std::uint32_t>();
  if (trailer.number<std::uint32_t>() != kTrailerMagic) return false;
  const auto bytes = section(at, kIndex);
  if (!bytes) return false;
  Columns in(*bytes);
  const auto n = in.number<std::uint32_t>();
  const auto lows = in.column<std::uint32_t>(n), highs = in.column<std::uint32_t>(n);
  const auto first = in.column<std::uint32_t>(n), count = in.column<std::uint32_t>(n);
  if (!in.complete()) return false;
  std::uint32_t expected = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (first[i] != expected || count[i] == 0 || count[i] > kMostFrames) return false;
    expected += count[i];
    chunks_.push_back({joined(lows[i], highs[i]), first[i], count[i]});
  }
  if (expected == frames) return true;
  chunks_.clear();
  return false;
}

/// A file without an end: from section to section, as far as they are whole.
void Replay::walk() {
  cut_ = true;
  chunks_.clear();
  std::uint32_t expected = 0;
  for (std::uint64_t at = first_chunk_;;) {
    const auto h = head(at);
    if (!h || h->kind == kIndex) return;
    if (h->kind != kChunk) {  // of a later version
      at += kSectionHeadBytes + h->packed;
      continue;
    }
    if (h->first_frame != expected) return;
    const auto bytes = section(at, kChunk);
    if (!bytes) return;
    const auto frames = Columns(*bytes).number<std::uint32_t>();
    if (frames == 0 || frames > kMostFrames) return;
    chunks_.push_back({at, expected, frames});
    expected += frames;
    at += kSectionHeadBytes + h->packed;
  }
}

Result<void> Replay::load(const Place& place) {
  if (loaded_ == place.first_frame) return {};
  CITYBRAIN_ASSIGN(bytes, section(place.at, kChunk));
  Raw raw;
  if (!raw.read(bytes)) return damaged("a chunk's columns are cut", place.at);
  const std::string wrong = raw.check(network_.lane_road.size(), network_.signal_junction.size());
  if (!wrong.empty()) return damaged(wrong, place.at);
  if (raw.frames != place.frames) return damaged("a chunk is not as the index says", place.at);
  loaded_ = place.first_frame;
  chunk_.assign(raw.frames, {});
  raw.unfold_vehicles(chunk_);
  raw.unfold_signals(chunk_);
  for (std::size_t f = 0; f < chunk_.size(); ++f)
    chunk_[f].time_s = static_cast<double>(place.first_frame + f + 1) * interval_s();
  return {};
}

Result<ReplayFrame> Replay::frame(std::uint32_t i) {
  if (i >= frames_)
    return Error{"CB-USAGE-REPLAY",
                 fmt::format("the replay has frames from {} s to {} s, every {} s", interval_s(),
                             frames_ * interval_s(), interval_s()),
                 "--at", ""};
  const auto after =
      std::upper_bound(chunks_.begin(), chunks_.end(), i,
                       [](std::uint32_t frame, const Place& p) { return frame < p.first_frame; });
  const Place& place = *(after - 1);
  CITYBRAIN_TRY(load(place));
  return chunk_[i - place.first_frame];
}

}  // namespace citybrain::outputs
