// Strong identifiers. Each names one kind of thing and is a dense index into the table of that kind
// (the road network's lanes, the catalogue's datasets, ...), so that state can be columns. kNone
// marks "no such thing".
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace citybrain::model {

template <class Tag>
struct Id {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t value = kNone;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t v) : value(v) {}
  constexpr bool valid() const { return value != kNone; }
  friend constexpr auto operator<=>(Id, Id) = default;

  template <class A>
  void fields(A& a) {
    a(value);
  }
};

using JunctionId = Id<struct JunctionTag>;
using RoadId = Id<struct RoadTag>;  // one directed road (segment) between two junctions
using LaneId = Id<struct LaneTag>;
using MovementId = Id<struct MovementTag>;  // from one road to another through a junction
using VehicleId = Id<struct VehicleTag>;
using DistrictId = Id<struct DistrictTag>;
using DatasetId = Id<struct DatasetTag>;  // index in the catalogue; at most kMaxDatasets
using DeskId = Id<struct DeskTag>;
using ViewId = Id<struct ViewTag>;

constexpr std::uint32_t kMaxDatasets = 64;

/// A set of datasets, one bit each: the sources of an estimate, the grants of a view.
struct SourceMask {
  std::uint64_t bits = 0;
  constexpr bool has(DatasetId d) const {
    return d.value < kMaxDatasets && ((bits >> d.value) & 1u) != 0;
  }
  constexpr void add(DatasetId d) { bits |= std::uint64_t{1} << d.value; }
  friend constexpr SourceMask operator|(SourceMask a, SourceMask b) { return {a.bits | b.bits}; }
  friend constexpr auto operator<=>(SourceMask, SourceMask) = default;

  template <class A>
  void fields(A& a) {
    a(bits);
  }
};

}  // namespace citybrain::model
