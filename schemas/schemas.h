// Schema ids of the messages on the network (Confluent framing: 0x00, big-endian id, message
// indexes, payload). A message has a schema of its own in the registry (hub/registry/own.h), in
// which it stands first: its index is 0, the only one that every outside client knows. An id, once
// given, is never given to another schema; 1 to 10 stood for whole .proto files.
#pragma once

#include <cstdint>

namespace citybrain::schemas {

struct SchemaRef {
  std::uint32_t id = 0;
  std::uint32_t index = 0;  ///< the message's place in the schema
  friend constexpr bool operator==(SchemaRef, SchemaRef) = default;
};

constexpr SchemaRef kSignalCommand{11};
constexpr SchemaRef kCommandAck{12};
constexpr SchemaRef kBarrier{13};
constexpr SchemaRef kIdCrosswalk{14};
constexpr SchemaRef kFleetTable{15};
constexpr SchemaRef kTruthBlock{16};  // not Protobuf: scenarios/evaluator/truth_log.h
constexpr SchemaRef kDetectorReport{17};
constexpr SchemaRef kVideoReport{18};
constexpr SchemaRef kPlateReport{19};
constexpr SchemaRef kProbeBatch{20};
constexpr SchemaRef kLinkTable{21};
constexpr SchemaRef kPositionReport{22};
constexpr SchemaRef kBusReport{23};
constexpr SchemaRef kAmbulanceReport{24};
constexpr SchemaRef kEmergencyCall{25};
constexpr SchemaRef kLotReport{26};
constexpr SchemaRef kCitizenReport{27};
constexpr SchemaRef kPortState{28};
constexpr SchemaRef kPortActuations{29};
constexpr SchemaRef kPortReplies{30};
constexpr SchemaRef kRunIdentity{31};
constexpr SchemaRef kHubExchange{32};
constexpr SchemaRef kHubMember{33};

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
