#include "hub/node/needs.h"

#include <map>

#include "hub/node/district.h"

namespace citybrain::node {

using model::Error;
using model::Result;

namespace {

Error damaged() {
  return {"CB-NODE-SNAPSHOT", "a snapshot is damaged, or of another version", "", ""};
}

}  // namespace

Result<SnapshotNeeds> needs_of_district(std::string_view snapshot) {
  model::Reader r(snapshot);
  std::uint32_t format = 0;
  SnapshotNeeds out;
  r(format, out.district);
  if (r.failed() || format != kSnapshotFormat) return damaged();
  r(out.step, out.positions);  // DistrictState begins with them
  if (r.failed()) return damaged();
  return out;
}

Result<std::vector<SnapshotNeeds>> needs_of_node(std::string_view snapshot) {
  std::map<std::uint32_t, std::string> districts;
  model::Reader r(snapshot);
  r(districts);
  if (!r.complete()) return damaged();
  std::vector<SnapshotNeeds> out;
  for (const auto& [number, bytes] : districts) {
    CITYBRAIN_ASSIGN(needs, needs_of_district(bytes));
    out.push_back(std::move(needs));
  }
  return out;
}

}  // namespace citybrain::node
