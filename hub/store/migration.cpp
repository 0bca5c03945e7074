// From the previous format: rows of lanes' history had (block, minute, known-at) in their keys and
// grew by replacing one another; the base database had no table of the city, datasets, views,
// districts and blocks.
#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <map>
#include <set>

#include "hub/model/archive.h"
#include "hub/store/rows.h"
#include "hub/store/store_impl.h"
#include "hub/store/table.h"

namespace citybrain::store {

using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::size_t kRowsPerCommit = 10'000;
constexpr const char* kFormerHistory = "lanes";

std::uint32_t u32_of(std::string_view key, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = (v << 8) | static_cast<unsigned char>(key[at + i]);
  return v;
}

Error damaged(const StoreOptions& options, std::string what) {
  return {"CB-STORE-DAMAGED", std::move(what), options.directory.string(),
          "restore the folder from a copy, or run again from the seed"};
}

/// Gathers rows and commits them a bounded number at a time.
class Rewriter {
 public:
  Rewriter(Store& store, Step step) : store_(store), write_(step) {}
  StepWrite& write() { return write_; }
  Result<void> flush(std::size_t least = 1) {
    if (write_.rows() < least) return {};
    rows_ += write_.rows();
    StepWrite full = std::move(write_);
    write_ = StepWrite(full.step());
    return store_.commit(std::move(full));
  }
  std::uint64_t rows() const { return rows_; }

 private:
  Store& store_;
  StepWrite write_;
  std::uint64_t rows_ = 0;
};

/// Rows in key order: of two rows of a minute the later one has all that the earlier one has.
Result<void> rewrite_history(const Store& store, const StoreOptions& options, Rewriter& out,
                             std::set<std::uint32_t>& views) {
  const std::string prefix = Key().text(kFormerHistory).take();
  Result<void> done;
  CITYBRAIN_TRY(store.scan(Family::kTheme, prefix, [&](std::string_view key, std::string_view v) {
    const auto row = LaneHistoryView::of(v);
    if (!row || key.size() != prefix.size() + 16) {
      done = damaged(options, "a row of the lanes' history was altered");
      return false;
    }
    const auto view = u32_of(key, prefix.size());
    views.insert(view);
    out.write().put(Family::kTheme,
                    lane_history_key(view, u32_of(key, prefix.size() + 8), row->block()), v);
    done = out.flush(kRowsPerCommit);
    return static_cast<bool>(done);
  }));
  return done;
}

/// A base table's rows by id.
template <class Row>
Result<std::vector<Row>> read_base(const Store& store, const StoreOptions& options,
                                   const char* prefix) {
  std::vector<Row> out;
  bool whole = true;
  CITYBRAIN_TRY(store.scan(Family::kBase, Key().text(prefix).view(),
                           [&](std::string_view, std::string_view value) {
                             Row row;
                             model::Reader r(value);
                             r(row);
                             whole = whole && r.complete();
                             out.push_back(std::move(row));
                             return whole;
                           }));
  if (!whole)
    return damaged(options, fmt::format("a row of the base table {} was altered", prefix));
  return out;
}

/// As model::Districts makes them: lanes of a district in the order of its roads, 64 a block.
Result<void> add_blocks(const Store& store, const StoreOptions& options, Rewriter& out) {
  CITYBRAIN_ASSIGN(junctions, read_base<JunctionRow>(store, options, "junction"));
  CITYBRAIN_ASSIGN(roads, read_base<RoadRow>(store, options, "road"));
  std::map<std::uint32_t, std::vector<std::uint32_t>> lanes;
  for (const auto& j : junctions) lanes[j.district.value];
  for (const auto& r : roads) {
    if (r.to.value >= junctions.size()) return damaged(options, "a road ends nowhere");
    auto& of_district = lanes[junctions[r.to.value].district.value];
    for (std::uint32_t i = 0; i < r.lanes; ++i) of_district.push_back(r.first_lane.value + i);
  }
  std::uint32_t block = 0;
  for (const auto& [district, all] : lanes) {
    put_district(out.write(), district, fmt::format("district-{}", district));
    for (std::size_t first = 0; first < all.size(); first += kPerBlock) {
      const auto end = std::min<std::size_t>(all.size(), first + kPerBlock);
      put_block(out.write(), block++, district,
                {all.begin() + static_cast<std::ptrdiff_t>(first),
                 all.begin() + static_cast<std::ptrdiff_t>(end)});
    }
  }
  return {};
}

/// Names of what contracts were read; what else they promise that format did not keep.
Result<void> add_datasets(const Store& store, Rewriter& out) {
  std::uint32_t id = 0;
  return store.scan(Family::kCatalogue, "", [&](std::string_view, std::string_view value) {
    DatasetRow row;
    std::string version, lead_source, message, id_scheme;
    model::Reader r(value);
    r(row.dataset, version, row.department, lead_source, message, id_scheme, row.maximum_delay_s);
    if (!r.failed()) put(out.write(), id++, row);
    return true;
  });
}

}  // namespace

Result<std::uint64_t> Store::migrate(const StoreOptions& options, std::int64_t start_ms) {
  CITYBRAIN_ASSIGN(lock, runtime::DirectoryLock::acquire(options.directory, kOpen));
  auto impl = std::make_unique<Impl>(options, std::move(lock));
  CITYBRAIN_TRY(impl->open(StoreOpening{}));
  std::string found;
  const auto s = impl->database->Get({}, impl->own(), slice(kIdentityKey), &found);
  if (!s.ok()) return impl->failed(kOpen, "cannot read which run the store is of", s);
  if (found == std::string(kStoreFormat) + options.identity) return std::uint64_t{0};
  if (found != std::string(kFormerFormat) + options.identity) {
    auto foreign = impl->foreign(found);
    if (found.starts_with(kFormerFormat)) foreign.what = "the store belongs to another run";
    return foreign;
  }
  Store store(std::move(impl));
  CITYBRAIN_ASSIGN(last, store.last_step());
  Rewriter out(store, last.value_or(0));
  std::set<std::uint32_t> views;
  CITYBRAIN_TRY(rewrite_history(store, options, out, views));
  put(out.write(), CityRow{"", start_ms, 0, 0, false});
  for (const auto v : views) put(out.write(), v, ViewRow{fmt::format("view-{}", v), 0, 0});
  CITYBRAIN_TRY(add_blocks(store, options, out));
  CITYBRAIN_TRY(add_datasets(store, out));
  CITYBRAIN_TRY(out.flush());
  // The last write makes it a store of this format, and what is no longer read goes with it.
  auto& m = *store.impl_;
  rocksdb::WriteBatch batch;
  std::string from = Key().text(kFormerHistory).take(), to = from;
  to.back() = 1;
  (void)batch.DeleteRange(m.family(Family::kTheme), slice(from), slice(to));
  (void)batch.Put(m.own(), slice(kIdentityKey), std::string(kStoreFormat) + options.identity);
  rocksdb::WriteOptions sync;
  sync.sync = true;
  const auto written = m.database->Write(sync, &batch);
  if (!written.ok()) return m.failed(kWrite, "cannot write to the store", written);
  return out.rows();
}

}  // namespace citybrain::store
