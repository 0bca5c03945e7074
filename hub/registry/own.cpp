#include "hub/registry/own.h"

#include <citizen_hotline/v1/citizen_hotline.pb.h>
#include <citybrain/v1/cloud.pb.h>
#include <citybrain/v1/hub.pb.h>
#include <citybrain/v1/port.pb.h>
#include <citybrain/v1/protection.pb.h>
#include <citybrain/v1/records.pb.h>
#include <emergency_medical/v1/emergency_medical.pb.h>
#include <fmt/format.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <navigation/v1/navigation.pb.h>
#include <parking/v1/parking.pb.h>
#include <traffic_police/v1/traffic_police.pb.h>
#include <transport/v1/transport.pb.h>

#include <algorithm>

#include "hub/registry/errors.h"
#include "schemas/cloud.h"
#include "schemas/protection.h"

namespace citybrain::registry {
namespace {

struct Place {
  const char* topic;
  schemas::SchemaRef schema;
};

namespace topic = schemas::topic;

constexpr Place kPlaces[] = {{topic::kSignalLoops, schemas::kDetectorReport},
                             {topic::kSignalInventory, schemas::kIdCrosswalk},
                             {topic::kVideoFlow, schemas::kVideoReport},
                             {topic::kCameraInventory, schemas::kIdCrosswalk},
                             {topic::kProbes, schemas::kProbeBatch},
                             {topic::kLinkTable, schemas::kLinkTable},
                             {topic::kPlates, schemas::kPlateReport},
                             {topic::kBusPositions, schemas::kBusReport},
                             {topic::kTaxiPositions, schemas::kPositionReport},
                             {topic::kTerminals, schemas::kFleetTable},
                             {topic::kStops, schemas::kIdCrosswalk},
                             {topic::kAmbulancePositions, schemas::kAmbulanceReport},
                             {topic::kAmbulances, schemas::kFleetTable},
                             {topic::kEmergencyCalls, schemas::kEmergencyCall},
                             {topic::kParkingCounters, schemas::kLotReport},
                             {topic::kParkingLots, schemas::kIdCrosswalk},
                             {topic::kCitizenReports, schemas::kCitizenReport},
                             {topic::kCommands, schemas::kSignalCommand},
                             {topic::kAcks, schemas::kCommandAck},
                             {topic::kWatermarks, schemas::kBarrier},
                             {topic::kDecided, schemas::kBarrier},
                             {topic::kRun, schemas::kRunIdentity},
                             {topic::kPortState, schemas::kPortState},
                             {topic::kPortActuations, schemas::kPortActuations},
                             {topic::kPortReplies, schemas::kPortReplies},
                             {topic::kExchange, schemas::kHubExchange},
                             {topic::kMembers, schemas::kHubMember},
                             {topic::kCloudNodes, schemas::kNodeEvent},
                             {topic::kCloudPlacements, schemas::kPlacementMade},
                             {topic::kCloudServices, schemas::kServiceEvent},
                             {topic::kErasures, schemas::kErasure},
                             {topic::kErasureReceipts, schemas::kErasureReceipt}};

const google::protobuf::FileDescriptor* file_of(std::uint32_t id) {
  switch (id) {
    case 1:
      return v1::SignalCommand::descriptor()->file();
    case 2:
      return traffic_police::v1::DetectorReport::descriptor()->file();
    case 3:
      return navigation::v1::ProbeBatch::descriptor()->file();
    case 4:
      return transport::v1::PositionReport::descriptor()->file();
    case 5:
      return emergency_medical::v1::AmbulanceReport::descriptor()->file();
    case 6:
      return parking::v1::LotReport::descriptor()->file();
    case 7:
      return citizen_hotline::v1::CitizenReport::descriptor()->file();
    case 8:
      return v1::PortState::descriptor()->file();
    case 9:
      return v1::HubExchange::descriptor()->file();
    case 10:
      return v1::NodeEvent::descriptor()->file();
    case 17:
      return v1::SealedFields::descriptor()->file();
    default:
      return nullptr;
  }
}

}  // namespace

std::string json_of(schemas::SchemaRef schema, std::string_view payload) {
  const auto* file = file_of(schema.id);
  if (file == nullptr || schema.index >= static_cast<std::uint32_t>(file->message_type_count()))
    return {};
  const auto* type = file->message_type(static_cast<int>(schema.index));
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  const std::unique_ptr<google::protobuf::Message> message(prototype->New());
  std::string out;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!message->ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
      !google::protobuf::util::MessageToJsonString(*message, &out, options).ok())
    return {};
  return out;
}

std::string subject_of(std::string_view name) { return std::string(name) + "-value"; }

std::vector<OwnSchema> own_schemas() {
  std::vector<OwnSchema> out;
  for (const auto& place : kPlaces) {
    const auto* file = file_of(place.schema.id);
    CITYBRAIN_CHECK(file != nullptr &&
                    place.schema.index < static_cast<std::uint32_t>(file->message_type_count()));
    out.push_back({place.topic, static_cast<int>(place.schema.id), file->DebugString()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.topic < b.topic; });
  return out;
}

model::Result<void> register_own(Registry& registry) {
  const auto all = own_schemas();
  const auto schema = [](const OwnSchema& own) {
    return Schema{Language::kProtobuf, own.text, {}, nullptr, nullptr};
  };
  for (const auto& own : all) {  // all of them may, or none is registered
    CITYBRAIN_ASSIGN(
        why, registry.incompatibilities(subject_of(own.topic), schema(own), std::nullopt, false));
    if (!why.empty())
      return refuse::incompatible(subject_of(own.topic), fmt::format("[{}]", fmt::join(why, ", ")));
  }
  for (const auto& own : all) {
    RegisterOptions options;
    options.id = own.id;
    options.given_id = true;
    CITYBRAIN_TRY(registry.add(subject_of(own.topic), schema(own), options));
  }
  return {};
}

model::Result<void> register_own(network::Log& log) {
  CITYBRAIN_ASSIGN(storage, on_log(log));
  CITYBRAIN_ASSIGN(registry, Registry::open(std::move(storage)));
  return register_own(registry);
}

}  // namespace citybrain::registry
