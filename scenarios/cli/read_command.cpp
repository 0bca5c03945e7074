#include "scenarios/cli/read_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "hub/model/nearest.h"
#include "hub/network/framing.h"
#include "hub/registry/own.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/run_log.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct ReadArguments {
  LogArguments log;
  std::string topic, lang;
  bool raw = false, json = false;
};

constexpr const char* kReadExamples = R"(
Examples:
  ./citybrain network read runs/quickstart                                every record of a run
  ./citybrain network read runs/quickstart --topic hub.commands           of one topic
  ./citybrain network read runs/quickstart --topic hub.commands --raw     the values alone, as bytes
  ./citybrain network read --network kafka:localhost:9092/tuesday --topic hub.acks
A line a record, by topic, partition and position: {"topic", "partition", "position", "time_ms",
"key", "id", "schema", "value"}; values that are none of our messages are "bytes", in hexadecimal.
)";

std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::value(std::string(text)));
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

/// The value as the line's last fields.
std::string value_of(const network::RecordView& record) {
  const auto framed = network::unframe(record.value);
  const auto json = framed ? registry::json_of(framed->schema, framed->payload) : std::string();
  if (json.empty()) return fmt::format("\"bytes\":\"{}\"", hex(record.value));
  return fmt::format("\"schema\":{},\"value\":{}", framed->schema.id, json);
}

void print_record(const ReadArguments& a, const std::string& topic, network::Partition partition,
                  const network::RecordView& r) {
  if (a.raw) {
    std::fwrite(r.value.data(), 1, r.value.size(), stdout);
    return;
  }
  fmt::print(
      "{{\"topic\":{},\"partition\":{},\"position\":{},\"time_ms\":{},\"key\":{},\"id\":{},{}}}\n",
      json_text(topic), partition, r.position, r.publish_time.ms, json_text(r.key),
      json_text(r.header("ce_id")), value_of(r));
}

Result<void> read(const ReadArguments& a) {
  CITYBRAIN_ASSIGN(log, open_log(a.log));
  CITYBRAIN_ASSIGN(all, topics_by_name(*log));
  bool found = a.topic.empty();
  std::vector<std::string> names;
  for (const auto& topic : all) {
    names.push_back(topic.name);
    if (!a.topic.empty() && topic.name != a.topic) continue;
    found = true;
    CITYBRAIN_TRY(visit_records(*log, topic, [&](network::Partition p, const auto& record) {
      print_record(a, topic.name, p, record);
    }));
  }
  if (found) return {};
  const auto near = model::nearest(a.topic, names);
  return Error{"CB-USAGE-NETWORK", fmt::format("the run has no topic \"{}\"", a.topic), "--topic",
               near.empty() ? "./citybrain network topics lists them"
                            : fmt::format("did you mean \"{}\"?", near)};
}

}  // namespace

std::function<int()> add_network_read(CLI::App& group) {
  auto a = std::make_shared<ReadArguments>();
  auto* command =
      group.add_subcommand("read", "The records of a run as lines of JSON, or their bytes");
  add_log_options(*command, a->log);
  command->add_option("--topic", a->topic, "only this one; default: all, by name");
  auto* raw = command->add_flag("--raw", a->raw, "values alone, one after the other, as bytes");
  command->add_flag("--json", a->json, "lines of JSON (the default)")->excludes(raw);
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kReadExamples);
  return [a] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    const auto done = read(*a);
    return done ? 0 : fail(done.error(), *lang);
  };
}

}  // namespace citybrain::cli
