#include "tests/run/results.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <sstream>

namespace citybrain::test_run {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

// GTEST_SKIP's reason is printed ("Skipped" and the message) but not part of the JSON report.
std::string skip_reason(const std::string& output, const std::string& name) {
  const auto start = output.find("[ RUN      ] " + name + "\n");
  const auto skipped = output.find("Skipped\n", start == std::string::npos ? 0 : start);
  if (start == std::string::npos || skipped == std::string::npos) return "no reason given";
  const auto from = skipped + std::string_view("Skipped\n").size();
  return output.substr(from, output.find('\n', from) - from);
}

void add_case(Outcome& outcome, const std::string& name, const json::object& test,
              const std::string& output) {
  if (text_of(test, "result") == "SKIPPED") {
    ++outcome.skipped;
    outcome.skips.push_back(name + ": " + skip_reason(output, name));
  } else if (test.contains("failures")) {
    ++outcome.failed;
    outcome.failures.push_back(name);
  } else if (text_of(test, "status") == "RUN") {
    ++outcome.passed;
  } else if (text_of(test, "result") == "SUPPRESSED" && name.find("DISABLED_") != name.npos) {
    ++outcome.failed;  // a test switched off is a test that cannot fail
    outcome.failures.push_back(name + " (switched off)");
  }
}

bool read_report(Outcome& outcome, const std::filesystem::path& report, const std::string& output) {
  boost::system::error_code error;
  const auto document = json::parse(read_file(report), error);
  if (error || !document.is_object()) return false;
  const auto* suites = document.as_object().if_contains("testsuites");
  if (suites == nullptr || !suites->is_array()) return false;
  for (const auto& suite : suites->as_array()) {
    for (const auto& test : suite.at("testsuite").as_array()) {
      const auto& fields = test.as_object();
      add_case(outcome, text_of(suite.as_object(), "name") + "." + text_of(fields, "name"), fields,
               output);
    }
  }
  return true;
}

// A program that died: what it had finished counts, the case that was running has failed.
void read_printed(Outcome& outcome, const std::string& output) {
  std::istringstream lines(output);
  std::string running;
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.size() > 13 ? line.substr(13, line.find(" (") - 13) : std::string();
    if (line.starts_with("[ RUN      ] ")) running = name;
    if (name != running) continue;
    if (line.starts_with("[       OK ] ")) {
      ++outcome.passed;
      running.clear();
    } else if (line.starts_with("[  FAILED  ] ")) {
      ++outcome.failed;
      outcome.failures.push_back(name);
      running.clear();
    }
  }
  if (!running.empty()) {
    ++outcome.failed;
    outcome.failures.push_back(running);
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string last_lines(const std::string& text, int count) {
  std::size_t at = text.size();
  if (at > 0 && text[at - 1] == '\n') --at;
  while (at > 0 && count > 0) {
    at = text.rfind('\n', at - 1);
    if (at == std::string::npos) return text;
    --count;
  }
  return at == 0 ? text : text.substr(at + 1);
}

std::string failing_parts(const std::string& output) {
  std::istringstream lines(output);
  std::string part;
  std::string parts;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[ RUN      ]")) part.clear();
    part += line + "\n";
    if (line.starts_with("[  FAILED  ]") && part.starts_with("[ RUN      ]")) parts += part;
    if (line.starts_with("[  FAILED  ]") || line.starts_with("[       OK ]")) part.clear();
  }
  if (part.starts_with("[ RUN      ]")) parts += last_lines(part, 40);
  return parts.empty() ? last_lines(output, 40) : parts;
}

Outcome gtest_outcome(const std::string& name, const Exit& exit,
                      const std::filesystem::path& report, const std::string& output) {
  Outcome outcome{.name = name, .seconds = exit.seconds};
  if (!read_report(outcome, report, output)) {
    outcome = Outcome{.name = name, .seconds = exit.seconds};
    read_printed(outcome, output);
  }
  if (!exit.ok() && outcome.failed == 0) {
    outcome.failed = 1;
    outcome.failures.push_back(exit.text());
  }
  if (exit.ok() && outcome.passed + outcome.failed + outcome.skipped == 0) {
    outcome.failed = 1;
    outcome.failures.emplace_back("the program ran no test");
  }
  if (exit.signal != 0 || exit.timed_out) outcome.note = exit.text();
  if (!outcome.ok()) outcome.output = failing_parts(output);
  return outcome;
}

Outcome simple_outcome(const std::string& name, const Exit& exit, const std::string& output) {
  Outcome outcome{.name = name, .seconds = exit.seconds};
  if (exit.ok()) {
    outcome.passed = 1;
  } else {
    outcome.failed = 1;
    outcome.failures.push_back(name);
    outcome.note = exit.text();
    outcome.output = last_lines(output, 40);
  }
  return outcome;
}

std::vector<std::string> failed_outputs(const std::string& build_log) {
  std::vector<std::string> names;
  std::istringstream lines(build_log);
  constexpr std::string_view kMark = "FAILED: ";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kMark)) continue;
    std::istringstream words(line.substr(kMark.size()));
    for (std::string word; words >> word;) names.push_back(word);
  }
  return names;
}

}  // namespace citybrain::test_run
