#include "scenarios/experiment/trace_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <map>

#include "hub/network/framing.h"
#include "hub/registry/own.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::EventTime;
using model::Result;
using network::RecordView;

namespace {

constexpr std::size_t kWalkPoll = 4096;
/// Where to look first: a lane is rarely heard of less often.
constexpr std::int64_t kUsually_ms = 120'000;

std::string name_of(const model::TraceContext& context) {
  std::string out;
  model::append_trace_name(context, out);
  return out;
}

std::vector<std::string> causes_of(const RecordView& r) {
  std::vector<std::string> out;
  std::string_view rest = r.header("ce_causedby");
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (comma > 0) out.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return out;
}

TracedRecord traced(const network::TopicPartition& at, const RecordView& r) {
  TracedRecord out{at.topic, at.partition, r.position, r.publish_time, {}, {}, {}, {}, {}, {}};
  out.source = r.header("ce_source");
  out.id = r.header("ce_id");
  out.subject = r.header("ce_subject");
  out.time = r.header("ce_time");
  if (const auto own = model::parse_traceparent(r.header("ce_traceparent")))
    out.trace = name_of(*own);
  if (const auto framed = network::unframe(r.value))
    out.message = registry::json_of(framed->schema, framed->payload);
  return out;
}

/// Calls use(partition, record) from `from` on until it returns false; a partition after the other.
Result<void> scan(
    network::Log& log, const std::vector<network::TopicPartition>& partitions, EventTime from,
    const std::function<bool(const network::TopicPartition&, const RecordView&)>& use) {
  for (const auto& at : partitions) {
    CITYBRAIN_ASSIGN(first, log.position_at(at.topic, at.partition, from));
    CITYBRAIN_ASSIGN(cursor, log.cursor(at.topic, at.partition, first));
    for (bool more = true; more;) {
      CITYBRAIN_ASSIGN(records, cursor->poll(kWalkPoll));
      more = !records.empty();
      for (const auto& r : records) {
        more = use(at, r);
        if (!more) break;
      }
    }
  }
  return {};
}

/// Those whose topic `is_wanted`.
Result<std::vector<network::TopicPartition>> partitions_of(
    const network::Log& log, const std::function<bool(const std::string&)>& is_wanted) {
  std::vector<network::TopicPartition> out;
  CITYBRAIN_ASSIGN(topics, log.topics());
  for (const auto& t : topics)
    for (network::Partition p = 0; is_wanted(t.name) && p < t.partitions; ++p)
      out.push_back({t.name, p});
  return out;
}

bool is_dataset(const std::string& topic) {
  return !topic.starts_with("control.") && !topic.starts_with("port.") &&
         !topic.starts_with("hub.") && topic != schemas::topic::kTruth &&
         topic.find('.') != std::string::npos;
}

Result<void> find_causes(network::Log& log, const std::vector<std::string>& names,
                         TraceChain& chain) {
  std::map<std::string, TracedRecord> found;
  CITYBRAIN_ASSIGN(datasets, partitions_of(log, is_dataset));
  const auto look_from = [&](EventTime from) {
    return scan(log, datasets, from, [&](const network::TopicPartition& at, const RecordView& r) {
      if (r.publish_time > chain.command.publish_time) return false;
      const auto own = model::parse_traceparent(r.header("ce_traceparent"));
      if (!own) return true;
      const auto name = name_of(*own);
      if (std::find(names.begin(), names.end(), name) != names.end())
        found.emplace(name, traced(at, r));  // a repeated record is the same
      return true;
    });
  };
  if (names.empty()) return {};
  CITYBRAIN_TRY(look_from(chain.command.publish_time - kUsually_ms));
  if (found.size() < names.size()) CITYBRAIN_TRY(look_from(EventTime{INT64_MIN}));
  for (const auto& n : names) {
    if (const auto it = found.find(n); it != found.end())
      chain.causes.push_back(it->second);
    else
      chain.lost.push_back(n);
  }
  return {};
}

}  // namespace

Result<std::uint64_t> parse_command_id(std::string_view text) {
  std::uint64_t out = 0;
  bool good = text.size() == 16;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
    good = good && (digit || letter);
    out = out << 4 | static_cast<std::uint64_t>(digit ? c - '0' : letter ? c - 'a' + 10 : 0);
  }
  if (good) return out;
  return Error{"CB-INPUT-COMMAND",
               fmt::format("expected 16 digits 0-9 a-f, found \"{}\"", text.substr(0, 40)),
               "COMMAND-ID", "the ce_id of a record of hub.commands"};
}

