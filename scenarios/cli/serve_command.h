// `network serve`: a run's embedded log for Kafka's clients, and its schemas beside it; `network
// topics`: what there is to read.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace citybrain::cli {

/// Each adds its command to the group `network`; what is returned does its work when it was named.
std::function<int()> add_network_serve(CLI::App& group);
std::function<int()> add_network_topics(CLI::App& group);

}  // namespace citybrain::cli
