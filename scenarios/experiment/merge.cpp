#include "scenarios/experiment/merge.h"

#include <algorithm>

#include "hub/model/archive.h"
#include "hub/store/rows.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using store::Family;

namespace {

constexpr std::size_t kRowsPerWrite = 10'000;

/// Of rows of lanes' history that two hubs wrote up to different Steps the longer one has it all.
bool is_older(std::string_view key, std::string_view row, std::string_view there) {
  if (!key.starts_with(store::Key().text(store::kLaneHistory).view())) return false;
  const auto mine = store::LaneHistoryView::of(row), other = store::LaneHistoryView::of(there);
  return mine && other && mine->samples() < other->samples();
}

/// Copies one family's rows, a bounded number at a time; `adds`: only those that are not there.
Result<void> copy(const store::Store& from, Family family, model::Step step, bool adds,
                  store::Store& into) {
  store::StepWrite write(step);
  Result<void> written;
  const auto flush = [&] {
    written = into.commit(std::move(write));
    write = store::StepWrite(step);
  };
  CITYBRAIN_TRY(from.scan(family, "", [&](std::string_view key, std::string_view value) {
    if (adds || family == Family::kTheme) {
      const auto there = into.get(family, key);
      if (!there) written = there.error();
      if (!there || (*there && (adds || is_older(key, value, **there))))
        return static_cast<bool>(written);
    }
    write.put(family, key, value);
    if (write.rows() >= kRowsPerWrite) flush();
    return static_cast<bool>(written);
  }));
  if (written && write.rows() > 0) flush();
  return written;
}

/// What is of a moment only, and that moment is over.
Result<void> drop_all(store::Store& store, Family family, model::Step step) {
  store::StepWrite write(step);
  CITYBRAIN_TRY(store.scan(family, "", [&](std::string_view key, std::string_view) {
    write.erase(family, key);
    return true;
  }));
  return write.rows() > 0 ? store.commit(std::move(write)) : Result<void>();
}

/// Hubs that ended early kept minutes that have expired since.
Result<void> drop_expired(store::Store& store, model::Step step) {
  store::StepWrite write(step);
  std::uint32_t view = 0;
  CITYBRAIN_TRY(store.scan(Family::kBase, store::Key().text("view").view(),
                           [&](std::string_view, std::string_view value) {
                             store::ViewRow row;
                             model::Reader r(value);
                             r(row);
                             expire_history(write, view++, 0,
                                            store::first_kept_minute(step, row.retention_s));
                             return r.complete();
                           }));
  return write.rows() > 0 ? store.commit(std::move(write)) : Result<void>();
}

}  // namespace

std::vector<fs::path> stores_of_hubs(const fs::path& out) {
  std::vector<fs::path> found;
  std::error_code ec;
  for (fs::directory_iterator it(out / "hubs", ec), end; !ec && it != end; it.increment(ec))
    if (fs::exists(it->path() / "store", ec)) found.push_back(it->path() / "store");
  std::sort(found.begin(), found.end());
  return found;
}

Result<void> merge_stores(std::span<const fs::path> from, const std::string& identity,
                          store::Store& into) {
  if (from.empty()) return {};
  std::vector<std::pair<model::Step, std::unique_ptr<store::Store>>> stores;
  CITYBRAIN_ASSIGN(here, into.last_step());
  model::Step last = here.value_or(0);
  for (const auto& folder : from) {
    CITYBRAIN_ASSIGN(store, store::Store::open({folder, identity, false}));
    CITYBRAIN_ASSIGN(step, store->last_step());
    stores.emplace_back(step.value_or(0), std::move(store));
    last = std::max(last, stores.back().first);
  }
  std::stable_sort(stores.begin(), stores.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (here && *here < last)
    for (const auto family : {Family::kOutbox, Family::kPositions})
      CITYBRAIN_TRY(drop_all(into, family, last));
  for (const auto& [step, store] : stores) {
    for (std::size_t f = 0; f < store::kFamilies; ++f) {
      const auto family = static_cast<Family>(f);
      // What one that died left undone others have done.
      const bool is_undone = family == Family::kOutbox || family == Family::kPositions;
      if (family == Family::kSnapshots || (is_undone && step < last)) continue;
      CITYBRAIN_TRY(copy(*store, family, last, here.value_or(0) > step, into));
    }
  }
  CITYBRAIN_TRY(drop_expired(into, last));
  return into.sync();
}

Result<HubFigures> merge_figures(std::span<const HubFigures> hubs,
                                 const model::RoadNetwork& network, model::Step end) {
  HubFigures sum;
  for (const auto& hub : hubs) {
    sum.p50_ms = std::max(sum.p50_ms, hub.p50_ms);
    sum.p99_ms = std::max(sum.p99_ms, hub.p99_ms);
  }
  for (std::uint32_t d = 0; d < network.districts.size(); ++d) {
    const node::DistrictFigures* best = nullptr;
    for (const auto& hub : hubs)
      for (const auto& f : hub.districts)
        if (f.district.value == d && (best == nullptr || f.step > best->step)) best = &f;
    if (best == nullptr || best->step < end)
      return Error{"CB-RUN-PART", "no hub that is left has brought this district to the end",
                   network.districts[d], "go on with --resume"};
    sum.counters.resize(best->counters.size());
    for (std::size_t i = 0; i < best->counters.size(); ++i) sum.counters[i].add(best->counters[i]);
    sum.totals.add(best->totals);
    sum.districts.push_back(*best);
  }
  return sum;
}

}  // namespace citybrain::experiment
