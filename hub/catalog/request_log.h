// Events of requests as bytes: on the network (citybrain.v1.GovernanceEvent), and as lines of a
// file that people keep (docs/sharing-law.md): a head that names law and calendar, then one JSON
// object an event, in the order in which they happened. A last line without its end is a write that
// a crash cut short: it is left out and whole_bytes says where it begins. Errors of files:
// CB-INPUT-REQUESTS with file, line, field and what was expected. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/request.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

/// As on the network.
std::string encode(const Event& event);
/// Nothing for bytes that are none.
std::optional<Event> decode_event(std::string_view bytes);

struct RequestLog {
  std::string law;       ///< a name in schemas/laws, or a file
  std::string calendar;  ///< a name in schemas/calendars, or a file
  std::vector<Event> events;
  std::vector<std::size_t> lines;  ///< of the events, from 1
  std::size_t whole_bytes = 0;     ///< of whole lines
};

std::string head_line(std::string_view law, std::string_view calendar);
std::string event_line(const Event& event, std::int32_t utc_offset_min);
model::Result<RequestLog> parse_request_log(std::string_view text, std::string_view name);

}  // namespace citybrain::catalog
