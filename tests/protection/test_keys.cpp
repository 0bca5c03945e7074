// The primitives against published vectors, and the key file: what it takes, and what it says of
// what it does not take.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "hub/protection/crypto.h"
#include "hub/protection/key_file.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::protection {
namespace {

Bytes32 of_hex(std::string_view text) { return *bytes32(*from_hex(text)); }
const std::string kMaterial(64, '1');

TEST(Crypto, AgreesWithPublishedVectors) {
  EXPECT_EQ(to_hex(view(sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
  // RFC 8032, section 7.1, test 2
  const auto secret = of_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  EXPECT_EQ(to_hex(view(public_key_of(secret))),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(to_hex(sign(secret, "\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
            "3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  // The GCM specification's test case 14: 256 zero bits, one zero block
  EXPECT_EQ(to_hex(seal(Bytes32{}, Nonce{}, "", std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Crypto, ABoxOpensWithEverythingRightAndWithNothingElse) {
  const auto key = random_key();
  const Nonce nonce{1, 2, 3};
  const auto box = seal(key, nonce, "record", "A12345");
  EXPECT_EQ(open(key, nonce, "record", box), "A12345");
  EXPECT_FALSE(open(random_key(), nonce, "record", box));
  EXPECT_FALSE(open(key, Nonce{}, "record", box));
  EXPECT_FALSE(open(key, nonce, "another", box));
  EXPECT_FALSE(open(key, nonce, "record", "short"));
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto altered = box;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(open(key, nonce, "record", altered)) << i;
  }
}

TEST(Crypto, ListsOfPartsHashByTheirParts) {
  EXPECT_NE(hash_of({"ab", "c"}), hash_of({"a", "bc"}));
  EXPECT_NE(hash_of({"a", ""}), hash_of({"a"}));
}

TEST(KeyFile, ComesBackAsItWasWritten) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "keys.txt";
  const auto keys = keys_of_seed(7, {"navigation", "transport"}, {"desk"});
  ASSERT_TRUE(keys.save(file));
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto back = KeyFile::load(file);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->text(), keys.text());
  EXPECT_EQ(keys_of_seed(7, {"navigation", "transport"}, {"desk"}).text(), keys.text());
  EXPECT_NE(keys_of_seed(8, {"navigation", "transport"}, {"desk"}).text(), keys.text());
}

TEST(KeyFile, WhatOthersCanReadIsRefused) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "keys.txt";
  ASSERT_TRUE(keys_of_seed(1, {}, {}).save(file));
  ::chmod(file.c_str(), 0640);
  const auto keys = KeyFile::load(file);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, "CB-INPUT-KEYS");
  EXPECT_EQ(keys.error().where, file.string());
  EXPECT_NE(keys.error().what.find("0640"), std::string::npos) << keys.error().what;
  EXPECT_NE(keys.error().mend.find("chmod 600"), std::string::npos);
  const auto none = KeyFile::load(folder.path() / "none.txt");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "CB-INPUT-KEYS");
}

TEST(KeyFile, MistakesAreNamedByLineAndColumn) {
  const std::string head = "citybrain-keys 1\n# a comment\n";
  const std::pair<std::string, const char*> wrong[] = {
      {"", ":1:1"},
      {"something else\n", ":1:1"},
      {head + "sing navigation k1 - - " + kMaterial, ":3:1"},
      {head + "sign navigation k1 - -", ":3:22"},
      {head + "sign navigation k1 tomorrow - " + kMaterial, ":3:20"},
      {head + "sign navigation k1 - 2026-02-30T00:00:00Z " + kMaterial, ":3:22"},
      {head + "sign navigation k1 2027-01-01T00:00:00Z 2026-01-01T00:00:00Z " + kMaterial, ":3:41"},
      {head + "sign navigation k1 - - 1234", ":3:24"},
      {head + "sign n k1 - - " + kMaterial + "\nsign n k1 - - " + kMaterial, ":4:8"}};
  for (const auto& [text, where] : wrong) {
    const auto keys = KeyFile::parse(text, "keys.txt");
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().code, "CB-INPUT-KEYS");
    EXPECT_EQ(keys.error().where, std::string("keys.txt") + where) << keys.error().text();
  }
}

TEST(KeyFile, AnExpiredOrMissingKeyIsNamedWithFileAndLine) {
  const auto keys = KeyFile::parse(
      "citybrain-keys 1\nsign navigation k1 2026-01-01T00:00:00Z "
      "2026-03-01T00:00:00Z " +
          kMaterial + "\n",
      "keys.txt");
  ASSERT_TRUE(keys) << keys.error().text();
  EXPECT_TRUE(keys->valid(KeyKind::kSign, "navigation", *time_from("2026-02-01T00:00:00Z")));
  for (const char* at : {"2025-12-31T23:59:59Z", "2026-03-01T00:00:00Z"}) {
    const auto late = keys->valid(KeyKind::kSign, "navigation", *time_from(at));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "CB-RUN-KEY");
    EXPECT_EQ(late.error().where,
              std::string(at) < "2026" ? "keys.txt:2: from" : "keys.txt:2: until");
    EXPECT_NE(late.error().what.find("navigation k1"), std::string::npos) << late.error().what;
  }
  const auto none = keys->valid(KeyKind::kSign, "transport", {});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("transport"), std::string::npos);
}

TEST(KeyFile, RotationEndsAKeyAndKeepsIt) {
  auto keys = keys_of_seed(1, {"navigation"}, {});
  const auto at = *time_from("2026-03-02T00:00:00Z");
  const auto next = keys.rotate(KeyKind::kSign, "navigation", at, random_key());
  ASSERT_TRUE(next) << next.error().text();
  EXPECT_EQ((*next)->id, "k2");
  EXPECT_EQ((*keys.valid(KeyKind::kSign, "navigation", at))->id, "k2");
  EXPECT_EQ((*keys.valid(KeyKind::kSign, "navigation", at - 1))->id, "k1");
  EXPECT_NE(keys.find(KeyKind::kSign, "navigation", "k1"), nullptr);
  EXPECT_FALSE(keys.rotate(KeyKind::kSign, "nobody", at, random_key()));
  const auto back = KeyFile::parse(keys.text(), "keys.txt");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text(), keys.text());
}

}  // namespace
}  // namespace citybrain::protection
