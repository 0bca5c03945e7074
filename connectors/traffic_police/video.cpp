#include <fmt/format.h>

#include <cmath>

#include "citybrain/v1/records.pb.h"
#include "connectors/beijing_time.h"
#include "connectors/channel.h"
#include "connectors/outlet.h"
#include "connectors/traffic_police/dialect.h"
#include "connectors/traffic_police/traffic_police.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::Result;

namespace {

constexpr const char* kVideoSource = "traffic_police/video";
constexpr const char* kVideoScheme = "traffic_police.camera_lane";
constexpr std::uint64_t kCameras = std::uint64_t{3} << 48;  // keys no other device has

class Video final : public Connector {
 public:
  Video(const ConnectorContext& context, Outlet outlet)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(outlet.publisher)),
        sealing_(std::move(outlet.sealing)),
        channel_(context.models.video_channel, context.seed, runtime::purpose(kVideoSource)),
        plate_channel_(context.models.plate_channel, context.seed,
                       runtime::purpose("traffic_police/plates")),
        reads_plates_(context.wants(schemas::topic::kPlates)),
        plate_key_(random_.bits(runtime::purpose("traffic_police/plate key"), 0)),
        cameras_(cameras(network_)) {}

  std::string_view source() const override { return kVideoSource; }

  Result<void> introduce() override {
    const EventTime start = context_.epoch.at(0);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      v1::IdCrosswalk inventory;
      inventory.set_scheme(kVideoScheme);
      for (const auto& c : cameras_) {
        if (network_[c.junction].district.value != d) continue;
        const auto& road = network_[c.road];
        for (std::uint32_t l = 0; l < road.lanes; ++l) {
          auto* e = inventory.add_entries();
          e->set_own(fmt::format("{}/{}", c.code, kerb_number(road, l)));
          e->set_road(road.name);
          e->set_lane(l);
          e->set_junction(network_[c.junction].name);
          e->set_reach_m(
              static_cast<float>(std::min(context_.models.video.reach_m, road.length_m)));
        }
      }
      publisher_.publish(schemas::topic::kCameraInventory, d, schemas::kIdCrosswalk, start, start,
                         fmt::format("inventory-{}", d), network_.districts[d],
                         inventory.SerializeAsString());
    }
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    const EventTime now = context_.epoch.at(step);
    channel_.arrive(step, context_.epoch, publisher_);
    plate_channel_.arrive(step, context_.epoch, publisher_);
    for (std::size_t i = 0; i < cameras_.size(); ++i) {
      const auto& camera = cameras_[i];
      const auto number = static_cast<std::uint32_t>(i);
      const bool pictures = (step + i) % context_.models.video.interval_s == 0;
      if (!pictures && !reads_plates_) continue;
      if (!context_.city->sensors().works(city_port::Device::kCamera, camera.junction)) continue;
      if (city_port::camera_blind(context_.models.video, random_, camera.junction, number & 0xFFU,
                                  step))
        continue;
      if (pictures && !silent(context_.models.video.dropout, number, step))
        report(camera, number, step);
      if (reads_plates_) report_plates(camera, number, step);
    }
    publisher_.barrier(schemas::topic::kWatermarks, now);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }
  std::string save() const override { return save_state(publisher_, channel_, plate_channel_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, channel_, plate_channel_);
  }

 private:
  void report(const Camera& camera, std::uint32_t number, model::Step step) {
    const auto& road = network_[camera.road];
    report_.Clear();
    report_.set_camera(camera.code);
    const std::int64_t error_ms = clock_error(context_.models.video.clock, number, step);
    report_.set_local_ms(context_.epoch.at(step).ms + error_ms + kBeijingMs);
    for (std::uint32_t l = 0; l < road.lanes; ++l) {
      city_port::read_video(context_.models.video, random_, context_.city->sensors(),
                            model::LaneId{road.first_lane.value + l}, road.length_m, step,
                            reading_);
      auto* lane = report_.add_lanes();
      lane->set_lane_no(kerb_number(road, l));
      lane->set_queue_count(reading_.queued);
      lane->set_queue_length_dm(
          static_cast<std::uint32_t>(std::max(0.0F, reading_.queue_end_m) * 10 + 0.5F));
      lane->set_speed_kmh_x10(static_cast<std::uint32_t>(reading_.mean_speed_mps * 36 + 0.5F));
      for (const auto m : reading_.moving) lane->add_moving(m);
    }
    payload_.clear();
    report_.SerializeToString(&payload_);
    id_.clear();
    fmt::format_to(std::back_inserter(id_), "{}-{}", camera.code, step);
    channel_.send({schemas::topic::kVideoFlow, network_[camera.junction].district.value,
                   schemas::kVideoReport, number, id_, camera.code, payload_, error_ms},
                  step, context_.epoch, publisher_);
  }

  /// What the camera read of those who crossed the stop line, as pseudonyms of the day: plates
  /// never leave the department but sealed.
  void report_plates(const Camera& camera, std::uint32_t number, model::Step step) {
    const auto& road = network_[camera.road];
    const auto& models = context_.models;
    read_.clear();
    for (std::uint32_t l = 0; l < road.lanes; ++l)
      city_port::read_plates(models.plate, random_, context_.city->sensors(),
                             model::LaneId{road.first_lane.value + l}, step, read_);
    if (read_.empty() || silent(models.plate.dropout, number, step)) return;
    const std::int64_t error_ms = clock_error(models.plate.clock, number, step);
    plates_.Clear();
    plates_.set_camera(camera.code);
    plates_.set_local_ms(context_.epoch.at(step).ms + error_ms + kBeijingMs);
    std::uint32_t row = 0;
    for (const auto& p : read_) {
      plates_.add_lane_no(kerb_number(road, network_[p.lane].index));
      plates_.add_plate(pseudonym(p.plate));
      const std::string_view plate(p.plate.data(), p.plate.size());
      sealing_.add("plate", row++, "plate", plate, plate);
    }
    const auto id = fmt::format("p-{}-{}", camera.code, step);
    const auto sealed = sealing_.take({schemas::topic::kPlates, kVideoSource, id});
    plate_channel_.send(
        {schemas::topic::kPlates, network_[camera.junction].district.value, schemas::kPlateReport,
         number, id, camera.code, plates_.SerializeAsString(), error_ms, sealed},
        step, context_.epoch, publisher_);
  }
  std::uint64_t pseudonym(const city_port::Plate& plate) const {
    std::uint64_t h = plate_key_;
    for (const char c : plate) h = runtime::mix(h ^ static_cast<unsigned char>(c));
    return h;
  }
  bool silent(const city_port::DropoutModel& m, std::uint32_t camera, model::Step step) const {
    return city_port::is_silent(m, random_, kCameras | camera, step);
  }
  std::int64_t clock_error(const city_port::ClockModel& m, std::uint32_t camera,
                           model::Step step) const {
    return city_port::clock_error_ms(m, random_, kCameras | camera, step);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  protection::Sealing sealing_;
  Channel channel_;
  Channel plate_channel_;
  bool reads_plates_ = false;
  std::uint64_t plate_key_ = 0;
  std::vector<Camera> cameras_;
  std::vector<city_port::PlateReading> read_;
  traffic_police::v1::PlateReport plates_;
  traffic_police::v1::VideoReport report_;
  city_port::VideoReading reading_;
  std::string payload_, id_;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_video(const ConnectorContext& context) {
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kVideoSource, Seals::kYes));
  return std::unique_ptr<Connector>(std::make_unique<Video>(context, std::move(outlet)));
}

}  // namespace citybrain::connectors
