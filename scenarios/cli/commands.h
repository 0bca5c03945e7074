// The commands of the program: each declares its options and returns the process's exit code (0
// done, 1 failed, 2 usage or input, 130 interrupted). Data goes to standard output, progress and
// errors to standard error.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace citybrain::cli {

/// Adds the command to `app`; the returned function does its work once the command line is read.
std::function<int()> add_run(CLI::App& app);
std::function<int()> add_compare(CLI::App& app);
std::function<int()> add_bench(CLI::App& app);
std::function<int()> add_import(CLI::App& app);
std::function<int()> add_catalog(CLI::App& app);
std::function<int()> add_cloud(CLI::App& app);
std::function<int()> add_lineage(CLI::App& app);
std::function<int()> add_audit(CLI::App& app);
std::function<int()> add_network(CLI::App& app);
std::function<int()> add_registry(CLI::App& app);
std::function<int()> add_store(CLI::App& app);
std::function<int()> add_request(CLI::App& app);
std::function<int()> add_keys(CLI::App& app);
std::function<int()> add_erase(CLI::App& app);
std::function<int()> add_replay(CLI::App& app);
std::function<int()> add_up(CLI::App& app);
std::function<int()> add_city(CLI::App& app);
std::function<int()> add_connector(CLI::App& app);
std::function<int()> add_hub(CLI::App& app);

}  // namespace citybrain::cli