Result<TraceChain> follow(network::Log& log, std::uint64_t command) {
  TraceChain chain;
  std::vector<std::string> causes;
  const std::string id = fmt::format("{:016x}", command);
  CITYBRAIN_ASSIGN(commands, partitions_of(log, [](const std::string& t) {
                     return t == schemas::topic::kCommands;
                   }));
  CITYBRAIN_TRY(scan(log, commands, EventTime{INT64_MIN},
                     [&](const network::TopicPartition& at, const RecordView& r) {
                       if (r.header("ce_id") != id) return true;
                       chain.command = traced(at, r);
                       causes = causes_of(r);
                       return false;
                     }));
  if (chain.command.id.empty())
    return Error{"CB-INPUT-COMMAND", "there is no such command in this log", id,
                 "the ids are the ce_id of the records of hub.commands"};
  CITYBRAIN_TRY(find_causes(log, causes, chain));
  CITYBRAIN_ASSIGN(
      acks, partitions_of(log, [](const std::string& t) { return t == schemas::topic::kAcks; }));
  CITYBRAIN_TRY(scan(log, acks, chain.command.publish_time,
                     [&](const network::TopicPartition& at, const RecordView& r) {
                       const auto named = causes_of(r);
                       if (std::find(named.begin(), named.end(), chain.command.trace) !=
                           named.end())
                         chain.acks.push_back(traced(at, r));
                       return true;
                     }));
  return chain;
}

Result<std::vector<TracedRecord>> commands_of(network::Log& log) {
  std::vector<TracedRecord> out;
  CITYBRAIN_ASSIGN(commands, partitions_of(log, [](const std::string& t) {
                     return t == schemas::topic::kCommands;
                   }));
  CITYBRAIN_TRY(scan(log, commands, EventTime{INT64_MIN},
                     [&](const network::TopicPartition& at, const RecordView& r) {
                       out.push_back(traced(at, r));
                       return true;
                     }));
  std::stable_sort(out.begin(), out.end(), [](const TracedRecord& a, const TracedRecord& b) {
    return a.publish_time < b.publish_time;
  });
  return out;
}

std::string commands_text(const std::vector<TracedRecord>& commands) {
  std::string out;
  for (const auto& c : commands)
    out += fmt::format("{}  {}  {}  {}\n", c.id, c.time, c.subject, c.message);
  return out;
}

std::string chain_text(const TraceChain& chain, Language language) {
  const bool zh = language == Language::kChinese;
  std::string out;
  const auto add = [&](const char* what, const TracedRecord& r) {
    out += fmt::format("{}\n  {}/{} @ {}   {}   {}   {}   {}\n  {}\n", what, r.topic, r.partition,
                       r.position, r.time, r.source, r.subject, r.id, r.trace);
    if (!r.message.empty()) out += fmt::format("  {}\n", r.message);
  };
  add(zh ? "指令" : "command", chain.command);
  if (chain.causes.empty() && chain.lost.empty())
    out += zh ? "没有观测要求它:由时间决定(最大红灯、过渡或开始)\n"
              : "no observation asked for it: time did (maximum red, or the beginning)\n";
  for (std::size_t i = 0; i < chain.causes.size(); ++i)
    add(i == 0 ? (zh ? "主要原因" : "caused by") : (zh ? "其他原因" : "and by"), chain.causes[i]);
  for (const auto& l : chain.lost)
    out += fmt::format("{}\n  {}\n",
                       zh ? "日志中已没有的原因"
                          : "and by a record that the log no "
                            "longer holds",
                       l);
  for (const auto& a : chain.acks) add(zh ? "回执" : "acknowledged", a);
  if (chain.acks.empty()) out += zh ? "没有回执\n" : "not acknowledged\n";
  return out;
}

std::string chain_json(const TraceChain& chain) {
  const auto object = [](const TracedRecord& r) {
    boost::json::object o{{"topic", r.topic},
                          {"partition", r.partition},
                          {"position", r.position},
                          {"publish_time_ms", r.publish_time.ms},
                          {"time", r.time},
                          {"source", r.source},
                          {"id", r.id},
                          {"subject", r.subject},
                          {"trace", r.trace}};
    boost::json::error_code ec;
    auto message = boost::json::parse(r.message, ec);
    if (!ec) o["message"] = std::move(message);
    return o;
  };
  const auto list = [&](const std::vector<TracedRecord>& records) {
    boost::json::array out;
    for (const auto& r : records) out.push_back(object(r));
    return out;
  };
  return boost::json::serialize(
      boost::json::object{{"command", object(chain.command)},
                          {"causes", list(chain.causes)},
                          {"lost", boost::json::array(chain.lost.begin(), chain.lost.end())},
                          {"acks", list(chain.acks)}});
}

}  // namespace citybrain::experiment
