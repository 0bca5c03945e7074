#include "hub/store/rows.h"

#include <algorithm>
#include <cstring>

#include "hub/model/archive.h"

namespace citybrain::store {

using model::Step;

namespace {

template <class Row>
std::string bytes_of(const Row& row) {
  model::Writer w;
  w(row);
  return w.take();
}

template <class Row>
void put_base(StepWrite& write, const char* prefix, std::uint32_t id, const Row& row) {
  write.put(Family::kBase, Key().text(prefix).u32(id).view(), bytes_of(row));
}

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t v = 0;
  std::memcpy(&v, bytes.data() + at, sizeof v);
  return v;
}

constexpr std::size_t kSampleBytes = 12;  // of a LaneSample
constexpr std::size_t kStepsAt = 8;       // after the block's number and the number of steps

}  // namespace

void put(StepWrite& write, const CityRow& row) {
  write.put(Family::kBase, Key().text("city").view(), bytes_of(row));
}
void put(StepWrite& write, std::uint32_t id, const DatasetRow& row) {
  put_base(write, "dataset", id, row);
}
void put(StepWrite& write, std::uint32_t id, const ViewRow& row) {
  put_base(write, "view", id, row);
}
void put(StepWrite& write, std::uint32_t id, const JunctionRow& row) {
  put_base(write, "junction", id, row);
}
void put(StepWrite& write, std::uint32_t id, const RoadRow& row) {
  put_base(write, "road", id, row);
}
void put(StepWrite& write, std::uint32_t id, const LaneRow& row) {
  put_base(write, "lane", id, row);
}
void put(StepWrite& write, std::uint32_t id, const PlaceRow& row) {
  put_base(write, "place", id, row);
}
void put_district(StepWrite& write, std::uint32_t id, const std::string& name) {
  model::Writer w;
  w(name);
  write.put(Family::kBase, Key().text("district").u32(id).view(), w.bytes());
}
void put_block(StepWrite& write, std::uint32_t id, std::uint32_t district,
               const std::vector<std::uint32_t>& lanes) {
  model::Writer w;
  w(district, lanes);
  write.put(Family::kBase, Key().text("block").u32(id).view(), w.bytes());
}
void put_device(StepWrite& write, const std::string& scheme, const std::string& device,
                std::uint32_t number, const DeviceRow& row) {
  const auto key = Key().text("device").text(scheme).text(device).u32(number).u32(write.step());
  write.put(Family::kBase, key.view(), bytes_of(row));
}

std::string lane_history_key(std::uint32_t view, Step minute, std::uint32_t block) {
  return Key().text(kLaneHistory).u32(view).u32(minute).u32(block).take();
}
std::string frame_key(const char* prefix, std::uint32_t view, std::uint32_t block, Step step) {
  return Key().text(prefix).u32(view).u32(step / kMinute).u32(block).u32(step).take();
}
std::string indicator_key(std::uint32_t district, Step step) {
  return Key().text(kIndicatorHistory).u32(step / kMinute).u32(step).u32(district).take();
}

void expire_history(StepWrite& write, std::uint32_t view, Step from_minute, Step to_minute) {
  if (from_minute >= to_minute) return;
  for (const char* table : {kLaneHistory, kVehicleFrames, kEventFrames, kPlaceFrames})
    write.erase_range(Family::kTheme, Key().text(table).u32(view).u32(from_minute).view(),
                      Key().text(table).u32(view).u32(to_minute).view());
}

Step first_kept_minute(Step now, std::uint32_t retention_s) {
  return retention_s == 0 || now < retention_s ? 0 : (now - retention_s) / kMinute;
}

Health health(const IndicatorSample& s, std::int64_t now_ms) {
  Health h;
  // In floating point, exact for any time that a clock shows: a damaged row may say anything.
  if (s.newest_ms > 0)
    h.freshness_s = (static_cast<double>(now_ms) - static_cast<double>(s.newest_ms)) / 1000;
  if (s.expected > 0)
    h.completeness = std::min(
        1.0, static_cast<double>(s.records - s.duplicates) / static_cast<double>(s.expected));
  if (s.records == 0) return h;
  const auto of_records = [&](std::uint32_t n) {
    return static_cast<double>(n) / static_cast<double>(s.records);
  };
  h.validity = 1 - of_records(s.quarantined);
  h.duplicate_rate = of_records(s.duplicates);
  h.late_rate = of_records(s.late);
  return h;
}

IndicatorRow together(std::span<const IndicatorRow> districts) {
  IndicatorRow out;
  std::vector<IndicatorSample>& all = out.datasets;
  for (const auto& row : districts) {
    out.now_ms = std::max(out.now_ms, row.now_ms);
    for (const auto& s : row.datasets) {
      const auto at =
          std::lower_bound(all.begin(), all.end(), s.dataset,
                           [](const auto& a, std::uint32_t d) { return a.dataset < d; });
      if (at == all.end() || at->dataset != s.dataset) {
        all.insert(at, s);
        continue;
      }
      at->newest_ms = std::max(at->newest_ms, s.newest_ms);
      at->records += s.records;
      at->observations += s.observations;
      at->admitted += s.admitted;
      at->quarantined += s.quarantined;
      at->duplicates += s.duplicates;
      at->late += s.late;
      at->expected += s.expected;
    }
  }
  return out;
}

std::optional<LaneHistoryView> LaneHistoryView::of(std::string_view value) {
  if (value.size() < kStepsAt) return std::nullopt;
  LaneHistoryView v;
  v.value_ = value;
  v.block_ = u32_at(value, 0);
  v.samples_ = u32_at(value, 4);
  std::size_t at = kStepsAt;
  if (v.samples_ > (value.size() - at) / 8 || value.size() - at < 4 * v.samples_ + 4)
    return std::nullopt;
  at += 4 * v.samples_;
  if (u32_at(value, at) != v.samples_) return std::nullopt;
  at += 4;
  if (v.samples_ == 0) return value.size() == at ? std::optional(v) : std::nullopt;
  if (value.size() - at < 4) return std::nullopt;
  v.lanes_ = u32_at(value, at);
  if (v.lanes_ > value.size() / kSampleBytes ||
      value.size() - at != v.samples_ * (4 + kSampleBytes * v.lanes_))
    return std::nullopt;
  for (std::size_t i = 0; i < v.samples_; ++i)
    if (u32_at(value, at + i * (4 + kSampleBytes * v.lanes_)) != v.lanes_) return std::nullopt;
  return v;
}

Step LaneHistoryView::step(std::size_t sample) const {
  return u32_at(value_, kStepsAt + 4 * sample);
}

model::LaneSample LaneHistoryView::at(std::size_t sample, std::size_t lane) const {
  static_assert(sizeof(model::LaneSample) == kSampleBytes);  // six 16-bit numbers: no padding
  const std::size_t first = kStepsAt + 4 * samples_ + 4;
  model::LaneSample s;
  std::memcpy(
      &s, value_.data() + first + sample * (4 + kSampleBytes * lanes_) + 4 + kSampleBytes * lane,
      sizeof s);
  return s;
}

std::size_t LaneHistoryView::last_until(Step until) const {
  for (std::size_t i = samples_; i > 0; --i)
    if (step(i - 1) <= until) return i - 1;
  return samples_;
}

}  // namespace citybrain::store
