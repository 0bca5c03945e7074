// The traffic police's systems as they really are: signal control with stop-line loops (cabinets,
// detector numbers, Beijing time as text) and video (camera codes, lanes counted from the kerb,
// km/h, local milliseconds). They share poles, not data. dialect.md describes both.
#pragma once

#include <memory>

#include "connectors/connector.h"

namespace citybrain::connectors {

/// Publishes traffic_police.signal_loops and .signal_inventory; applies signal commands and
/// acknowledges on hub.acks.
model::Result<std::unique_ptr<Connector>> make_signal_control(const ConnectorContext& context);
/// Publishes traffic_police.video_flow and .camera_inventory.
model::Result<std::unique_ptr<Connector>> make_video(const ConnectorContext& context);

}  // namespace citybrain::connectors
