// Files of federations: any text gives one whose problems can be told, or an error of the user's
// with a place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scenarios/experiment/federation_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = experiment::read_federation(text, "fuzz.yaml");
  if (!read) {
    if (!read.error().is_input() || read.error().where.empty()) std::abort();
    return 0;
  }
  if (read->plan.name.empty() || read->plan.horizon_s == 0) std::abort();
  if (read->party_nodes.size() != read->plan.parties.size() ||
      read->link_nodes.size() != read->plan.links.size() ||
      read->grant_nodes.size() != read->grants.size())
    std::abort();
  for (const auto& p : federation::problems(read->plan))
    if (p.what.empty() || p.field.empty()) std::abort();
  return 0;
}
