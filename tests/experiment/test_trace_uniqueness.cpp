// Re-identification by trajectory (de Montjoye, Hidalgo, Verleysen, Blondel: Unique in the Crowd,
// Scientific Reports 3, 1376, 2013): of how many clients of a navigation company do a few points
// of place and time, known from elsewhere, leave one trace? Before and after masking, on what a
// reader of quickstart's probes sees. docs/personal-data.md quotes the table that this prints.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>

#include "hub/access/reader.h"
#include "hub/network/framing.h"
#include "hub/runtime/random.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

using catalog::MaskKind;
using catalog::MaskRule;
using catalog::PlaceScale;

const std::filesystem::path kRoot = CITYBRAIN_SOURCE_DIR;
using Point = std::pair<std::uint32_t, std::int64_t>;  ///< road and time
using Traces = std::map<std::uint64_t, std::set<Point>>;

class TraceUniqueness : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kHorizon_s = 900;

  static void SetUpTestSuite() {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    const auto scenario = *load_scenario(r, kRoot);
    const auto world = *build_world(scenario, false);
    network = world.network;
    contracts = *catalog::Catalog::load(kRoot / "schemas/contracts");
    const test::TemporaryFolder folder;
    RunOptions o;
    o.out = folder.path();
    o.seed = 1;
    o.horizon_s = kHorizon_s;
    o = *settle(scenario, std::move(o));
    ASSERT_TRUE(run(scenario, world, contracts, o, {}));
    network::EmbeddedOptions e;
    e.directory = folder.path() / "log";
    e.identity = identity_of(scenario, o);
    const auto log = network::open_embedded(e).value();
    access::Rules rules(*network, contracts);
    access::State state;
    access::Tables tables;
    access::Admitted admitted;
    for (const char* dataset : {"navigation.link_table", "navigation.probes"})
      for (network::Partition p = 0; p < network->districts.size(); ++p)
        read(*log, dataset, p, [&](const access::Incoming& record) {
          rules.admit({&record, 1}, state, tables, admitted);
          seconds[record.publish_time.ms].probes.insert(
              seconds[record.publish_time.ms].probes.end(), admitted.batch.probes.begin(),
              admitted.batch.probes.end());
        });
  }
  template <class Use>
  static void read(network::Log& log, const char* dataset, network::Partition p, const Use& use) {
    auto cursor = log.cursor(dataset, p, 0).value();
    for (;;) {
      const auto records = cursor->poll(1000).value();
      if (records.empty()) return;
      for (const auto& r : records) {
        const auto framed = *network::unframe(r.value);
        access::Incoming in;
        in.dataset = contracts.find(dataset)->id;
        in.publish_time = r.publish_time;
        in.source = r.header("ce_source");
        in.id = r.header("ce_id");
        in.schema_id = framed.schema.id;
        in.schema_index = framed.schema.index;
        in.payload = framed.payload;
        use(in);
      }
    }
  }
  /// What a reader with these masks can put together of each client; places to the metre are told
  /// apart by tens of metres.
  static Traces traces(std::vector<MaskRule> masks) {
    access::ReaderSpec spec;
    spec.recipient = "reader";
    access::Grant grant;
    grant.dataset = contracts.find("navigation.probes")->id;
    grant.masks = std::move(masks);
    spec.grants = {grant};
    const auto reader = access::Reader::make(*network, contracts, spec).value();
    access::ReaderState state;
    access::Sight seen;
    Traces all;
    const auto last = seconds.rbegin()->first;
    static const model::ObservationBatch kNothing;
    for (auto now = seconds.begin()->first; now <= last + 1'800'000; now += 1000) {
      const auto in = seconds.find(now);
      const model::ObservationBatch* batch = in == seconds.end() ? &kNothing : &in->second;
      reader.see({&batch, 1}, {now}, access::kAllDatasets, state, seen);
      for (const auto& p : seen.batches.front().probes)
        all[p.pseudonym].insert(
            {p.road.value * 1000 + static_cast<std::uint32_t>(p.to_stop_line_m / 10), p.at.ms});
    }
    return all;
  }
  /// The share of traces that `known` of their own points tell from all others.
  static double unique(const Traces& all, std::size_t known) {
    const runtime::Random random(1);
    std::size_t counted = 0, alone = 0;
    for (const auto& [who, points] : all) {
      const std::vector<Point> own(points.begin(), points.end());
      std::set<Point> picked;
      for (std::size_t i = 0; picked.size() < std::min(known, own.size()); ++i)
        picked.insert(own[random.bits(runtime::purpose("uniqueness"), who, i) % own.size()]);
      const auto fits = [&](const auto& trace) {
        return std::all_of(picked.begin(), picked.end(),
                           [&](const Point& p) { return trace.second.contains(p); });
      };
      ++counted;
      alone += std::count_if(all.begin(), all.end(), fits) == 1 ? 1 : 0;
    }
    return counted == 0 ? 0 : static_cast<double>(alone) / static_cast<double>(counted);
  }

  static std::shared_ptr<const model::RoadNetwork> network;
  static catalog::Catalog contracts;
  static std::map<std::int64_t, model::ObservationBatch> seconds;
};
std::shared_ptr<const model::RoadNetwork> TraceUniqueness::network;
catalog::Catalog TraceUniqueness::contracts;
std::map<std::int64_t, model::ObservationBatch> TraceUniqueness::seconds;

MaskRule place(PlaceScale scale, std::uint32_t cell_m = 0) {
  MaskRule r;
  r.kind = MaskKind::kGeneralisePlace;
  r.field = "lon_e6";
  r.scale = scale;
  r.cell_m = cell_m;
  return r;
}
MaskRule minutes(std::uint32_t n) {
  MaskRule r;
  r.kind = MaskKind::kGeneraliseTime;
  r.field = "unix_s";
  r.minutes = n;
  return r;
}

TEST_F(TraceUniqueness, FallsWithEveryStepOfGeneralisation) {
  MaskRule group;
  group.kind = MaskKind::kAggregate;
  group.minimum_group = 5;
  group.window_s = 60;
  struct Row {
    const char* name;
    std::vector<MaskRule> masks;
  };
  const Row rows[] = {{"pseudonyms, 10 m, 1 s", {}},
                      {"road, 1 s", {place(PlaceScale::kRoad)}},
                      {"road, 1 min", {place(PlaceScale::kRoad), minutes(1)}},
                      {"cell of 1 km, 5 min", {place(PlaceScale::kCell, 1000), minutes(5)}},
                      {"district, 15 min", {place(PlaceScale::kDistrict), minutes(15)}},
                      {"means of 5 a road and minute", {group}}};
  std::vector<double> with_four;
  std::printf("%-30s %8s %8s %8s\n", "what is seen", "traces", "2 points", "4 points");
  for (const auto& row : rows) {
    const auto all = traces(row.masks);
    const double two = unique(all, 2), four = unique(all, 4);
    std::printf("%-30s %8zu %7.1f%% %7.1f%%\n", row.name, all.size(), 100 * two, 100 * four);
    with_four.push_back(four);
  }
  EXPECT_GT(with_four.front(), 0.9) << "pseudonyms alone hide nobody";
  for (std::size_t i = 2; i + 1 < with_four.size(); ++i)
    EXPECT_LE(with_four[i], with_four[i - 1] + 0.02) << rows[i].name;
  EXPECT_LT(with_four[4], 0.1);
  EXPECT_LE(traces({group}).size(), 1U) << "a mean is nobody's trace";
}

}  // namespace
}  // namespace citybrain::experiment
