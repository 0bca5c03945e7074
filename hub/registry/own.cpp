#include "hub/registry/own.h"

#include <citizen_hotline/v1/citizen_hotline.pb.h>
#include <citybrain/v1/cloud.pb.h>
#include <citybrain/v1/governance.pb.h>
#include <citybrain/v1/hub.pb.h>
#include <citybrain/v1/port.pb.h>
#include <citybrain/v1/protection.pb.h>
#include <citybrain/v1/records.pb.h>
#include <emergency_medical/v1/emergency_medical.pb.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <navigation/v1/navigation.pb.h>
#include <parking/v1/parking.pb.h>
#include <traffic_police/v1/traffic_police.pb.h>
#include <transport/v1/transport.pb.h>

#include <algorithm>
#include <iterator>

#include "hub/registry/errors.h"
#include "schemas/audit.h"
#include "schemas/cloud.h"
#include "schemas/governance.h"
#include "schemas/protection.h"

namespace citybrain::registry {
namespace {

using google::protobuf::Descriptor;
namespace topic = schemas::topic;

/// A topic, the schema of its values, and the message that stands first in it.
struct Place {
  const char* topic;
  schemas::SchemaRef schema;
  const Descriptor* (*message)();
};

constexpr Place kPlaces[] = {
    {topic::kSignalLoops, schemas::kDetectorReport, traffic_police::v1::DetectorReport::descriptor},
    {topic::kSignalInventory, schemas::kIdCrosswalk, v1::IdCrosswalk::descriptor},
    {topic::kVideoFlow, schemas::kVideoReport, traffic_police::v1::VideoReport::descriptor},
    {topic::kCameraInventory, schemas::kIdCrosswalk, v1::IdCrosswalk::descriptor},
    {topic::kProbes, schemas::kProbeBatch, navigation::v1::ProbeBatch::descriptor},
    {topic::kLinkTable, schemas::kLinkTable, navigation::v1::LinkTable::descriptor},
    {topic::kPlates, schemas::kPlateReport, traffic_police::v1::PlateReport::descriptor},
    {topic::kBusPositions, schemas::kBusReport, transport::v1::BusReport::descriptor},
    {topic::kTaxiPositions, schemas::kPositionReport, transport::v1::PositionReport::descriptor},
    {topic::kTerminals, schemas::kFleetTable, v1::FleetTable::descriptor},
    {topic::kStops, schemas::kIdCrosswalk, v1::IdCrosswalk::descriptor},
    {topic::kAmbulancePositions, schemas::kAmbulanceReport,
     emergency_medical::v1::AmbulanceReport::descriptor},
    {topic::kAmbulances, schemas::kFleetTable, v1::FleetTable::descriptor},
    {topic::kEmergencyCalls, schemas::kEmergencyCall,
     emergency_medical::v1::EmergencyCall::descriptor},
    {topic::kParkingCounters, schemas::kLotReport, parking::v1::LotReport::descriptor},
    {topic::kParkingLots, schemas::kIdCrosswalk, v1::IdCrosswalk::descriptor},
    {topic::kCitizenReports, schemas::kCitizenReport,
     citizen_hotline::v1::CitizenReport::descriptor},
    {topic::kCommands, schemas::kSignalCommand, v1::SignalCommand::descriptor},
    {topic::kAcks, schemas::kCommandAck, v1::CommandAck::descriptor},
    {topic::kAudit, schemas::kAuditSeal, v1::AuditSeal::descriptor},
    {topic::kWatermarks, schemas::kBarrier, v1::Barrier::descriptor},
    {topic::kDecided, schemas::kBarrier, v1::Barrier::descriptor},
    {topic::kRun, schemas::kRunIdentity, v1::RunIdentity::descriptor},
    {topic::kPortState, schemas::kPortState, v1::PortState::descriptor},
    {topic::kPortActuations, schemas::kPortActuations, v1::PortActuations::descriptor},
    {topic::kPortReplies, schemas::kPortReplies, v1::PortReplies::descriptor},
    {topic::kExchange, schemas::kHubExchange, v1::HubExchange::descriptor},
    {topic::kMembers, schemas::kHubMember, v1::HubMember::descriptor},
    {topic::kCloudNodes, schemas::kNodeEvent, v1::NodeEvent::descriptor},
    {topic::kCloudPlacements, schemas::kPlacementMade, v1::PlacementMade::descriptor},
    {topic::kCloudServices, schemas::kServiceEvent, v1::ServiceEvent::descriptor},
    {topic::kGovernance, schemas::kGovernanceEvent, v1::GovernanceEvent::descriptor},
    {topic::kErasures, schemas::kErasure, v1::Erasure::descriptor},
    {topic::kErasureReceipts, schemas::kErasureReceipt, v1::ErasureReceipt::descriptor}};

/// The message, then the others of its file that it refers to, each once.
void collect(const Descriptor* message, std::vector<const Descriptor*>& out);

void collect_of_fields(const Descriptor* message, std::vector<const Descriptor*>& out) {
  for (int i = 0; i < message->field_count(); ++i)
    if (const auto* type = message->field(i)->message_type(); type != nullptr) {
      while (type->containing_type() != nullptr) type = type->containing_type();
      collect(type, out);
    }
  for (int i = 0; i < message->nested_type_count(); ++i)
    collect_of_fields(message->nested_type(i), out);
}

void collect(const Descriptor* message, std::vector<const Descriptor*>& out) {
  if (std::find(out.begin(), out.end(), message) != out.end()) return;
  out.push_back(message);
  collect_of_fields(message, out);
}

/// A .proto file of the message and what it needs, the message first: its index on the wire is 0,
/// which is the only one that some clients know.
std::string text_of(const Descriptor* message) {
  std::vector<const Descriptor*> all;
  collect(message, all);
  google::protobuf::FileDescriptorProto file;
  file.set_name(message->full_name() + ".proto");
  file.set_package(message->file()->package());
  file.set_syntax("proto3");
  for (const auto* m : all) {
    CITYBRAIN_CHECK(m->file() == message->file());  // one file needs no references
    m->CopyTo(file.add_message_type());
  }
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  CITYBRAIN_CHECK(built != nullptr);
  return built->DebugString();
}

}  // namespace

std::string json_of(schemas::SchemaRef schema, std::string_view payload) {
  const auto* place = std::find_if(std::begin(kPlaces), std::end(kPlaces),
                                   [schema](const Place& p) { return p.schema == schema; });
  if (place == std::end(kPlaces)) return {};
  const auto* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(place->message());
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
    CITYBRAIN_CHECK(place.schema.index == 0);
    out.push_back({place.topic, static_cast<int>(place.schema.id), text_of(place.message())});
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
