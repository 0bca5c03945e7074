// Messages of departments: any bytes under any schema are admitted or quarantined; the first byte
// chooses the dataset, the second the schema.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/access/access.h"
#include "schemas/schemas.h"
#include "tests/support/fake_city.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static const auto network = test::crossing_with_places();
  static const auto catalog =
      *catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts");
  static const access::Rules rules(network, catalog);
  if (size < 2) return 0;
  constexpr schemas::SchemaRef kSchemas[] = {
      schemas::kIdCrosswalk,     schemas::kDetectorReport, schemas::kVideoReport,
      schemas::kProbeBatch,      schemas::kLinkTable,      schemas::kFleetTable,
      schemas::kPlateReport,     schemas::kPositionReport, schemas::kBusReport,
      schemas::kAmbulanceReport, schemas::kEmergencyCall,  schemas::kLotReport,
      schemas::kCitizenReport};
  // What the crosswalks of a run would have said, so that messages with these names go on.
  access::State state;
  access::Tables tables;
  const access::Target lane{{}, model::LaneId{0}, model::RoadId{0}, 150, 3};
  tables.crosswalk["traffic_police.detector"]["CAB-0001"] = {{}, lane};
  tables.crosswalk["traffic_police.camera_lane"]["CAM"] = {{}, lane};
  tables.crosswalk["transport.stop"]["S00001"] = {lane};
  tables.crosswalk["parking.lot"]["P330101-0004"] = {lane};
  tables.fleets["transport.terminal"]["139057100000"] = 0;
  tables.fleets["emergency_medical.vehicle"]["120-01"] = 0;
  tables.links["navigation.link"][700'001] = model::RoadId{0};
  access::Admitted out;
  access::Incoming r;
  r.dataset = model::DatasetId{static_cast<std::uint32_t>(data[0] % catalog.contracts().size())};
  const auto schema = kSchemas[data[1] % std::size(kSchemas)];
  r.schema_id = schema.id;
  r.schema_index = schema.index;
  r.publish_time.ms = 1'772'409'601'000;
  r.source = "fuzz";
  r.id = "1";
  r.payload = {reinterpret_cast<const char*>(data) + 2, size - 2};
  rules.admit({&r, 1}, state, tables, out);
  const auto& c = state.counters[r.dataset.value];
  if (c.records != 1 || out.quarantined.size() > 1) std::abort();
  if (!out.quarantined.empty() && out.batch.size() != 0)
    std::abort();  // quarantined records leave nothing behind
  return 0;
}
