// What a record of ours looks like as a Kafka record, whoever serves it: the log on Kafka writes
// it so, and the embedded log's records are shown so to Kafka's clients (hub/api/wire.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/model/time.h"

namespace citybrain::network {

/// The header that says who wrote a record and when in his own order: "SEQUENCE PRODUCER".
constexpr char kOriginHeader[] = "cb_origin";
/// The publish time in milliseconds, where Kafka's timestamp cannot say it.
constexpr char kTimeHeader[] = "cb_time";
void write_origin(std::uint64_t sequence, std::string_view producer, std::string& out);
/// False when the text is not of this form.
bool parse_origin(std::string_view text, std::uint64_t& sequence, std::string_view& producer);

/// The time stamp in milliseconds: 1 where the publish time is 0 or before, since librdkafka takes
/// 0 for the wall clock's time and Kafka knows no negative one.
constexpr std::int64_t kafka_time(model::EventTime publish_time) {
  return publish_time.ms > 0 ? publish_time.ms : 1;
}

}  // namespace citybrain::network
