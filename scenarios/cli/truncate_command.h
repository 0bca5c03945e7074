// `network truncate`: removing the old end of a run's log.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace citybrain::cli {

std::function<int()> add_network_truncate(CLI::App& group);

}  // namespace citybrain::cli
