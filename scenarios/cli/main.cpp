// The program's entry: commands, their options, exit codes. Knows nothing of what the commands do.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <system_error>

#include "hub/catalog/catalog.h"
#include "hub/runtime/faults.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"

namespace citybrain::cli {
std::function<int()> add_federation(CLI::App& app);
}

namespace {

using citybrain::catalog::nearest;

std::vector<std::string> names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* o : app.get_options())
    for (const auto& l : o->get_lnames()) out.push_back("--" + l);
  return out;
}

/// Runs a command. fmt throws when standard output cannot be written: to a full disk, for example.
int run_command(const std::function<int()>& command) {
  try {
    return command();
  } catch (const std::system_error& e) {
    std::fprintf(stderr, "citybrain: error: standard output or error cannot be written: %s\n",
                 e.what());
    return 1;
  }
}

/// CLI11's message, and the nearest option or command when one was not known.
int usage_error(const CLI::App& app, const CLI::ParseError& e, int argc, char** argv) {
  fmt::print(stderr, "citybrain: error: {}\n", e.what());
  const auto subcommands = app.get_subcommands();
  const CLI::App& at = subcommands.empty() ? app : *subcommands.front();
  auto valid = names(at);
  if (subcommands.empty())
    for (const auto* c : app.get_subcommands({})) valid.push_back(c->get_name());
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    word = word.substr(0, word.find('='));
    if (std::string_view(e.what()).find(word) == std::string_view::npos) continue;
    if (const auto near = nearest(word, valid); !near.empty() && near != word) {
      fmt::print(stderr, "  did you mean {}?\n", near);
      break;
    }
  }
  fmt::print(stderr, "  ./citybrain {}--help lists what is valid\n",
             subcommands.empty() ? "" : subcommands.front()->get_name() + " ");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (const char* fault = std::getenv("CITYBRAIN_FAULT")) {  // tests/crash
    if (const auto armed = citybrain::runtime::arm_faults(fault); !armed)
      return citybrain::cli::fail(armed.error(), citybrain::experiment::Language::kEnglish);
  }
  CLI::App app("citybrain: a city-brain data hub simulator", "./citybrain");
  app.set_version_flag("--version", std::string("citybrain ") + CITYBRAIN_VERSION);
  app.require_subcommand(0, 1);
  std::vector<std::pair<std::string, std::function<int()>>> commands = {
      {"run", citybrain::cli::add_run(app)},
      {"compare", citybrain::cli::add_compare(app)},
      {"bench", citybrain::cli::add_bench(app)},
      {"import", citybrain::cli::add_import(app)},
      {"replay", citybrain::cli::add_replay(app)},
      {"keys", citybrain::cli::add_keys(app)},
      {"erase", citybrain::cli::add_erase(app)},
      {"up", citybrain::cli::add_up(app)},
      {"city", citybrain::cli::add_city(app)},
      {"connector", citybrain::cli::add_connector(app)},
      {"hub", citybrain::cli::add_hub(app)},
      {"catalog", citybrain::cli::add_catalog(app)},
      {"cloud", citybrain::cli::add_cloud(app)},
      {"lineage", citybrain::cli::add_lineage(app)},
      {"audit", citybrain::cli::add_audit(app)},
      {"network", citybrain::cli::add_network(app)},
      {"registry", citybrain::cli::add_registry(app)},
      {"store", citybrain::cli::add_store(app)},
      {"request", citybrain::cli::add_request(app)},
      {"federation", citybrain::cli::add_federation(app)},
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return usage_error(app, e, argc, argv);
  }
  for (const auto& [name, run] : commands)
    if (app.got_subcommand(name)) return run_command(run);
  fmt::print("{}", app.help());  // called without a command
  return 0;
}
