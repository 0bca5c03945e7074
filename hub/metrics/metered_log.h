// A log that counts: records and bytes each way by topic, how long acknowledgements take, how far
// its readers are behind (lag), and how far each source is behind the others (watermark lag).
// Passes everything on unchanged. Lags are found out when a text is asked for: with Kafka that asks
// the brokers. Threading: as the log behind it. `metrics` must outlive it.
#pragma once

#include <memory>

#include "hub/metrics/metrics.h"
#include "hub/network/network.h"

namespace citybrain::metrics {

std::unique_ptr<network::Log> metered(std::unique_ptr<network::Log> log, Metrics& metrics);

}  // namespace citybrain::metrics
