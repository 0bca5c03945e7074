#include <fmt/format.h>

#include <cmath>

#include "citybrain/v1/records.pb.h"
#include "connectors/channel.h"
#include "connectors/traffic_police/dialect.h"
#include "connectors/traffic_police/traffic_police.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::connectors {

using model::EventTime;
using model::Result;

namespace {

constexpr const char* kSource = "traffic_police/video";
constexpr const char* kScheme = "traffic_police.camera_lane";

class Video final : public Connector {
 public:
  Video(const ConnectorContext& context, network::Publisher publisher)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(publisher)),
        channel_(context.models.video_channel, context.seed, runtime::purpose(kSource)),
        cameras_(cameras(network_)) {}

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    const EventTime start = context_.epoch.at(0);
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      v1::IdCrosswalk inventory;
      inventory.set_scheme(kScheme);
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
    for (std::size_t i = 0; i < cameras_.size(); ++i) {
      if ((step + i) % context_.models.video.interval_s != 0) continue;
      if (!context_.city->sensors().works(city_port::Device::kCamera, cameras_[i].junction))
        continue;
      const auto number = static_cast<std::uint32_t>(i);
      if (!city_port::camera_blind(context_.models.video, random_, cameras_[i].junction,
                                   number & 0xFFU, step))
        report(cameras_[i], number, step);
    }
    publisher_.barrier(schemas::topic::kWatermarks, now);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }

 private:
  void report(const Camera& camera, std::uint32_t number, model::Step step) {
    const auto& road = network_[camera.road];
    report_.Clear();
    report_.set_camera(camera.code);
    report_.set_local_ms(context_.epoch.at(step).ms + kBeijingMs);
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
                   schemas::kVideoReport, number, id_, camera.code, payload_},
                  step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  Channel channel_;
  std::vector<Camera> cameras_;
  traffic_police::v1::VideoReport report_;
  city_port::VideoReading reading_;
  std::string payload_, id_;
};

}  // namespace

Result<std::unique_ptr<Connector>> make_video(const ConnectorContext& context) {
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(*context.log, kSource));
  return std::unique_ptr<Connector>(std::make_unique<Video>(context, std::move(publisher)));
}

}  // namespace citybrain::connectors
