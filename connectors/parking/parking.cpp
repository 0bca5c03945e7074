#include "connectors/parking/parking.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "citybrain/v1/records.pb.h"
#include "connectors/beijing_time.h"
#include "connectors/channel.h"
#include "connectors/outlet.h"
#include "parking/v1/parking.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::Result;

namespace {

constexpr const char* kSource = "parking/counters";
constexpr const char* kScheme = "parking.lot";
constexpr std::uint64_t kLots = std::uint64_t{5} << 48;  // keys no other device has

class Parking final : public Connector {
 public:
  Parking(const ConnectorContext& context, network::Publisher publisher)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(publisher)),
        channel_(context.models.parking_channel, context.seed, runtime::purpose(kSource)) {}

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      v1::IdCrosswalk table;
      table.set_scheme(kScheme);
      for (std::uint32_t i = 0; i < network_.places.size(); ++i) {
        const auto& place = network_.places[i];
        if (place.kind != model::PlaceKind::kParkingLot || !place.road.valid()) continue;
        const auto& road = network_[place.road];
        if (road.district.value != d) continue;
        auto* e = table.add_entries();
        e->set_own(code(i));
        e->set_road(road.name);
        e->set_lane(road.lanes - 1U);
        e->set_place(place.name);
      }
      if (table.entries_size() == 0) continue;
      const EventTime start = context_.epoch.at(0);
      publisher_.publish(schemas::topic::kParkingLots, d, schemas::kIdCrosswalk, start, start,
                         fmt::format("lots-{}", d), network_.districts[d],
                         table.SerializeAsString());
    }
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    channel_.arrive(step, context_.epoch, publisher_);
    const auto& model = context_.models.parking;
    for (const auto& state : context_.city->sensors().parking()) {
      // Only car parks have gates that count; nobody counts at the kerb.
      if (state.place >= network_.places.size() ||
          network_.places[state.place].kind != model::PlaceKind::kParkingLot)
        continue;
      auto& counter = counters_[state.place];
      counter.count(model, random_, state, step);
      if (city_port::ParkingCounter::reports(model, random_, state.place, step))
        report(state.place, counter.read(), step);
    }
    publisher_.barrier(schemas::topic::kWatermarks, context_.epoch.at(step));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }
  std::string save() const override { return save_state(publisher_, channel_, counters_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, channel_, counters_);
  }

 private:
  /// The place code of Hangzhou's districts, and a running number.
  std::string code(std::uint32_t place) const {
    const auto road = network_.places[place].road;
    const std::uint32_t district = road.valid() ? network_[road].district.value : 0;
    return fmt::format("P3301{:02}-{:04}", district + 1, place + 1);
  }

  void report(std::uint32_t place, const city_port::ParkingReading& r, model::Step step) {
    const std::uint64_t device = kLots | place;
    const std::int64_t error_ms =
        city_port::clock_error_ms(context_.models.parking.clock, random_, device, step);
    report_.set_lot_code(code(place));
    report_.set_report_time(beijing_digits(nearest_second(context_.epoch.at(step) + error_ms)));
    report_.set_entries(r.entries);
    report_.set_exits(r.exits);
    report_.set_free_berths(r.free);
    report_.set_total_berths(r.capacity);
    const auto road = network_.places[place].road;
    channel_.send(
        {schemas::topic::kParkingCounters, road.valid() ? network_[road].district.value : 0,
         schemas::kLotReport, device, fmt::format("{}-{}", report_.lot_code(), step),
         report_.lot_code(), report_.SerializeAsString(), error_ms},
        step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  Channel channel_;
  std::map<std::uint32_t, city_port::ParkingCounter> counters_;  // by place
  parking::v1::LotReport report_;
};

}  // namespace

bool has_parking(const ConnectorContext& context) {
  const auto& places = context.city->network().places;
  return context.wants(schemas::topic::kParkingCounters) &&
         std::any_of(places.begin(), places.end(),
                     [](const model::Place& p) { return p.kind == model::PlaceKind::kParkingLot; });
}

Result<std::unique_ptr<Connector>> make_parking(const ConnectorContext& context) {
  if (!context.is_present && !has_parking(context)) return std::unique_ptr<Connector>();
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSource));
  return std::unique_ptr<Connector>(
      std::make_unique<Parking>(context, std::move(outlet.publisher)));
}

}  // namespace citybrain::connectors
