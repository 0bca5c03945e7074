// Messages of departments: any bytes under any schema are admitted or quarantined; the first byte
// chooses dataset and schema.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/access/access.h"
#include "schemas/schemas.h"
#include "tests/support/networks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static const auto network = test::crossing();
  static const auto catalog =
      *catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts");
  static const access::Rules rules(network, catalog);
  if (size == 0) return 0;
  constexpr schemas::SchemaRef kSchemas[] = {schemas::kIdCrosswalk, schemas::kDetectorReport,
                                             schemas::kVideoReport, schemas::kProbeBatch,
                                             schemas::kLinkTable};
  access::State state;
  access::Admitted out;
  access::Incoming r;
  r.dataset = model::DatasetId{static_cast<std::uint32_t>(data[0] % catalog.contracts().size())};
  const auto schema = kSchemas[data[0] / 8 % 5];
  r.schema_id = schema.id;
  r.schema_index = schema.index;
  r.publish_time.ms = 1'772'409'601'000;
  r.source = "fuzz";
  r.id = "1";
  r.payload = {reinterpret_cast<const char*>(data) + 1, size - 1};
  rules.admit({&r, 1}, state, out);
  const auto& c = state.counters[r.dataset.value];
  if (c.records != 1 || out.quarantined.size() > 1) std::abort();
  if (!out.quarantined.empty() && out.batch.size() != 0)
    std::abort();  // quarantined records leave nothing behind
  return 0;
}
