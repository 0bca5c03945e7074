// "As of t" of what views know of fleets, events and places: whatever is reported, early or late,
// with entities that come, go and change places in the list, the answer for every t is the state
// after Step t.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "hub/model/archive.h"
#include "hub/node/known_rows.h"
#include "hub/store/warehouse.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::node {
namespace {

using Rows = std::vector<std::vector<std::string>>;
constexpr std::int64_t kStart_ms = 1'000'000'000;

Rows rows_of(const std::function<model::Result<void>(const store::Emit&)>& read, bool with_step) {
  Rows out;
  read([&](std::span<const store::Cell> cells) {
    auto& row = out.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!with_step || i != 2) row.push_back(store::text_of(cells[i]));
    return true;
  }).value();
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return std::stoul(a[1]) < std::stoul(b[1]); });
  return out;
}

/// One Step of made-up news: entities appear, are forgotten, are reported with event times up to
/// ten minutes old.
void news(model::Step step, ViewState& view) {
  auto& s = view.situation;
  s.now = model::EventTime{kStart_ms + std::int64_t{step} * 1000};
  const auto pick = [](std::uint32_t below) { return *rc::gen::inRange<std::uint32_t>(0, below); };
  if (pick(4) == 0 || s.vehicles.empty()) {
    model::VehicleSituation v;
    v.last.vehicle = pick(1000);
    v.last.source = model::DatasetId{pick(3)};
    v.heard = s.now;
    s.vehicles.insert(s.vehicles.begin() + pick(static_cast<std::uint32_t>(s.vehicles.size()) + 1),
                      v);
  }
  if (pick(10) == 0) s.vehicles.erase(s.vehicles.begin() + pick(s.vehicles.size()));
  for (std::uint32_t n = pick(4); n > 0 && !s.vehicles.empty(); --n) {
    auto& v = s.vehicles[pick(static_cast<std::uint32_t>(s.vehicles.size()))];
    v.last.at = s.now - std::int64_t{pick(600)} * 1000;
    v.last.at_m = static_cast<float>(pick(500));
    v.heard = s.now;
  }
  if (pick(20) == 0) {  // one goes and one comes in the same Step: as many as before
    if (!s.events.empty()) s.events.erase(s.events.begin());
    s.events.push_back({});
    s.events.back().number = s.next_event++;
    s.events.back().heard = s.now;
    s.events.back().last = s.now - std::int64_t{pick(600)} * 1000;
  }
}

RC_GTEST_PROP(AsOf, IsTheStateAfterThatStepLateReportsIncluded, ()) {
  const test::TemporaryFolder folder;
  auto opened = store::Store::open({folder.path(), "test", false});
  auto& store = **opened;
  store::StepWrite base(0);
  put(base, store::CityRow{"test", kStart_ms, 0, 0, false});
  put(base, 0, store::ViewRow{"desk", 7, 0});
  store.commit(std::move(base)).value();
  ViewState view;
  const auto last = *rc::gen::inRange<model::Step>(1, 50);
  // A crowd, so that there is more than one block.
  for (std::uint32_t n = *rc::gen::inRange(0, 80); n > 0; --n) {
    view.situation.vehicles.emplace_back();
    view.situation.vehicles.back().last.vehicle = 10'000 + n;
    view.situation.vehicles.back().last.source = model::DatasetId{1};
  }
  std::map<model::Step, std::pair<Rows, Rows>> stopped;  // what a run stopped there would hold
  const auto warehouse = [&] { return std::move(*store::Warehouse::open(store)); };
  for (model::Step step = 1; step <= last; ++step) {
    news(step, view);
    store::StepWrite write(step);
    write_known(0, view, write);
    store.commit(std::move(write)).value();
    if (*rc::gen::inRange(0, 8) != 0 && step != last) continue;
    const auto w = warehouse();
    const auto held = [&](const char* table) {
      return rows_of(
          [&](const auto& e) {
            return w.scan({*store::find_table(table), {}, {}, {}}, e);
          },
          false);
    };
    stopped[step] = {held("vehicle_latest"), held("event_latest")};
  }
  const auto w = warehouse();
  for (const auto& [t, held] : stopped) {
    const auto as_of = [&, at = t](const char* table) {
      return rows_of(
          [&](const auto& e) {
            return w.as_of({*store::find_table(table), {}, {}, {}}, at, e);
          },
          true);
    };
    RC_ASSERT(as_of("vehicle_history") == held.first);
    RC_ASSERT(as_of("event_latest") == held.second);
  }
}

}  // namespace
}  // namespace citybrain::node
