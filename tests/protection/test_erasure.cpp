// Erasures through the log: a record begins one, every vault carries it out and signs for it.
#include <gtest/gtest.h>

#include "hub/network/publisher.h"
#include "hub/protection/erasure.h"
#include "schemas/protection.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::protection {
namespace {

class ErasureTest : public ::testing::Test {
 protected:
  ErasureTest() {
    log = network::open_embedded({folder.path() / "log", {}, "test"}).value();
    std::filesystem::create_directory(folder.path() / "keys");
    for (const char* source : {"navigation/probes", "transport/gps"})
      vaults.push_back(Vault::open(folder.path() / "keys", source, subject_key).value());
    subject = vaults[0]->tag_of("client", "42");
    vaults[0]->key_for(subject);
    vaults[0]->flush().value();
  }
  std::unique_ptr<Custodian> custodian() {
    return Custodian::open(*log, {vaults[0].get(), vaults[1].get()}, keys).value();
  }
  ErasureRequest request(std::int64_t ms = 5000) const { return {to_hex(subject), "asked", {ms}}; }

  test::TemporaryFolder folder;
  Bytes32 subject_key = sha256("subjects");
  std::unique_ptr<network::Log> log;
  std::vector<std::unique_ptr<Vault>> vaults;
  std::shared_ptr<const KeyFile> keys = std::make_shared<const KeyFile>(keys_of_seed(1, {}, {}));
  SubjectTag subject{};
};

TEST_F(ErasureTest, TakesEffectAtItsTimeAndIsSignedFor) {
  const auto c = custodian();
  ASSERT_TRUE(c->request(request()));
  ASSERT_TRUE(c->carry_out({4999}));
  EXPECT_NE(vaults[0]->find(subject), nullptr);
  EXPECT_TRUE(c->receipts().empty());
  const auto fingerprint = fingerprint_of(*vaults[0]->find(subject));
  ASSERT_TRUE(c->carry_out({5000}));
  EXPECT_EQ(vaults[0]->find(subject), nullptr);
  ASSERT_EQ(c->receipts().size(), 2U);
  EXPECT_EQ(c->receipts()[0].vault, "navigation/probes");
  EXPECT_TRUE(c->receipts()[0].held);
  EXPECT_EQ(c->receipts()[0].fingerprint, fingerprint);
  EXPECT_FALSE(c->receipts()[1].held);
  for (const auto& r : c->receipts()) EXPECT_TRUE(check(r, *keys)) << r.vault;
}

TEST_F(ErasureTest, AskedForTwiceItIsOne) {
  for (int i = 0; i < 2; ++i) {
    const auto c = custodian();
    ASSERT_TRUE(c->request(request(5000 + i)));
    ASSERT_TRUE(c->carry_out({9000}));
    EXPECT_EQ(c->erasures().size(), 1U);
    EXPECT_EQ(c->receipts().size(), 2U);
    EXPECT_EQ(c->receipts()[0].effective.ms, 5000);
  }
  EXPECT_EQ(log->end(schemas::topic::kErasures, 0).value(), 1U);
  EXPECT_EQ(log->end(schemas::topic::kErasureReceipts, 0).value(), 2U);
}

TEST_F(ErasureTest, WhatWasBegunIsCompletedByWhoOpensItNext) {
  ASSERT_TRUE(custodian()->request(request()));
  const auto c = custodian();
  EXPECT_EQ(c->erasures().size(), 1U);
  ASSERT_TRUE(c->carry_out({9000}));
  EXPECT_EQ(c->receipts().size(), 2U);
  EXPECT_EQ(vaults[0]->find(subject), nullptr);
}

TEST_F(ErasureTest, AForgedReceiptProvesNothing) {
  const auto c = custodian();
  ASSERT_TRUE(c->request(request()));
  ASSERT_TRUE(c->carry_out({9000}));
  const auto good = c->receipts()[0];
  for (const auto& alter : std::initializer_list<void (*)(Receipt&)>{
           [](Receipt& r) { r.subject[0] = r.subject[0] == 'a' ? 'b' : 'a'; },
           [](Receipt& r) { r.vault += "x"; }, [](Receipt& r) { r.held = !r.held; },
           [](Receipt& r) { r.fingerprint[5] ^= 1U; }, [](Receipt& r) { ++r.overwrites; },
           [](Receipt& r) { ++r.effective.ms; }, [](Receipt& r) { r.key = "k2"; },
           [](Receipt& r) { r.signature[9] = static_cast<char>(r.signature[9] ^ 1); }}) {
    Receipt forged = good;
    alter(forged);
    const auto checked = check(forged, *keys);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, "CB-INPUT-ERASURE");
  }
  EXPECT_TRUE(check(good, *keys));
}

TEST_F(ErasureTest, StrangersOnTheTopicAreNamedAndStopNobody) {
  ASSERT_TRUE(log->create({schemas::topic::kErasures, 1}));
  auto stranger = network::Publisher::make(*log, "somebody").value();
  stranger.publish(schemas::topic::kErasures, 0, schemas::kErasure, {1}, {1}, "x", "x", "\xff\xff");
  ASSERT_TRUE(stranger.send());
  const auto c = custodian();
  ASSERT_TRUE(c->request(request()));
  ASSERT_TRUE(c->carry_out({9000}));
  ASSERT_EQ(c->strangers().size(), 1U);
  EXPECT_EQ(c->strangers()[0], "governance.erasures at 0");
  EXPECT_EQ(c->receipts().size(), 2U);
}

TEST_F(ErasureTest, WithoutTheCustodiansKeyNothingIsDestroyed) {
  keys = std::make_shared<const KeyFile>();
  const auto c = custodian();
  ASSERT_TRUE(c->request(request()));
  const auto done = c->carry_out({9000});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "CB-RUN-KEY");
  EXPECT_NE(vaults[0]->find(subject), nullptr);
}

}  // namespace
}  // namespace citybrain::protection
