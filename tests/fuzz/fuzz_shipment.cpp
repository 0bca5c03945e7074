// What comes over a link of a federation: any bytes are a message that says the same when it is
// written again, or none; and any row is held against a contract.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/federation/messages.h"

namespace {

using namespace citybrain;

catalog::Contract contract() {
  catalog::Contract c;
  for (const char* type : {"integer", "number", "string"}) {
    catalog::FieldRule f;
    f.path = type;
    f.logical_type = type;
    f.required = true;
    f.minimum = -1000;
    f.maximum = 1000;
    c.fields.push_back(f);
  }
  return c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rules = contract();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto shipment = federation::decode_shipment(bytes)) {
    const auto again = federation::decode_shipment(federation::encode(*shipment));
    if (!again || again->rows != shipment->rows || again->sequence != shipment->sequence)
      std::abort();
    for (const auto& row : shipment->rows)
      if (!federation::breach(rules, row) && (row.values.size() != 3 || row.entity.empty()))
        std::abort();
  }
  if (const auto returns = federation::decode_returns(bytes)) {
    const auto again = federation::decode_returns(federation::encode(*returns));
    if (!again || again->corrections.size() != returns->corrections.size()) std::abort();
  }
  if (const auto ack = federation::decode_ack(bytes))
    if (federation::decode_ack(federation::encode(*ack))->sequence != ack->sequence) std::abort();
  return 0;
}
