#include "hub/model/trace.h"

#include <array>

namespace citybrain::model {

namespace {

constexpr std::size_t kLength = 55;  // of version 00
constexpr char kDigits[] = "0123456789abcdef";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> values_of_digits() {
  std::array<std::uint8_t, 256> out{};
  out.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 16; ++i) out[static_cast<unsigned char>(kDigits[i])] = i;
  return out;
}
constexpr auto kValues = values_of_digits();

/// `n` digits from `at`; every byte that is none sets bits of `bad`.
std::uint64_t hex(std::string_view text, std::size_t at, std::size_t n, std::uint8_t& bad) {
  std::uint64_t out = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    const std::uint8_t v = kValues[static_cast<unsigned char>(text[i])];
    bad |= v & 0xF0U;
    out = out << 4 | (v & 0x0FU);
  }
  return out;
}

void append_hex(std::uint64_t v, std::string& out) {
  char text[16];
  for (std::size_t i = 16; i-- > 0; v >>= 4) text[i] = kDigits[v & 15];
  out.append(text, sizeof text);
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kLength) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  std::uint8_t bad = 0;
  const std::uint64_t version = hex(text, 0, 2, bad);
  const TraceContext out{hex(text, 3, 16, bad), hex(text, 19, 16, bad), hex(text, 36, 16, bad)};
  (void)hex(text, 53, 2, bad);
  if (bad != 0 || version == 0xFF || !out.valid()) return std::nullopt;
  if (text.size() > kLength && (version == 0 || text[kLength] != '-')) return std::nullopt;
  return out;
}

void append_trace_name(const TraceContext& context, std::string& out) {
  append_hex(context.trace_high, out);
  append_hex(context.trace_low, out);
  out += '-';
  append_hex(context.span, out);
}

void append_traceparent(const TraceContext& context, std::string& out) {
  out += "00-";
  append_trace_name(context, out);
  out += "-01";
}

}  // namespace citybrain::model
