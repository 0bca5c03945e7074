// `network read`: the records of a run as our own readers see them, a line of JSON each; what other
// clients read is held against it.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace citybrain::cli {

/// Adds the command to the group `network`; what is returned does its work when it was named.
std::function<int()> add_network_read(CLI::App& group);

}  // namespace citybrain::cli
