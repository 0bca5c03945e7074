#include "hub/network/framing.h"

#include <fmt/format.h>

#include <limits>

#include "hub/runtime/varint.h"

namespace citybrain::network {

using runtime::kMaxVarint;
using runtime::VarintReader;
using runtime::write_varint;
using runtime::zigzag;

namespace {

constexpr std::size_t kSchemaEnd = 5;  // magic byte and schema id

model::Error wrong(std::size_t at, std::string_view what) {
  return {"CB-NETWORK-FRAMING",
          fmt::format("byte {} of the record's value: {}", at, what),
          {},
          "The producer must write 0x00, a 4-byte big-endian schema id, message indexes and the "
          "payload."};
}

}  // namespace

model::Result<Framed> unframe(std::string_view value) {
  if (value.empty()) return wrong(0, "the value is empty, expected the magic byte 0x00");
  if (value[0] != 0)
    return wrong(0, fmt::format("expected the magic byte 0x00, found 0x{:02x}",
                                static_cast<unsigned char>(value[0])));
  if (value.size() < kSchemaEnd) return wrong(value.size(), "the value ends within the schema id");
  Framed framed;
  for (std::size_t i = 1; i < kSchemaEnd; ++i)
    framed.schema.id = (framed.schema.id << 8) | static_cast<unsigned char>(value[i]);

  VarintReader in(value.substr(kSchemaEnd));
  const auto at = [&] { return value.size() - in.left(); };
  const std::int64_t count = in.get_signed();
  if (in.failed())
    return wrong(kSchemaEnd, "the number of message indexes is missing or is no varint");
  if (count < 0 || count > 1)
    return wrong(
        kSchemaEnd,
        fmt::format("{} message indexes; expected one, as nested messages are not published",
                    count));
  if (count == 1) {
    const std::size_t index_at = at();
    const std::int64_t index = in.get_signed();
    if (in.failed()) return wrong(index_at, "the message index is missing or is no varint");
    if (index < 0 || index > std::numeric_limits<std::uint32_t>::max())
      return wrong(index_at, fmt::format("message index {} is out of range", index));
    framed.schema.index = static_cast<std::uint32_t>(index);
  }
  framed.payload = in.raw(in.left());
  return framed;
}

void append_frame_head(schemas::SchemaRef schema, std::string& out) {
  char head[kSchemaEnd + 1 + kMaxVarint] = {};
  for (std::size_t i = 1; i < kSchemaEnd; ++i)
    head[i] = static_cast<char>(schema.id >> (8 * (kSchemaEnd - 1 - i)));
  char* end = head + kSchemaEnd;
  if (schema.index == 0) {
    *end++ = 0;  // the single index 0 has this short form
  } else {
    end = write_varint(end, zigzag(1));
    end = write_varint(end, zigzag(schema.index));
  }
  out.append(head, static_cast<std::size_t>(end - head));
}

}  // namespace citybrain::network
