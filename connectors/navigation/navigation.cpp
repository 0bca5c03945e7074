#include "connectors/navigation/navigation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "connectors/channel.h"
#include "hub/model/datum.h"
#include "navigation/v1/navigation.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::GeoPoint;
using model::Point;
using model::Result;

namespace {

constexpr const char* kSource = "navigation/probes";
constexpr const char* kProvider = "navigation";
/// The company counts its links in its own order: a bijection of the road's index below 2^16, a
/// multiple beyond.
std::uint32_t link_of(model::RoadId road) {
  return 700'000 + ((road.value * 40'503U + 12'345U) & 0xFFFFU) + (road.value >> 16) * 65'536U;
}
/// Every tenth link or so was never registered with the exchange platform.
constexpr double kUnregistered = 0.1;

std::int32_t e6(double degrees) { return static_cast<std::int32_t>(std::lround(degrees * 1e6)); }

/// A road as the company draws it: the plane's points with the datum's shift at its two ends.
struct Drawn {
  GeoPoint from_shift, to_shift;  // GCJ-02 minus CGCS2000, degrees
};

class Navigation final : public Connector {
 public:
  Navigation(const ConnectorContext& context, network::Publisher publisher)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(publisher)),
        channel_(context.models.probe_channel, context.seed, runtime::purpose(kSource)) {
    const GeoPoint a = model::from_plane(network_.anchor, {0, 0}),
                   b = model::from_plane(network_.anchor, {1000, 1000});
    degrees_per_m_ = {(b.lon_deg - a.lon_deg) / 1000, (b.lat_deg - a.lat_deg) / 1000};
    for (const auto& road : network_.roads)
      drawn_.push_back({shift_at(road.shape.front()), shift_at(road.shape.back())});
  }

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    constexpr auto kRegistered = runtime::purpose("navigation/registered");
    const EventTime start = context_.epoch.at(0);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      navigation::v1::LinkTable table;
      for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
        const auto& road = network_.roads[r];
        if (road.district.value != d) continue;
        const GeoPoint from = gcj(road.shape.front(), drawn_[r].from_shift),
                       to = gcj(road.shape.back(), drawn_[r].to_shift);
        table.add_link(link_of(model::RoadId{r}));
        table.add_from_lon_e6(e6(from.lon_deg));
        table.add_from_lat_e6(e6(from.lat_deg));
        table.add_to_lon_e6(e6(to.lon_deg));
        table.add_to_lat_e6(e6(to.lat_deg));
        table.add_unified_road(random_.chance(kUnregistered, kRegistered, r) ? "" : road.name);
      }
      publisher_.publish(schemas::topic::kLinkTable, d, schemas::kLinkTable, start, start,
                         fmt::format("links-{}", d), network_.districts[d],
                         table.SerializeAsString());
    }
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    const EventTime now = context_.epoch.at(step);
    channel_.arrive(step, context_.epoch, publisher_);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) batch(d, step);
    publisher_.barrier(schemas::topic::kWatermarks, now);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }

 private:
  GeoPoint shift_at(const Point& p) const {
    const GeoPoint true_place = model::from_plane(network_.anchor, p);
    const GeoPoint drawn = model::gcj02_from_cgcs2000(true_place);
    return {drawn.lon_deg - true_place.lon_deg, drawn.lat_deg - true_place.lat_deg};
  }
  GeoPoint gcj(const Point& p, const GeoPoint& shift) const {
    return {network_.anchor.lon_deg + p.x * degrees_per_m_.lon_deg + shift.lon_deg,
            network_.anchor.lat_deg + p.y * degrees_per_m_.lat_deg + shift.lat_deg};
  }

  /// Where the client is: along the road's line, `across` metres to its right. The datum's shift
  /// varies by less than a decimetre against a straight line between the ends of a road.
  GeoPoint place(const model::Road& road, const Drawn& drawn, double from_start_m,
                 double across_m) const {
    double left = std::clamp(from_start_m, 0.0, road.length_m);
    const double share = road.length_m > 0 ? left / road.length_m : 0;
    const GeoPoint shift{
        drawn.from_shift.lon_deg + share * (drawn.to_shift.lon_deg - drawn.from_shift.lon_deg),
        drawn.from_shift.lat_deg + share * (drawn.to_shift.lat_deg - drawn.from_shift.lat_deg)};
    for (std::size_t i = 0; i + 1 < road.shape.size(); ++i) {
      const auto& a = road.shape[i];
      const auto& b = road.shape[i + 1];
      const double length = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
      if (left > length && i + 2 < road.shape.size()) {
        left -= length;
        continue;
      }
      const double ux = (b.x - a.x) / length, uy = (b.y - a.y) / length;
      return gcj({a.x + ux * left + uy * across_m, a.y + uy * left - ux * across_m}, shift);
    }
    return gcj(road.shape.back(), shift);
  }

  void batch(std::uint32_t district, model::Step step) {
    constexpr auto kPseudonym = runtime::purpose("navigation/pseudonym");
    batch_.Clear();
    for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
      const auto& road = network_.roads[r];
      if (road.district.value != district) continue;
      readings_.clear();
      for (std::uint32_t l = 0; l < road.lanes; ++l)
        city_port::read_probes(context_.models.probe, random_, context_.city->sensors(),
                               model::LaneId{road.first_lane.value + l}, step, readings_);
      for (const auto& p : readings_) {
        const auto& lane = network_[p.lane];
        const double across = (lane.index + 0.5) * lane.width_m + static_cast<double>(p.across_m);
        const GeoPoint at =
            place(road, drawn_[r], road.length_m - static_cast<double>(p.to_stop_line_m), across);
        batch_.add_device(random_.bits(kPseudonym, p.vehicle.value));
        batch_.add_link(link_of(model::RoadId{r}));
        batch_.add_lon_e6(e6(at.lon_deg));
        batch_.add_lat_e6(e6(at.lat_deg));
        batch_.add_speed_kmh_x10(static_cast<std::uint32_t>(p.speed_mps * 36 + 0.5F));
        batch_.add_next_link(p.next_road.valid() ? link_of(p.next_road) : 0);
      }
    }
    if (batch_.device_size() == 0) return;
    batch_.set_provider(kProvider);
    batch_.set_unix_s(context_.epoch.at(step).ms / 1000);
    channel_.send({schemas::topic::kProbes, district, schemas::kProbeBatch, district,
                   fmt::format("{}-{}", district, step), network_.districts[district],
                   batch_.SerializeAsString()},
                  step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  Channel channel_;
  GeoPoint degrees_per_m_;
  std::vector<Drawn> drawn_;
  std::vector<city_port::ProbeReading> readings_;
  navigation::v1::ProbeBatch batch_;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_navigation(const ConnectorContext& context) {
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(*context.log, kSource));
  return std::unique_ptr<Connector>(std::make_unique<Navigation>(context, std::move(publisher)));
}

}  // namespace citybrain::connectors
