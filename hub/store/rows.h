// Rows of the warehouse as values, and how they are written: what a Step of the hub puts, and what
// the tables of table.h decode. Keys sort by time before entity where a table keeps the past, so
// that a Step's rows go to the end of what is there and what has expired is one range. Units are in
// the tables' columns. Values and pure functions; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/model/history.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"
#include "hub/store/store.h"

namespace citybrain::store {

constexpr model::Step kMinute = model::kBlockSteps;
constexpr std::uint32_t kPerBlock = 64;  ///< entities of a blocked row

/// Which city the store is of.
struct CityRow {
  std::string name;
  std::int64_t start_ms = 0;  ///< event time of Step 0
  double lon_deg = 0, lat_deg = 0;
  bool has_anchor = false;  ///< else the place index is empty

  template <class A>
  void fields(A& a) {
    a(name, start_ms, lon_deg, lat_deg, has_anchor);
  }
};

struct DatasetRow {
  std::string dataset, department;
  double freshness_s = 0, frequency_s = 0, maximum_delay_s = 0, retention_s = 0;

  template <class A>
  void fields(A& a) {
    a(dataset, department, freshness_s, frequency_s, maximum_delay_s, retention_s);
  }
};

struct ViewRow {
  std::string name;
  std::uint64_t datasets = 0;     ///< a bit each
  std::uint32_t retention_s = 0;  ///< of its history: the shortest of its datasets; 0: no limit

  template <class A>
  void fields(A& a) {
    a(name, datasets, retention_s);
  }
};

struct JunctionRow {
  std::string name;
  double x = 0, y = 0;
  bool boundary = false, signalised = false;
  model::DistrictId district;
  std::uint32_t phases = 0;
  double intergreen_s = 0;

  template <class A>
  void fields(A& a) {
    a(name, x, y, boundary, signalised, district, phases, intergreen_s);
  }
};

struct RoadRow {
  std::string name;
  model::JunctionId from, to;
  double length_m = 0;
  model::LaneId first_lane;
  std::uint8_t lanes = 0;
  model::DistrictId district;

  template <class A>
  void fields(A& a) {
    a(name, from, to, length_m, first_lane, lanes, district);
  }
};

struct LaneRow {
  model::RoadId road;
  std::uint8_t index = 0;
  double width_m = 0, speed_limit_mps = 0;

  template <class A>
  void fields(A& a) {
    a(road, index, width_m, speed_limit_mps);
  }
};

struct PlaceRow {
  std::string name;
  model::PlaceKind kind = model::PlaceKind::kHospital;
  model::RoadId road;
  double at_m = 0;
  std::uint32_t capacity = 0;

  template <class A>
  void fields(A& a) {
    a(name, kind, road, at_m, capacity);
  }
};

/// What a department's device looks at, as its tables said at a Step.
struct DeviceRow {
  model::JunctionId junction;
  model::LaneId lane;
  model::RoadId road;
  float reach_m = 0;

  template <class A>
  void fields(A& a) {
    a(junction, lane, road, reach_m);
  }
};

/// What was heard in a Step of up to 64 of the entities that a view knows (fleets, events, places),
/// or all that was known of them: the first Step of each minute, and every Step in which their
/// number changed.
template <class Known>
struct KnownFrame {
  std::uint32_t size = 0;  ///< of all that the view knows of this kind
  bool full = false;
  std::vector<std::pair<std::uint32_t, Known>> entries;  ///< by place among all

  template <class A>
  void fields(A& a) {
    a(size, full, entries);
  }
};

/// A dataset's state of health in the current minute of one district.
struct IndicatorSample {
  std::uint32_t dataset = 0;
  std::int64_t newest_ms = 0;  ///< event time of the newest fact admitted; 0: none yet
  std::uint32_t records = 0, observations = 0, admitted = 0, quarantined = 0, duplicates = 0,
                late = 0;
  float expected = 0;  ///< records by contract and known devices; 0: cannot be said

  template <class A>
  void fields(A& a) {
    a(dataset, newest_ms, records, observations, admitted, quarantined, duplicates, late, expected);
  }
};
struct IndicatorRow {
  std::int64_t now_ms = 0;
  std::vector<IndicatorSample> datasets;

  template <class A>
  void fields(A& a) {
    a(now_ms, datasets);
  }
};

/// The four indicators (鲜活、完整、有效、重复) that follow from a sample; negative: cannot be
/// said.
struct Health {
  double freshness_s = -1;     ///< age of the newest fact
  double completeness = -1;    ///< records, repeats apart, of those expected; at most 1
  double validity = -1;        ///< share of records that were not quarantined
  double duplicate_rate = -1;  ///< share of records whose id was seen before
  double late_rate = -1;       ///< share of records that came too late
};
Health health(const IndicatorSample& sample, std::int64_t now_ms);
/// Districts' samples of one time as those of the city, by dataset.
IndicatorRow together(std::span<const IndicatorRow> districts);

// Keys.
std::string lane_history_key(std::uint32_t view, model::Step minute, std::uint32_t block);
std::string frame_key(const char* prefix, std::uint32_t view, std::uint32_t block,
                      model::Step step);
std::string indicator_key(std::uint32_t district, model::Step step);
constexpr const char* kLaneHistory = "lanes.samples";
constexpr const char* kVehicleFrames = "vehicles.frames";
constexpr const char* kEventFrames = "events.frames";
constexpr const char* kPlaceFrames = "places.frames";
constexpr const char* kIndicatorHistory = "indicators.samples";
constexpr const char* kIndicators = "indicators";

// Base rows; ids count up from 0.
void put(StepWrite& write, const CityRow& row);
void put(StepWrite& write, std::uint32_t id, const DatasetRow& row);
void put(StepWrite& write, std::uint32_t id, const ViewRow& row);
void put(StepWrite& write, std::uint32_t id, const JunctionRow& row);
void put(StepWrite& write, std::uint32_t id, const RoadRow& row);
void put(StepWrite& write, std::uint32_t id, const LaneRow& row);
void put(StepWrite& write, std::uint32_t id, const PlaceRow& row);
void put_district(StepWrite& write, std::uint32_t id, const std::string& name);
void put_block(StepWrite& write, std::uint32_t id, std::uint32_t district,
               const std::vector<std::uint32_t>& lanes);
void put_device(StepWrite& write, const std::string& scheme, const std::string& device,
                std::uint32_t number, const DeviceRow& row);

/// The minutes [from, to) of a view's history are over their retention; `from` is 0 where they may
/// all still be there.
void expire_history(StepWrite& write, std::uint32_t view, model::Step from_minute,
                    model::Step to_minute);
/// The first minute that is still kept at `now`.
model::Step first_kept_minute(model::Step now, std::uint32_t retention_s);

/// A row of lane_history in place: nothing is copied. What is read of it must outlive it.
class LaneHistoryView {
 public:
  /// Nothing when the bytes are no model::LaneHistoryBlock whose samples are all of as many lanes.
  static std::optional<LaneHistoryView> of(std::string_view value);
  std::uint32_t block() const { return block_; }
  std::size_t samples() const { return samples_; }
  std::size_t lanes() const { return lanes_; }
  model::Step step(std::size_t sample) const;
  model::LaneSample at(std::size_t sample, std::size_t lane) const;
  /// The last sample at or before a Step; samples() when there is none.
  std::size_t last_until(model::Step step) const;

 private:
  std::string_view value_;
  std::uint32_t block_ = 0;
  std::size_t samples_ = 0, lanes_ = 0;
};

}  // namespace citybrain::store
