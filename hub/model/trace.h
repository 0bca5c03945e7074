// Trace contexts (W3C Trace Context): which record this is, to whoever follows a command back to
// what caused it. A context names a trace and one record (span) of it. Observations begin traces;
// commands and acknowledgements carry on that of their cause. Values, no IO; nothing that decides
// may depend on them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::model {

struct TraceContext {
  std::uint64_t trace_high = 0;
  std::uint64_t trace_low = 0;
  std::uint64_t span = 0;

  /// Neither a trace nor a span is all zeros (W3C Trace Context, 3.2.2.3 and 3.2.2.4).
  bool valid() const { return (trace_high | trace_low) != 0 && span != 0; }
  friend bool operator==(const TraceContext&, const TraceContext&) = default;

  template <class A>
  void fields(A& a) {
    a(trace_high, trace_low, span);
  }
};

/// A `traceparent` value, version 00 or a later one read as far as 00 goes (3.2.4); nothing when it
/// is none. Upper case is none.
std::optional<TraceContext> parse_traceparent(std::string_view text);
/// Appends "00-TRACE-SPAN-01": recorded, since the log keeps everything.
void append_traceparent(const TraceContext& context, std::string& out);
/// Appends "TRACE-SPAN", the part of the above that names the record.
void append_trace_name(const TraceContext& context, std::string& out);

}  // namespace citybrain::model
