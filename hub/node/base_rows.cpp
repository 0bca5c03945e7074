// The base database: the road network, places, datasets and views, and where things are.
#include <algorithm>
#include <cmath>

#include "hub/model/archive.h"
#include "hub/model/datum.h"
#include "hub/node/rows.h"
#include "hub/store/place_index.h"
#include "hub/store/rows.h"

namespace citybrain::node {

using store::Family;
using store::Key;

namespace {

constexpr double kPointEvery_m = 50;  // of a road in the index by place

/// The point at `along_m` of a line, its end beyond that.
model::Point point_at(const std::vector<model::Point>& shape, double along_m) {
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
    const auto &a = shape[i], &b = shape[i + 1];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    if (along_m <= length && length > 0) {
      const double share = along_m / length;
      return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
    }
    along_m -= length;
  }
  return shape.back();
}

double length_of(const std::vector<model::Point>& shape) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i)
    sum += std::hypot(shape[i + 1].x - shape[i].x, shape[i + 1].y - shape[i].y);
  return sum;
}

void write_junctions(const model::RoadNetwork& network, store::StepWrite& write) {
  for (std::uint32_t i = 0; i < network.junctions.size(); ++i) {
    const auto& j = network.junctions[i];
    put(write, i,
        store::JunctionRow{j.name, j.at.x, j.at.y, j.boundary, j.signalised, j.district,
                           static_cast<std::uint32_t>(j.phases.size()), j.intergreen_s});
    put_point(write, store::Thing::kJunction, i, 0, model::from_plane(network.anchor, j.at));
  }
}

void write_roads(const model::RoadNetwork& network, store::StepWrite& write) {
  for (std::uint32_t i = 0; i < network.roads.size(); ++i) {
    const auto& r = network.roads[i];
    put(write, i,
        store::RoadRow{r.name, r.from, r.to, r.length_m, r.first_lane, r.lanes, r.district});
    const double length = length_of(r.shape);
    const auto pieces = static_cast<std::uint32_t>(std::ceil(length / kPointEvery_m));
    for (std::uint32_t n = 0; n <= pieces; ++n) {
      const double along = pieces == 0 ? 0 : length * n / pieces;
      put_point(write, store::Thing::kRoad, i, n,
                model::from_plane(network.anchor, point_at(r.shape, along)));
    }
  }
  for (std::uint32_t i = 0; i < network.lanes.size(); ++i) {
    const auto& l = network.lanes[i];
    put(write, i, store::LaneRow{l.road, l.index, l.width_m, l.speed_limit_mps});
  }
}

void write_places(const model::RoadNetwork& network, store::StepWrite& write) {
  for (std::uint32_t i = 0; i < network.places.size(); ++i) {
    const auto& p = network.places[i];
    put(write, i, store::PlaceRow{p.name, p.kind, p.road, p.at_m, p.capacity});
    put_point(write, store::Thing::kPlace, i, 0,
              model::from_plane(network.anchor, point_at(network[p.road].shape, p.at_m)));
  }
}

void write_parts(const model::RoadNetwork& network, const model::Districts& districts,
                 store::StepWrite& write) {
  for (std::uint32_t d = 0; d < network.districts.size(); ++d)
    put_district(write, d, network.districts[d]);
  for (std::uint32_t b = 0; b < districts.blocks.size(); ++b) {
    std::vector<std::uint32_t> lanes;
    for (const auto lane : districts.blocks[b].lanes) lanes.push_back(lane.value);
    put_block(write, b, districts.blocks[b].district.value, lanes);
  }
}

void write_contracts(const catalog::Catalog& catalog, store::StepWrite& write) {
  for (const auto& c : catalog.contracts()) {
    model::Writer w;
    w(c.dataset, c.version, c.department, c.lead_source, c.message, c.id_scheme, c.maximum_delay_s,
      c.sharing);
    write.put(Family::kCatalogue, Key().text(c.dataset).view(), w.bytes());
    put(write, c.id.value,
        store::DatasetRow{c.dataset, c.department, c.freshness_s, c.frequency_s, c.maximum_delay_s,
                          c.retention_s});
  }
}

}  // namespace

std::uint32_t retention_of(const ViewSpec& view, const catalog::Catalog& catalog) {
  double shortest = 0;
  for (const auto& c : catalog.contracts())
    if (view.grants.has(c.id) && c.retention_s > 0)
      shortest = shortest > 0 ? std::min(shortest, c.retention_s) : c.retention_s;
  return static_cast<std::uint32_t>(std::min(shortest, 4e9));
}

void write_base(const Board& board, store::StepWrite& write) {
  const auto& network = board.network;
  put(write, store::CityRow{network.name, board.options.epoch.start.ms, network.anchor.lon_deg,
                            network.anchor.lat_deg, true});
  write_junctions(network, write);
  write_roads(network, write);
  write_places(network, write);
  write_parts(network, board.districts, write);
  write_contracts(board.catalog, write);
  for (std::uint32_t v = 0; v < board.options.views.size(); ++v) {
    const auto& view = board.options.views[v];
    put(write, v, store::ViewRow{view.name, view.grants.bits, board.retention_s[v]});
  }
}

void write_devices(const access::Tables& tables, store::StepWrite& write) {
  for (const auto& [scheme, devices] : tables.crosswalk)
    for (const auto& [device, targets] : devices)
      for (std::uint32_t n = 0; n < targets.size(); ++n)
        put_device(write, scheme, device, n,
                   store::DeviceRow{targets[n].junction, targets[n].lane, targets[n].road,
                                    targets[n].reach_m});
}

}  // namespace citybrain::node
