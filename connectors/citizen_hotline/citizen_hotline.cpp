#include "connectors/citizen_hotline/citizen_hotline.h"

#include <fmt/format.h>

#include "citizen_hotline/v1/citizen_hotline.pb.h"
#include "connectors/beijing_time.h"
#include "connectors/call_centre.h"
#include "connectors/channel.h"
#include "connectors/city_port/road_map.h"
#include "connectors/outlet.h"

namespace citybrain::connectors {

using city_port::Call;
using model::Result;

namespace {

constexpr const char* kSource = "citizen_hotline/sheets";

/// The hotlines' own numbers of what calls are about.
std::uint32_t category(Call::Kind kind) {
  switch (kind) {
    case Call::Kind::kIncident:
      return 101;
    case Call::Kind::kFlood:
      return 203;
    case Call::Kind::kParking:
      return 305;
    case Call::Kind::kMedical:
      break;  // these go to 120
  }
  return 0;
}

class CitizenHotline final : public Connector {
 public:
  CitizenHotline(const ConnectorContext& context, Outlet outlet)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(outlet.publisher)),
        sealing_(std::move(outlet.sealing)),
        channel_(context.models.call_channel, context.seed, runtime::purpose(kSource)),
        map_(network_, city_port::RoadMap::Datum::kGcj02),
        centre_(context.models.call, network_, random_) {}

  std::string_view source() const override { return kSource; }
  Result<void> introduce() override { return {}; }

  Result<void> observe(model::Step step) override {
    channel_.arrive(step, context_.epoch, publisher_);
    for (const auto& c : centre_.take(context_.city->sensors(), step))
      if (category(c.kind) != 0) report(c, step);
    publisher_.barrier(schemas::topic::kWatermarks, context_.epoch.at(step));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }
  std::string save() const override { return save_state(publisher_, channel_, centre_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, channel_, centre_);
  }

 private:
  void report(const city_port::CallReading& c, model::Step step) {
    const bool accident = c.kind == Call::Kind::kIncident;
    const char* hotline = accident ? "122" : "12345";
    const std::int64_t error_ms = city_port::clock_error_ms(
        context_.models.call.clock, random_, runtime::purpose(kSource) + accident, step);
    sheet_.Clear();
    sheet_.set_sheet_no(CallCentre::number(hotline, random_, c));
    sheet_.set_hotline(hotline);
    sheet_.set_local_ms(context_.epoch.at(step).ms + error_ms + kBeijingMs);
    sheet_.set_category(category(c.kind));
    sheet_.set_urgency(c.severity);
    sheet_.set_place(CallCentre::place(network_, c));
    if (c.located) {
      const auto at = map_.near(c.road, static_cast<double>(c.at_m), static_cast<double>(c.east_m),
                                static_cast<double>(c.north_m));
      sheet_.set_located(true);
      sheet_.set_lon_e6(city_port::fixed_degrees(at.lon_deg, 1e6));
      sheet_.set_lat_e6(city_port::fixed_degrees(at.lat_deg, 1e6));
    }
    const auto citizen = fmt::format("{}", c.number);
    sealing_.add("sheet_no", 0, "citizen", citizen, citizen);
    sealing_.add("place", 0, "citizen", citizen, sheet_.place());
    const auto sealed =
        sealing_.take({schemas::topic::kCitizenReports, kSource, sheet_.sheet_no()});
    channel_.send({schemas::topic::kCitizenReports, network_[c.road].district.value,
                   schemas::kCitizenReport, c.number, sheet_.sheet_no(), sheet_.sheet_no(),
                   sheet_.SerializeAsString(), error_ms, sealed},
                  step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  protection::Sealing sealing_;
  Channel channel_;
  city_port::RoadMap map_;
  CallCentre centre_;
  citizen_hotline::v1::CitizenReport sheet_;
};

}  // namespace

bool has_citizen_hotline(const ConnectorContext& context) {
  return context.wants(schemas::topic::kCitizenReports);
}

Result<std::unique_ptr<Connector>> make_citizen_hotline(const ConnectorContext& context) {
  if (!context.is_present && !has_citizen_hotline(context)) return std::unique_ptr<Connector>();
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSource, Seals::kYes));
  return std::unique_ptr<Connector>(std::make_unique<CitizenHotline>(context, std::move(outlet)));
}

}  // namespace citybrain::connectors
