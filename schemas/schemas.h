// Schema ids of the messages on the network (Confluent framing: 0x00, big-endian id, message
// indexes, payload). An id, once given, is never given to another message. Index is the message's
// place in its .proto file.
#pragma once

#include <cstdint>

namespace citybrain::schemas {

struct SchemaRef {
  std::uint32_t id = 0;
  std::uint32_t index = 0;
  friend constexpr bool operator==(SchemaRef, SchemaRef) = default;
};

constexpr SchemaRef kSignalCommand{1, 0};
constexpr SchemaRef kCommandAck{1, 1};
constexpr SchemaRef kBarrier{1, 2};
constexpr SchemaRef kIdCrosswalk{1, 3};
constexpr SchemaRef kFleetTable{1, 5};
constexpr SchemaRef kTruthBlock{1, 6};  // not Protobuf: scenarios/evaluator/truth_log.h
constexpr SchemaRef kDetectorReport{2, 0};
constexpr SchemaRef kVideoReport{2, 1};
constexpr SchemaRef kPlateReport{2, 2};
constexpr SchemaRef kProbeBatch{3, 0};
constexpr SchemaRef kLinkTable{3, 1};
constexpr SchemaRef kPositionReport{4, 0};
constexpr SchemaRef kBusReport{4, 1};
constexpr SchemaRef kAmbulanceReport{5, 0};
constexpr SchemaRef kEmergencyCall{5, 1};
constexpr SchemaRef kLotReport{6, 0};
constexpr SchemaRef kCitizenReport{7, 0};
constexpr SchemaRef kPortState{8, 0};
constexpr SchemaRef kPortActuations{8, 1};
constexpr SchemaRef kPortReplies{8, 2};
constexpr SchemaRef kRunIdentity{8, 3};
constexpr SchemaRef kHubExchange{9, 0};
constexpr SchemaRef kHubMember{9, 1};

/// Names of the topics; a topic a dataset, and the system's own.
namespace topic {
constexpr const char* kSignalLoops = "traffic_police.signal_loops";
constexpr const char* kSignalInventory = "traffic_police.signal_inventory";
constexpr const char* kVideoFlow = "traffic_police.video_flow";
constexpr const char* kCameraInventory = "traffic_police.camera_inventory";
constexpr const char* kProbes = "navigation.probes";
constexpr const char* kLinkTable = "navigation.link_table";
constexpr const char* kPlates = "traffic_police.plates";
constexpr const char* kBusPositions = "transport.bus_positions";
constexpr const char* kTaxiPositions = "transport.taxi_positions";
constexpr const char* kTerminals = "transport.terminals";
constexpr const char* kStops = "transport.stops";
constexpr const char* kAmbulancePositions = "emergency_medical.ambulance_positions";
constexpr const char* kAmbulances = "emergency_medical.ambulances";
constexpr const char* kEmergencyCalls = "emergency_medical.calls";
constexpr const char* kParkingCounters = "parking.counters";
constexpr const char* kParkingLots = "parking.lots";
constexpr const char* kCitizenReports = "citizen_hotline.reports";
constexpr const char* kCommands = "hub.commands";
constexpr const char* kAcks = "hub.acks";
constexpr const char* kWatermarks = "control.watermarks";
constexpr const char* kDecided = "control.decided";
constexpr const char* kTruth = "truth.city";
// Where the parts of a run are processes of their own.
constexpr const char* kRun = "control.run";
constexpr const char* kPortState = "port.state";
constexpr const char* kPortActuations = "port.actuations";
constexpr const char* kPortReplies = "port.replies";
constexpr const char* kExchange = "hub.exchange";
constexpr const char* kMembers = "control.hubs";
}  // namespace topic

}  // namespace citybrain::schemas
