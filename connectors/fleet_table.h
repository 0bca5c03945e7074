// A fleet: whether a city has one, and its crosswalk: which of its units were heard of already, and
// the table of those that were not. One thread.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "citybrain/v1/records.pb.h"
#include "connectors/city_port/city_port.h"

namespace citybrain::connectors {

/// Whether the city has such vehicles, or places for them.
inline bool has_fleet(const city_port::City& city, city_port::Role role, model::PlaceKind home) {
  const auto fleet = city.sensors().fleet();
  const auto& places = city.network().places;
  return std::any_of(fleet.begin(), fleet.end(),
                     [&](const city_port::FleetVehicle& v) { return v.role == role; }) ||
         std::any_of(places.begin(), places.end(),
                     [&](const model::Place& p) { return p.kind == home; });
}

class FleetRegister {
 public:
  FleetRegister(city_port::Role role, std::string scheme) : role_(role) {
    table_.set_scheme(std::move(scheme));
  }

  bool knows(std::uint32_t unit) const { return known_.contains(unit); }
  /// The units of the fleet that nobody was told of yet, by `name_of(unit)`; nullptr without any.
  template <class NameOf>
  const v1::FleetTable* newcomers(const city_port::Sensors& sensors, const NameOf& name_of) {
    table_.clear_own();
    table_.clear_number();
    for (const auto& v : sensors.fleet()) {
      if (v.role != role_ || !known_.insert(v.unit).second) continue;
      table_.add_own(name_of(v.unit));
      table_.add_number(v.unit);
    }
    return table_.own_size() > 0 ? &table_ : nullptr;
  }

  template <class A>
  void fields(A& a) {
    std::vector<std::uint32_t> units(known_.begin(), known_.end());
    a(units);
    if constexpr (!A::kWriting) known_ = {units.begin(), units.end()};
  }

 private:
  city_port::Role role_;
  v1::FleetTable table_;
  std::set<std::uint32_t> known_;
};

}  // namespace citybrain::connectors
