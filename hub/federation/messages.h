// What goes over a link, as values and as bytes (schemas/proto/citybrain/v1/federation.proto).
// Decoding never trusts the bytes: nothing comes of what is no such message. Private to
// hub/federation. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/contract.h"

namespace citybrain::federation {

struct Row {
  std::string resource, entity;
  std::uint64_t version = 0;
  std::int64_t at_ms = 0;
  std::vector<std::string> values;

  friend bool operator==(const Row&, const Row&) = default;
};

struct Shipment {
  std::string link;
  std::uint64_t sequence = 0;
  std::int64_t queued_ms = 0;
  std::vector<Row> rows;
  std::uint32_t withheld = 0;  ///< rows it was queued with and goes out without
};

struct Correction {
  std::string resource, entity;
  std::uint64_t version = 0;
  std::uint32_t field = 0;
  std::string value, by, reason;
};

struct Usage {
  std::string resource, by;
  std::uint64_t rows = 0;
  std::int64_t until_ms = 0;
};

struct Returns {
  std::string link;
  std::uint64_t sequence = 0;
  std::int64_t queued_ms = 0;
  std::vector<Correction> corrections;
  std::vector<Usage> usages;
};

struct Ack {
  std::string link;
  std::uint64_t sequence = 0;
};

std::string encode(const Shipment& shipment);
std::string encode(const Returns& returns);
std::string encode(const Ack& ack);
std::optional<Shipment> decode_shipment(std::string_view bytes);
std::optional<Returns> decode_returns(std::string_view bytes);
std::optional<Ack> decode_ack(std::string_view bytes);

/// Whether a row may stand in a warehouse: a value for every field of the contract, whole numbers
/// and numbers where it says so, within its ranges; nothing but the optional ones empty. What is
/// wrong; nothing when it conforms.
std::optional<std::string> breach(const catalog::Contract& contract, const Row& row);

}  // namespace citybrain::federation
