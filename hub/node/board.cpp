// What the districts of a process have in common: views with their readers and estimates.
#include <algorithm>

#include "hub/node/district.h"
#include "hub/node/rows.h"

namespace citybrain::node {

namespace {

bool same(const catalog::GrantMasks& a, const catalog::GrantMasks& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first &&
           std::equal(x.second.begin(), x.second.end(), y.second.begin(), y.second.end(),
                      [](const auto& r, const auto& s) { return r.same_as(s); });
  });
}

/// The reader of a view whose grants have these masks too. What a rule cannot do for a field would
/// show more than was granted: of such a dataset nothing is seen.
access::Reader reader_under(access::ReaderSpec spec, const catalog::GrantMasks& masks,
                            const model::RoadNetwork& network, const catalog::Catalog& catalog) {
  std::vector<access::Grant> possible;
  for (auto& grant : spec.grants) {
    if (const auto more = masks.find(grant.dataset); more != masks.end())
      grant.masks.insert(grant.masks.end(), more->second.begin(), more->second.end());
    if (access::can_mask(grant, catalog[grant.dataset])) possible.push_back(grant);
  }
  spec.grants = std::move(possible);
  return std::move(access::Reader::make(network, catalog, std::move(spec)).value());
}

}  // namespace

Board::Board(const model::RoadNetwork& road_network, const catalog::Catalog& contracts, Options o)
    : network(road_network),
      catalog(contracts),
      options(std::move(o)),
      districts(road_network),
      rules(road_network, contracts, access::kDedupeWindow_ms, options.signatures) {
  grant_masks.resize(options.views.size());
  for (std::uint32_t v = 0; v < options.views.size(); ++v) {
    readers.emplace_back();
    if (options.views[v].reader)
      readers.back().emplace(reader_under(*options.views[v].reader, {}, network, catalog));
    const auto& fuser = fusers.emplace_back(network, options.views[v].fusion);
    views.push_back({fuser.initial_state(),
                     fuser.initial_situation(model::ViewId{v}, options.views[v].grants),
                     std::vector<model::LaneHistoryBlock>(districts.blocks.size()),
                     {}});
    dispatch::fill_signals(network, dispatch::initial_state(network), options.epoch.start,
                           views.back().situation.signals);
    retention_s.push_back(retention_of(options.views[v], contracts));
  }
}

void Board::follow(const GrantReader& law, std::size_t view) {
  const auto& masks = law.masks(view);
  if (!readers[view] || same(masks, grant_masks[view])) return;
  readers[view].reset();
  readers[view].emplace(reader_under(*options.views[view].reader, masks, network, catalog));
  grant_masks[view] = masks;
}

void Board::start_anew(model::DistrictId district, std::size_t view) {
  const auto& fuser = fusers[view];
  const auto id = model::ViewId{static_cast<std::uint32_t>(view)};
  model::Writer w;
  fuser.save(district, fuser.initial_state(),
             fuser.initial_situation(id, options.views[view].grants), w);
  model::Reader r(w.bytes());
  fuser.load(district, r, views[view].filters, views[view].situation);
}

void Board::forget(model::DistrictId district) {
  for (std::size_t v = 0; v < fusers.size(); ++v) {
    start_anew(district, v);
    for (std::size_t b = 0; b < districts.blocks.size(); ++b)
      if (districts.blocks[b].district == district) views[v].minute[b] = {};
    if (district == model::kCityDistrict) views[v].written = {};
  }
}

}  // namespace citybrain::node
