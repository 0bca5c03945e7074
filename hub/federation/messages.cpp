#include "hub/federation/messages.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "citybrain/v1/federation.pb.h"

namespace citybrain::federation {

namespace {

constexpr std::size_t kMostName = 200;

template <class Message>
bool parse(std::string_view bytes, Message& m) {
  return m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

/// A key of the warehouse's tables, which end names by a 0 byte.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && text.find('\0') == std::string_view::npos;
}

std::optional<double> number_in(const std::string& text, bool whole) {
  double value = 0;
  const auto* end = text.data() + text.size();
  if (whole) {
    std::int64_t n = 0;
    const auto read = std::from_chars(text.data(), end, n);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return static_cast<double>(n);
  }
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::string> breach_of(const catalog::FieldRule& field, const std::string& value) {
  if (value.empty())
    return field.required ? std::optional(field.path + ": is required") : std::nullopt;
  const bool whole = field.logical_type == "integer";
  if (!whole && field.logical_type != "number") return std::nullopt;
  const auto number = number_in(value, whole);
  if (!number)
    return fmt::format("{}: expected {}, found \"{}\"", field.path,
                       whole ? "a whole number" : "a number", value.substr(0, 60));
  if ((field.minimum && *number < *field.minimum) || (field.maximum && *number > *field.maximum))
    return fmt::format("{}: {} is out of range", field.path, value);
  return std::nullopt;
}

}  // namespace

std::string encode(const Shipment& s) {
  v1::FederationShipment m;
  m.set_link(s.link);
  m.set_sequence(s.sequence);
  m.set_queued_ms(s.queued_ms);
  m.set_withheld(s.withheld);
  for (const auto& row : s.rows) {
    auto* r = m.add_rows();
    r->set_resource(row.resource);
    r->set_entity(row.entity);
    r->set_version(row.version);
    r->set_at_ms(row.at_ms);
    for (const auto& v : row.values) r->add_values(v);
  }
  return m.SerializeAsString();
}

std::string encode(const Returns& s) {
  v1::FederationReturn m;
  m.set_link(s.link);
  m.set_sequence(s.sequence);
  m.set_queued_ms(s.queued_ms);
  for (const auto& c : s.corrections) {
    auto* r = m.add_corrections();
    r->set_resource(c.resource);
    r->set_entity(c.entity);
    r->set_version(c.version);
    r->set_field(c.field);
    r->set_value(c.value);
    r->set_by(c.by);
    r->set_reason(c.reason);
  }
  for (const auto& u : s.usages) {
    auto* r = m.add_usages();
    r->set_resource(u.resource);
    r->set_by(u.by);
    r->set_rows(u.rows);
    r->set_until_ms(u.until_ms);
  }
  return m.SerializeAsString();
}

std::string encode(const Ack& a) {
  v1::FederationAck m;
  m.set_link(a.link);
  m.set_sequence(a.sequence);
  return m.SerializeAsString();
}

std::optional<Shipment> decode_shipment(std::string_view bytes) {
  v1::FederationShipment m;
  if (!parse(bytes, m) || m.link().empty() || m.sequence() == 0) return std::nullopt;
  Shipment out{m.link(), m.sequence(), m.queued_ms(), {}, m.withheld()};
  for (const auto& r : m.rows())
    out.rows.push_back(
        {r.resource(), r.entity(), r.version(), r.at_ms(), {r.values().begin(), r.values().end()}});
  return out;
}

std::optional<Returns> decode_returns(std::string_view bytes) {
  v1::FederationReturn m;
  if (!parse(bytes, m) || m.link().empty() || m.sequence() == 0) return std::nullopt;
  Returns out{m.link(), m.sequence(), m.queued_ms(), {}, {}};
  for (const auto& c : m.corrections())
    out.corrections.push_back(
        {c.resource(), c.entity(), c.version(), c.field(), c.value(), c.by(), c.reason()});
  for (const auto& u : m.usages())
    out.usages.push_back({u.resource(), u.by(), u.rows(), u.until_ms()});
  return out;
}

std::optional<Ack> decode_ack(std::string_view bytes) {
  v1::FederationAck m;
  if (!parse(bytes, m) || m.link().empty()) return std::nullopt;
  return Ack{m.link(), m.sequence()};
}

std::optional<std::string> breach(const catalog::Contract& contract, const Row& row) {
  if (!is_name(row.entity)) return "entity: expected 1 to 200 bytes without a zero byte";
  if (row.values.size() != contract.fields.size())
    return fmt::format("{} values; the contract has {} fields", row.values.size(),
                       contract.fields.size());
  for (std::size_t i = 0; i < row.values.size(); ++i)
    if (auto wrong = breach_of(contract.fields[i], row.values[i])) return wrong;
  return std::nullopt;
}

}  // namespace citybrain::federation
