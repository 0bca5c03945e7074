// Records that their department did not sign: quarantined with the reason, before they can take the
// place of a true one.
#include <gtest/gtest.h>

#include "hub/access/access.h"
#include "schemas/schemas.h"
#include "tests/support/fake_city.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::access {
namespace {

constexpr std::int64_t kSignedAt = 1'772'409'601'000;
const std::string kCameraSource = "traffic_police/video";

class SignaturesTest : public ::testing::Test {
 protected:
  SignaturesTest()
      : network(test::crossing_with_places()),
        catalog(*catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts")),
        keys(std::make_shared<const protection::KeyFile>(
            protection::keys_of_seed(1, {"traffic_police", "navigation"}, {}))) {
    traffic_police::v1::PlateReport report;
    report.set_camera("CAM");
    report.set_local_ms(kSignedAt);
    payload = report.SerializeAsString();
    const auto& contract = *catalog.find("traffic_police.plates");
    record.dataset = contract.id;
    record.publish_time.ms = kSignedAt;
    record.source = kCameraSource;
    record.id = "p-CAM-1";
    record.schema_id = schemas::kPlateReport.id;
    record.schema_index = schemas::kPlateReport.index;
    record.payload = payload;
    const network::Statement s{record.publish_time,   record.source,  record.id,
                               schemas::kPlateReport, record.payload, {}};
    signature = protection::make_signer(keys, "traffic_police")
                    .value()
                    ->sign(contract.dataset, 0, {&s, 1})[0];
  }
  /// The fault of the record under these rules; nothing when access took it for what it is (and
  /// then finds that no crosswalk names its camera).
  std::string fault(bool required, std::string_view signed_with, bool altered = false) {
    Rules rules(network, catalog, kDedupeWindow_ms, {keys, required});
    auto r = record;
    r.signature = signed_with;
    std::string other = payload + "x";
    if (altered) r.payload = other;
    rules.admit({&r, 1}, state, tables, out);
    EXPECT_EQ(out.quarantined.size(), 1U);
    return name(out.quarantined[0].fault);
  }

  model::RoadNetwork network;
  catalog::Catalog catalog;
  std::shared_ptr<const protection::KeyFile> keys;
  std::string payload, signature;
  Incoming record;
  State state;
  Tables tables;
  Admitted out;
};

TEST_F(SignaturesTest, WhatTheDepartmentSignedPasses) {
  EXPECT_EQ(fault(true, signature), "unknown-id");
}

TEST_F(SignaturesTest, WhatIsUnsignedPassesUnlessItMustBeSigned) {
  EXPECT_EQ(fault(false, ""), "unknown-id");
  state = {};
  EXPECT_EQ(fault(true, ""), "signature");
  EXPECT_EQ(out.quarantined[0].detail, "it is not signed");
}

TEST_F(SignaturesTest, WhatWasAlteredOrForgedIsFoundWhereverSignaturesAreLookedAt) {
  EXPECT_EQ(fault(false, signature, true), "signature");
  EXPECT_EQ(fault(false, "forged"), "signature");
  EXPECT_EQ(state.counters[record.dataset.value].quarantined, 2U);
}

TEST_F(SignaturesTest, AForgedRecordDoesNotTakeThePlaceOfTheTrueOne) {
  EXPECT_EQ(fault(true, "forged"), "signature");
  EXPECT_EQ(fault(true, signature), "unknown-id") << "the same id, and no duplicate";
  EXPECT_EQ(state.counters[record.dataset.value].duplicates, 0U);
}

}  // namespace
}  // namespace citybrain::access
