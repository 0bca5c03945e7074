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
constexpr SchemaRef kTruthStep{1, 4};
constexpr SchemaRef kDetectorReport{2, 0};
constexpr SchemaRef kVideoReport{2, 1};
constexpr SchemaRef kProbeBatch{3, 0};
constexpr SchemaRef kLinkTable{3, 1};

/// Names of the topics; a topic a dataset, and the system's own.
namespace topic {
constexpr const char* kSignalLoops = "traffic_police.signal_loops";
constexpr const char* kSignalInventory = "traffic_police.signal_inventory";
constexpr const char* kVideoFlow = "traffic_police.video_flow";
constexpr const char* kCameraInventory = "traffic_police.camera_inventory";
constexpr const char* kProbes = "navigation.probes";
constexpr const char* kLinkTable = "navigation.link_table";
constexpr const char* kCommands = "hub.commands";
constexpr const char* kAcks = "hub.acks";
constexpr const char* kWatermarks = "control.watermarks";
constexpr const char* kDecided = "control.decided";
constexpr const char* kTruth = "truth.city";
}  // namespace topic

}  // namespace citybrain::schemas
