// Batches signed by departments: what is as it was said passes, what is forged, altered, moved or
// signed with another key does not, and its neighbours pass all the same.
#include <gtest/gtest.h>

#include "hub/network/publisher.h"
#include "hub/protection/signing.h"
#include "schemas/protection.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::protection {
namespace {

using network::Statement;

constexpr const char* kTopic = "navigation.probes";
const std::string kProbesSource = "navigation/probes";

std::shared_ptr<const KeyFile> keys() {
  return std::make_shared<const KeyFile>(keys_of_seed(1, {"navigation", "transport"}, {}));
}

struct Batch {
  std::vector<std::string> ids, payloads;
  std::vector<Statement> statements;

  explicit Batch(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      ids.push_back("id-" + std::to_string(i));
      payloads.push_back("payload " + std::to_string(i));
    }
    for (std::size_t i = 0; i < n; ++i)
      statements.push_back({{1000}, kProbesSource, ids[i], {3, 0}, payloads[i], {}});
  }
};

TEST(Signing, EveryRecordOfABatchOfAnySizePasses) {
  const auto signer = make_signer(keys(), "navigation").value();
  Verifier verifier(keys());
  for (std::size_t n = 1; n <= 33; ++n) {
    const Batch batch(n);
    const auto headers = signer->sign(kTopic, 2, batch.statements);
    ASSERT_EQ(headers.size(), n);
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_EQ(verifier.doubt("navigation", kTopic, 2, batch.statements[i], headers[i]),
                std::nullopt)
          << i << " of " << n;
  }
}

TEST(Signing, OneAlteredRecordIsFoundAndNoOther) {
  const auto signer = make_signer(keys(), "navigation").value();
  Verifier verifier(keys());
  const Batch batch(7);
  const auto headers = signer->sign(kTopic, 0, batch.statements);
  const auto doubt = [&](Statement s, std::size_t header = 3, std::uint32_t partition = 0,
                         const char* topic = kTopic, const char* department = "navigation") {
    return verifier.doubt(department, topic, partition, s, headers[header]);
  };
  const auto& good = batch.statements[3];
  EXPECT_FALSE(doubt(good));
  auto s = good;
  s.payload = "another";
  EXPECT_TRUE(doubt(s));
  s = good;
  s.id = "id-9";
  EXPECT_TRUE(doubt(s));
  s = good;
  s.publish_time.ms += 1;
  EXPECT_TRUE(doubt(s));
  s = good;
  s.source = "navigation/other";
  EXPECT_TRUE(doubt(s));
  s = good;
  s.schema.index = 1;
  EXPECT_TRUE(doubt(s));
  s = good;
  s.sealed = "sealed";
  EXPECT_TRUE(doubt(s));
  EXPECT_TRUE(doubt(good, 4)) << "a neighbour's header";
  EXPECT_TRUE(doubt(good, 3, 1)) << "in another partition";
  EXPECT_TRUE(doubt(good, 3, 0, "navigation.link_table")) << "in another dataset";
  EXPECT_TRUE(doubt(good, 3, 0, kTopic, "transport")) << "of another department";
  EXPECT_FALSE(doubt(good));
  for (std::size_t i = 0; i < headers[3].size(); ++i) {
    auto altered = headers[3];
    altered[i] = static_cast<char>(altered[i] ^ 4);
    EXPECT_TRUE(verifier.doubt("navigation", kTopic, 0, good, altered)) << "byte " << i;
  }
}

TEST(Signing, WhatIsMissingOrOverIsNamed) {
  auto file = keys_of_seed(1, {"navigation"}, {});
  const auto at = *time_from("2026-03-02T00:00:00Z");
  (void)file.rotate(KeyKind::kSign, "navigation", at, random_key()).value();
  const auto rotated = std::make_shared<const KeyFile>(file);
  const auto signer = make_signer(rotated, "navigation").value();
  Verifier verifier(rotated);
  Batch batch(1);
  for (const std::int64_t ms : {at.ms - 1, at.ms}) {
    batch.statements[0].publish_time.ms = ms;
    const auto headers = signer->sign(kTopic, 0, batch.statements);
    EXPECT_EQ(verifier.doubt("navigation", kTopic, 0, batch.statements[0], headers[0]),
              std::nullopt);
  }
  EXPECT_EQ(verifier.doubt("navigation", kTopic, 0, batch.statements[0], ""), "it is not signed");
  // Signed with a key that was over at the record's own time
  const auto old = make_signer(keys(), "navigation").value();
  const auto header = old->sign(kTopic, 0, batch.statements)[0];
  const auto why = verifier.doubt("navigation", kTopic, 0, batch.statements[0], header);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("navigation k1"), std::string::npos) << *why;
  EXPECT_NE(why->find("until 2026-03-02T00:00:00Z"), std::string::npos) << *why;

  const auto nobody = make_signer(keys(), "parking");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, "CB-RUN-KEY");
}

/// The public key is enough to recognise, and not enough to sign.
TEST(Signing, AHubNeedsNoSecrets) {
  KeyFile hub;
  const auto all = keys();
  const auto secret = *all->valid(KeyKind::kSign, "navigation", {});
  hub.add({KeyKind::kVerify, "navigation", "k1", model::EventTime{INT64_MIN},
           model::EventTime{INT64_MAX}, public_key_of(secret->material)});
  const auto shared = std::make_shared<const KeyFile>(hub);
  Verifier verifier(shared);
  const Batch batch(3);
  const auto headers = make_signer(keys(), "navigation").value()->sign(kTopic, 0, batch.statements);
  EXPECT_EQ(verifier.doubt("navigation", kTopic, 0, batch.statements[2], headers[2]), std::nullopt);
  EXPECT_FALSE(make_signer(shared, "navigation"));
}

TEST(Signing, ADepartmentSignsItsOwnDatasetsOnly) {
  const auto signer = make_signer(keys(), "navigation").value();
  const Batch batch(1);
  EXPECT_TRUE(signer->sign("control.watermarks", 0, batch.statements).empty());
  EXPECT_TRUE(signer->sign("navigation_other.probes", 0, batch.statements).empty());
}

/// What a publisher sends is what the verifier is shown: header for header.
TEST(Signing, APublisherSignsWhatItSends) {
  const test::TemporaryFolder folder;
  const auto log = network::open_embedded({folder.path(), {}, "test"}).value();
  ASSERT_TRUE(log->create({kTopic, 1}));
  auto publisher = network::Publisher::make(*log, kProbesSource).value();
  publisher.sign_with(make_signer(keys(), "navigation").value());
  for (const char* id : {"a", "b", "c"})
    publisher.publish(kTopic, 0, {3, 0}, {5000}, {4000}, id, "subject",
                      std::string("payload ") + id, {}, std::string(id) == "b" ? "sealed" : "");
  ASSERT_TRUE(publisher.send());
  auto cursor = log->cursor(kTopic, 0, 0).value();
  const auto records = cursor->poll(10).value();
  ASSERT_EQ(records.size(), 3U);
  Verifier verifier(keys());
  for (const auto& r : records) {
    const auto id = r.header("ce_id");
    const std::string payload = "payload " + std::string(id);
    EXPECT_EQ(r.header(schemas::header::kSealed), id == "b" ? "sealed" : "");
    EXPECT_EQ(verifier.doubt("navigation", kTopic, 0,
                             {r.publish_time,
                              r.header("ce_source"),
                              id,
                              {3, 0},
                              payload,
                              r.header(schemas::header::kSealed)},
                             r.header(schemas::header::kSignature)),
              std::nullopt)
        << id;
  }
}

}  // namespace
}  // namespace citybrain::protection
