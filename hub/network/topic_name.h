// What a topic may be called, on every log alike, so that a scenario can move. Private to
// hub/network.
#pragma once

#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::network {

constexpr std::size_t kMostTopicName = 249;  // Kafka's bound

bool is_topic_name(std::string_view name);
model::Error topic_error(std::string what, std::string_view topic, std::string mend);

}  // namespace citybrain::network
