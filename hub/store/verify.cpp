// Whether a store is what its tables say: checksums, every row, digests without a gap, the index by
// place against the rows, nothing kept beyond its retention.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "hub/model/datum.h"
#include "hub/store/cells.h"
#include "hub/store/warehouse.h"

namespace citybrain::store {

using model::Result;
using model::Step;

namespace {

constexpr std::size_t kMostProblems = 100;
constexpr double kRounding_deg = 2e-7;

class Verifier {
 public:
  Verifier(const Store& store, const Warehouse& warehouse, Verification& out)
      : store_(store), warehouse_(warehouse), out_(out) {}

  Result<void> all() {
    if (const auto files = store_.verify_checksums(); !files) problem(files.error().text());
    for (const auto& table : tables()) rows(table);
    CITYBRAIN_TRY(unknown_rows());
    CITYBRAIN_TRY(digests());
    CITYBRAIN_TRY(references());
    CITYBRAIN_TRY(index());
    return retention();
  }

 private:
  void problem(std::string text) {
    if (out_.problems.size() < kMostProblems) out_.problems.push_back(std::move(text));
  }

  void rows(const TableSpec& table) {
    const auto state = warehouse_.state(table);
    if (!state) return problem(state.error().text());
    out_.tables[table.name] = *state;
  }

  /// Rows of the three databases that belong to no table.
  Result<void> unknown_rows() {
    for (const auto family : {Family::kBase, Family::kTheme, Family::kSpecial}) {
      std::set<std::string> known;
      for (const auto& t : tables())
        if (t.family == family) known.insert(t.prefix);
      CITYBRAIN_TRY(store_.scan(family, "", [&](std::string_view key, std::string_view) {
        const auto prefix = std::string(key.substr(0, key.find('\0')));
        if (!known.contains(prefix)) problem(fmt::format("a row of no table: \"{}\"", prefix));
        return out_.problems.size() < kMostProblems;
      }));
    }
    return {};
  }

  /// Those of the Steps 1 to the last one, each of the same districts.
  Result<void> digests() {
    std::map<std::int64_t, std::size_t> of_step;
    CITYBRAIN_TRY(table("digests", [&](std::span<const Cell> c) {
      ++of_step[std::get<std::int64_t>(c[0])];
      return true;
    }));
    const std::size_t each = of_step.empty() ? 0 : of_step.begin()->second;
    Step expected = 1;
    for (const auto& [step, n] : of_step) {
      if (step != std::int64_t{expected}) {
        problem(fmt::format("the digest of step {} is missing", expected));
        break;
      }
      if (n != each) problem(fmt::format("step {} has {} digests, step 1 has {}", step, n, each));
      ++expected;
    }
    if (!of_step.empty() && expected != warehouse_.last_step() + 1)
      problem(
          fmt::format("the digests end before the store's last step {}", warehouse_.last_step()));
    return {};
  }

  Result<void> references() {
    const auto ids = [&](const char* name) { return out_.tables[name].logical_rows; };
    const auto within = [&](const char* what, const Cell& cell, std::uint64_t size) {
      const auto* n = std::get_if<std::int64_t>(&cell);
      if (n == nullptr || (*n >= 0 && static_cast<std::uint64_t>(*n) < size)) return;
      problem(fmt::format("a row of {} points to number {} of {}", what, *n, size));
    };
    CITYBRAIN_TRY(table("roads", [&](std::span<const Cell> c) {
      within("roads", c[2], ids("junctions"));
      within("roads", c[3], ids("junctions"));
      return true;
    }));
    CITYBRAIN_TRY(table("lanes", [&](std::span<const Cell> c) {
      within("lanes", c[1], ids("roads"));
      return true;
    }));
    return table("places", [&](std::span<const Cell> c) {
      within("places", c[3], ids("roads"));
      return true;
    });
  }

  /// Every point is in its cell and of a thing that is there; every thing has a point, a junction
  /// just the one where it lies.
  Result<void> index() {
    std::map<std::string, std::map<std::int64_t, model::GeoPoint>> points;
    CITYBRAIN_TRY(table("place_index", [&](std::span<const Cell> c) {
      const auto kind = std::get<std::string>(c[0]);
      const auto id = std::get<std::int64_t>(c[1]);
      const model::GeoPoint at{std::get<double>(c[3]), std::get<double>(c[4])};
      if (fmt::format("{:016x}", cell_of(at)) != std::get<std::string>(c[5]))
        problem(fmt::format("a point of {} {} is in another cell than the index says", kind, id));
      points[kind].emplace(id, at);
      return true;
    }));
    if (!warehouse_.city().has_anchor) return {};
    for (const auto& [kind, of] :
         {std::pair{"junction", "junctions"}, {"road", "roads"}, {"place", "places"}}) {
      const auto rows = static_cast<std::int64_t>(out_.tables[of].logical_rows);
      for (std::int64_t id = 0; id < rows; ++id)
        if (!points[kind].contains(id))
          problem(fmt::format("{} {} is not in the index by place", kind, id));
      for (const auto& [id, at] : points[kind])
        if (id >= rows) problem(fmt::format("the index has {} {}, which is not there", kind, id));
    }
    const auto& city = warehouse_.city();
    return table("junctions", [&](std::span<const Cell> c) {
      const auto found = points["junction"].find(std::get<std::int64_t>(c[0]));
      if (found == points["junction"].end()) return true;
      const auto at = model::from_plane({city.lon_deg, city.lat_deg},
                                        {std::get<double>(c[2]), std::get<double>(c[3])});
      if (std::fabs(at.lon_deg - found->second.lon_deg) > kRounding_deg ||
          std::fabs(at.lat_deg - found->second.lat_deg) > kRounding_deg)
        problem(fmt::format("junction {} lies elsewhere than the index says",
                            std::get<std::int64_t>(c[0])));
      return true;
    });
  }

  /// Whole minutes are dropped, so one more than the retention may be there.
  Result<void> retention() {
    for (const auto& t : tables()) {
      if (t.part("view") != 0 || t.part("minute") != 1) continue;
      for (std::uint32_t v = 0; v < warehouse_.views().size(); ++v) {
        const Step first = first_kept_minute(warehouse_.last_step(), warehouse_.retention_s(v));
        const std::string from = Key().text(t.prefix).u32(v).take();
        CITYBRAIN_TRY(store_.scan_range(
            t.family, from, Key().text(t.prefix).u32(v).u32(first > 0 ? first - 1 : 0).view(),
            [&](std::string_view, std::string_view) {
              problem(fmt::format("{} has rows of the view {} that are over their retention",
                                  t.name, v));
              return false;
            }));
      }
    }
    return {};
  }

  /// Rows that cannot be read were said before.
  Result<void> table(const char* name, const Emit& emit) {
    if (!out_.tables.contains(name)) return {};
    return warehouse_.scan({*find_table(name), {}, {}, {}}, emit);
  }

  const Store& store_;
  const Warehouse& warehouse_;
  Verification& out_;
};

}  // namespace

Result<Verification> Warehouse::verify() const {
  Verification out;
  CITYBRAIN_TRY(Verifier(*store_, *this, out).all());
  return out;
}

}  // namespace citybrain::store
