// From a command back to the records that caused it, and on to its acknowledgements, by the trace
// contexts in the records' headers (docs/network.md, "Traces"). Reads a log and nothing else.
// Errors: CB-INPUT-COMMAND, CB-NETWORK-*.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/trace.h"
#include "hub/network/network.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

struct TracedRecord {
  std::string topic;
  network::Partition partition = 0;
  network::Position position = 0;
  model::EventTime publish_time;
  std::string source, id, subject, time,
      trace;            ///< CloudEvents attributes; `trace` as "TRACE-SPAN"
  std::string message;  ///< JSON; empty: of a schema that is not ours
};

struct TraceChain {
  TracedRecord command;
  std::vector<TracedRecord> causes;  ///< the parent first, in the command's order
  std::vector<std::string> lost;     ///< causes that the log has no longer, as "TRACE-SPAN"
  std::vector<TracedRecord> acks;
};

/// A command's id as it is written in ce_id: 16 hexadecimal digits. Error CB-INPUT-COMMAND.
model::Result<std::uint64_t> parse_command_id(std::string_view text);
/// Error CB-INPUT-COMMAND when the log holds no such command.
model::Result<TraceChain> follow(network::Log& log, std::uint64_t command);

/// Every command of the log, for somebody who looks for one.
model::Result<std::vector<TracedRecord>> commands_of(network::Log& log);

/// A line a record: id, time, subject, message.
std::string commands_text(const std::vector<TracedRecord>& commands);
std::string chain_text(const TraceChain& chain, Language language);
std::string chain_json(const TraceChain& chain);

}  // namespace citybrain::experiment
