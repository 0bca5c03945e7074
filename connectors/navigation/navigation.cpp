#include "connectors/navigation/navigation.h"

#include <fmt/format.h>

#include "connectors/channel.h"
#include "connectors/city_port/road_map.h"
#include "connectors/outlet.h"
#include "navigation/v1/navigation.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::GeoPoint;
using model::Result;

namespace {

constexpr const char* kSource = "navigation/probes";
constexpr const char* kProvider = "navigation";
constexpr std::uint64_t kServer = runtime::purpose("navigation/server");
/// The company counts its links in its own order: a bijection of the road's index below 2^16, a
/// multiple beyond.
std::uint32_t link_of(model::RoadId road) {
  return 700'000 + ((road.value * 40'503U + 12'345U) & 0xFFFFU) + (road.value >> 16) * 65'536U;
}
/// Every tenth link or so was never registered with the exchange platform.
constexpr double kUnregistered = 0.1;

std::int32_t e6(double degrees) { return city_port::fixed_degrees(degrees, 1e6); }

class Navigation final : public Connector {
 public:
  Navigation(const ConnectorContext& context, Outlet outlet)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(outlet.publisher)),
        sealing_(std::move(outlet.sealing)),
        channel_(context.models.probe_channel, context.seed, runtime::purpose(kSource)),
        map_(network_, city_port::RoadMap::Datum::kGcj02) {}

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    constexpr auto kRegistered = runtime::purpose("navigation/registered");
    const EventTime start = context_.epoch.at(0);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      navigation::v1::LinkTable table;
      for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
        const auto& road = network_.roads[r];
        if (road.district.value != d) continue;
        const GeoPoint from = map_.beginning(model::RoadId{r}), to = map_.end(model::RoadId{r});
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
  std::string save() const override { return save_state(publisher_, channel_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, channel_);
  }

 private:
  void batch(std::uint32_t district, model::Step step) {
    constexpr auto kPseudonym = runtime::purpose("navigation/pseudonym");
    batch_.Clear();
    for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
      const auto& road = network_.roads[r];
      if (road.district.value != district) continue;
      readings_.clear();
      for (std::uint32_t l = 0; l < road.lanes; ++l)
        city_port::read_probes(context_.models.probe, random_, context_.city->sensors(),
                               model::LaneId{road.first_lane.value + l}, model::RoadId{r}, step,
                               readings_);
      for (const auto& p : readings_) {
        const auto& lane = network_[p.lane];
        const double across = (lane.index + 0.5) * lane.width_m + static_cast<double>(p.across_m);
        const GeoPoint at = map_.at(model::RoadId{r},
                                    road.length_m - static_cast<double>(p.to_stop_line_m), across);
        if (sealing_.is_on()) {
          const auto client = fmt::format("{}", p.vehicle.value);
          sealing_.add("device", static_cast<std::uint32_t>(batch_.device_size()), "client", client,
                       client);
        }
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
    const std::int64_t error_ms =
        city_port::clock_error_ms(context_.models.probe.clock, random_, kServer, step);
    batch_.set_unix_s((context_.epoch.at(step).ms + error_ms + 500) / 1000);
    const auto id = fmt::format("{}-{}", district, step);
    const auto sealed = sealing_.take({schemas::topic::kProbes, kSource, id});
    channel_.send({schemas::topic::kProbes, district, schemas::kProbeBatch, district, id,
                   network_.districts[district], batch_.SerializeAsString(), error_ms, sealed},
                  step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  protection::Sealing sealing_;
  Channel channel_;
  city_port::RoadMap map_;
  std::vector<city_port::ProbeReading> readings_;
  navigation::v1::ProbeBatch batch_;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_navigation(const ConnectorContext& context) {
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSource, Seals::kYes));
  return std::unique_ptr<Connector>(std::make_unique<Navigation>(context, std::move(outlet)));
}

}  // namespace citybrain::connectors
