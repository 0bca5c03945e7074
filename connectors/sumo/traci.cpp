#include "connectors/sumo/traci.h"

#include <fmt/format.h>

#include <bit>

namespace citybrain::connectors::sumo {

using model::Error;
using model::Result;

namespace {
/// "No limit" of a subscription's time, as SUMO's own clients say it (INVALID_DOUBLE_VALUE).
constexpr double kAlways_s = -1073741824.0;
constexpr std::uint8_t kOk = 0x00;
}  // namespace

void Message::clear() {
  bytes_.clear();
  commands_ = 0;
}

/// Lengths count themselves; one byte for short commands, else a zero and four.
void Message::begin(std::uint8_t command, std::size_t content) {
  ++commands_;
  if (content + 2 <= 255) {
    bytes_ += static_cast<char>(content + 2);
  } else {
    bytes_ += '\0';
    whole(static_cast<std::uint32_t>(content + 6));
  }
  bytes_ += static_cast<char>(command);
}

void Message::whole(std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes_ += static_cast<char>((v >> shift) & 0xFFU);
}

void Message::number(double v) {
  const auto bits = std::bit_cast<std::uint64_t>(v);
  whole(static_cast<std::uint32_t>(bits >> 32));
  whole(static_cast<std::uint32_t>(bits));
}

void Message::text(std::string_view v) {
  whole(static_cast<std::uint32_t>(v.size()));
  bytes_ += v;
}

void Message::variables(const std::vector<std::uint8_t>& ids) {
  bytes_ += static_cast<char>(ids.size());
  for (const auto id : ids) bytes_ += static_cast<char>(id);
}

Message& Message::get_version() {
  begin(traci::kGetVersion, 0);
  return *this;
}

Message& Message::step() {
  begin(traci::kSimulationStep, 8);
  number(0);
  return *this;
}

Message& Message::close() {
  begin(traci::kClose, 0);
  return *this;
}

Message& Message::get_vehicle(std::uint8_t variable, std::string_view vehicle) {
  begin(traci::kGetVehicle, 1 + 4 + vehicle.size());
  bytes_ += static_cast<char>(variable);
  text(vehicle);
  return *this;
}

Message& Message::set_light(std::string_view light, std::string_view state) {
  begin(traci::kSetLight, 1 + 4 + light.size() + 1 + 4 + state.size());
  bytes_ += static_cast<char>(traci::kLightState);
  text(light);
  bytes_ += static_cast<char>(traci::kString);
  text(state);
  return *this;
}

Message& Message::subscribe_simulation(const std::vector<std::uint8_t>& ids) {
  begin(traci::kSubscribeSimulation, 16 + 4 + 1 + ids.size());
  number(kAlways_s);
  number(-kAlways_s);
  text("");
  variables(ids);
  return *this;
}

Message& Message::subscribe_light(std::string_view light) {
  begin(traci::kSubscribeLight, 16 + 4 + light.size() + 2);
  number(kAlways_s);
  number(-kAlways_s);
  text(light);
  variables({traci::kLightState});
  return *this;
}

Message& Message::subscribe_vehicles_around(std::string_view junction, double radius_m,
                                            const std::vector<std::uint8_t>& ids) {
  begin(traci::kSubscribeJunctionContext, 16 + 4 + junction.size() + 1 + 8 + 1 + ids.size());
  number(kAlways_s);
  number(-kAlways_s);
  text(junction);
  bytes_ += static_cast<char>(traci::kGetVehicle);
  number(radius_m);
  variables(ids);
  return *this;
}

std::string Message::framed() const {
  Message length;
  length.whole(static_cast<std::uint32_t>(bytes_.size() + 4));
  return length.bytes_ + bytes_;
}

void Reply::complain(std::string what) {
  if (problem_) return;
  problem_ = true;
  what_ = std::move(what);
  where_ = at_;
}

Result<void> Reply::checked() const {
  if (!problem_) return {};
  return Error{"CB-SUMO-PROTOCOL", "SUMO's reply is not what the protocol says: " + what_,
               fmt::format("byte {} of {}", where_, bytes_.size()),
               "use SUMO 1.15 or newer (apt-get install sumo)"};
}

std::uint8_t Reply::byte() {
  if (problem_ || at_ >= bytes_.size()) {
    complain("it ends in the middle of a value");
    return 0;
  }
  return static_cast<std::uint8_t>(bytes_[at_++]);
}

std::int32_t Reply::whole() {
  std::uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v = (v << 8) | byte();
  return problem_ ? 0 : static_cast<std::int32_t>(v);
}

double Reply::number() {
  std::uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = (v << 8) | byte();
  return problem_ ? 0 : std::bit_cast<double>(v);
}

std::string_view Reply::text() {
  const std::int32_t size = whole();
  if (problem_ || size < 0 || static_cast<std::size_t>(size) > bytes_.size() - at_) {
    complain("a string is longer than the reply");
    return {};
  }
  const auto out = bytes_.substr(at_, static_cast<std::size_t>(size));
  at_ += out.size();
  return out;
}

void Reply::value(Value& out) {
  out.type = byte();
  out.list.clear();
  out.text = {};
  switch (out.type) {
    case traci::kInteger:
      out.whole = whole();
      break;
    case traci::kDouble:
      out.number = number();
      break;
    case traci::kString:
      out.text = text();
      break;
    case traci::kStringList:
      for (std::int32_t n = whole(); n > 0 && !problem_; --n) out.list.push_back(text());
      break;
    default:
      complain(fmt::format("a value has the unexpected type {:#04x}", out.type));
  }
}

/// The length and the identifier that begin each part.
std::uint8_t Reply::header(std::size_t& ends) {
  const std::size_t from = at_;
  std::int64_t length = byte();
  if (length == 0) length = whole();
  if (!problem_ && (length < 2 || static_cast<std::uint64_t>(length) > bytes_.size() - from))
    complain("a part is longer than the reply");
  ends = problem_ ? bytes_.size() : from + static_cast<std::size_t>(length);
  return byte();
}

Result<void> Reply::status(std::uint8_t command) {
  std::size_t ends = 0;
  const auto id = header(ends);
  const auto result = byte();
  const auto words = text();
  if (!problem_ && id != command)
    complain(fmt::format("it answers command {:#04x}, asked was {:#04x}", id, command));
  if (!problem_ && at_ != ends) complain("a status has another length than it says");
  CITYBRAIN_TRY(checked());
  if (result == kOk) return {};
  return Error{"CB-SUMO-REFUSED", fmt::format("SUMO refused a command: {}", words),
               fmt::format("TraCI command {:#04x}", command), ""};
}

Result<std::pair<std::int32_t, std::string_view>> Reply::version() {
  CITYBRAIN_TRY(status(traci::kGetVersion));
  std::size_t ends = 0;
  if (header(ends) != traci::kGetVersion) complain("expected the answer to \"get version\"");
  const auto api = whole();
  const auto name = text();
  CITYBRAIN_TRY(checked());
  return std::pair(api, name);
}

Result<void> Reply::answer(std::uint8_t command, std::uint8_t variable, std::string_view object,
                           std::uint8_t type, Value& out) {
  CITYBRAIN_TRY(status(command));
  std::size_t ends = 0;
  const auto id = header(ends);
  const auto which = byte();
  const auto name = text();
  value(out);
  if (!problem_ && (id != command + traci::kAnswer || which != variable || name != object))
    complain(fmt::format("expected variable {:#04x} of \"{}\"", variable, object));
  if (!problem_ && out.type != type)
    complain(fmt::format("variable {:#04x} has the type {:#04x}, expected {:#04x}", variable,
                         out.type, type));
  if (!problem_ && at_ != ends) complain("an answer has another length than it says");
  return checked();
}

std::uint32_t Reply::subscriptions() {
  const auto n = whole();
  if (n < 0) complain("a negative number of subscriptions");
  return problem_ ? 0 : static_cast<std::uint32_t>(n);
}

Reply::Subscription Reply::subscription() {
  Subscription s;
  std::size_t ends = 0;
  s.answer = header(ends);
  s.object = text();
  s.context = s.answer == traci::kSubscribeJunctionContext + traci::kAnswer;
  if (s.context) byte();  // the domain of its objects
  s.variables = byte();
  if (s.context) {
    const auto n = whole();
    if (n < 0) complain("a negative number of objects");
    s.objects = problem_ ? 0 : static_cast<std::uint32_t>(n);
  }
  if (problem_) s.objects = 0, s.variables = 0;
  return s;
}

std::uint8_t Reply::variable(Value& out) {
  const auto id = byte();
  const auto result = byte();
  value(out);
  if (!problem_ && result != kOk)
    complain(fmt::format("variable {:#04x} cannot be had: {}", id, out.text));
  return problem_ ? 0 : id;
}

}  // namespace citybrain::connectors::sumo
