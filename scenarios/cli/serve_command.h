// `network serve`: a run's embedded log for Kafka's clients, and its schemas beside it.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace citybrain::cli {

/// Adds `serve` to the group `network`; the returned function does its work when it was named.
std::function<int()> add_network_serve(CLI::App& group);

}  // namespace citybrain::cli
