// Vaults and what is sealed under their keys.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/protection/sealing.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::protection {
namespace {

const std::string kSource = "navigation/probes";
const Bytes32 kSubjectKey = sha256("subject key");

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

class VaultTest : public ::testing::Test {
 protected:
  std::unique_ptr<Vault> open(const std::string& source = kSource) {
    return Vault::open(folder.path(), source, kSubjectKey).value();
  }
  std::filesystem::path file() const { return folder.path() / "navigation_probes.vault"; }
  test::TemporaryFolder folder;
};

TEST_F(VaultTest, KeysAreThereAgainWhenItIsOpenedAgain) {
  Bytes32 key{};
  {
    const auto vault = open();
    key = *vault->key_for(vault->tag_of("client", "1"));
    EXPECT_NE(key, *vault->key_for(vault->tag_of("client", "2")));
    EXPECT_EQ(key, *vault->key_for(vault->tag_of("client", "1")));
    ASSERT_TRUE(vault->flush());
  }
  struct stat about {};
  ASSERT_EQ(::stat(file().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto vault = open();
  EXPECT_EQ(*vault->find(vault->tag_of("client", "1")), key);
  EXPECT_EQ(vault->find(vault->tag_of("client", "3")), nullptr);
  EXPECT_EQ(vault->counts().live, 2U);
  EXPECT_EQ(vault_sources(folder.path()).value(), std::vector<std::string>{kSource});
}

TEST_F(VaultTest, ADestroyedKeyIsGoneFromTheFileAndNeverComesBack) {
  auto vault = open();
  const auto tag = vault->tag_of("client", "1"), other = vault->tag_of("client", "2");
  const Bytes32 key = *vault->key_for(tag);
  vault->key_for(other);
  ASSERT_TRUE(vault->flush());
  ASSERT_NE(bytes_of(file()).find(view(key)), std::string::npos);
  const auto destroyed = vault->destroy(tag).value();
  EXPECT_TRUE(destroyed.held);
  EXPECT_EQ(destroyed.overwrites, 2U);
  EXPECT_EQ(destroyed.fingerprint, fingerprint_of(key));
  EXPECT_EQ(bytes_of(file()).find(view(key)), std::string::npos);
  EXPECT_TRUE(vault->is_destroyed(tag).value());
  EXPECT_FALSE(vault->is_destroyed(other).value());
  EXPECT_EQ(vault->key_for(tag), nullptr);
  vault.reset();
  vault = open();
  EXPECT_EQ(vault->key_for(tag), nullptr);
  EXPECT_NE(vault->find(other), nullptr);
  // Done twice it says the same.
  EXPECT_EQ(vault->destroy(tag).value().fingerprint, fingerprint_of(key));
  // Somebody without a key never gets one.
  const auto stranger = vault->tag_of("client", "9");
  EXPECT_FALSE(vault->destroy(stranger).value().held);
  EXPECT_EQ(vault->key_for(stranger), nullptr);
  EXPECT_EQ(vault->counts().destroyed, 2U);
}

TEST_F(VaultTest, WhatAPowerCutLeavesIsOpened) {
  {
    const auto vault = open();
    for (const char* name : {"1", "2", "3"}) vault->key_for(vault->tag_of("client", name));
    ASSERT_TRUE(vault->flush());
  }
  const auto whole = bytes_of(file());
  {  // the last slot was being written
    std::ofstream(file(), std::ios::binary) << whole.substr(0, whole.size() - 50);
    const auto vault = open();
    EXPECT_EQ(vault->counts().live, 2U);
  }
  {  // a slot in the middle came back torn: no key, nothing else lost
    auto torn = whole;
    torn[2 * 128 + 40] = static_cast<char>(torn[2 * 128 + 40] ^ 1);
    std::ofstream(file(), std::ios::binary) << torn;
    const auto vault = open();
    EXPECT_EQ(vault->counts().live, 2U);
    EXPECT_EQ(vault->counts().damaged, 1U);
    EXPECT_EQ(vault->key_for(vault->tag_of("client", "2")), nullptr);
    EXPECT_TRUE(vault->destroy(vault->tag_of("client", "2")).value().held ||
                vault->is_destroyed(vault->tag_of("client", "2")).value());
  }
  {  // never begun
    std::ofstream(file(), std::ios::binary) << "citybrain";
    EXPECT_EQ(open()->counts().live, 0U);
  }
}

TEST_F(VaultTest, AWrongFileIsRefused) {
  {
    const auto vault = open();
    const auto second = Vault::open(folder.path(), kSource, kSubjectKey);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "CB-INPUT-KEYS");
    EXPECT_NE(second.error().what.find("in use"), std::string::npos);
  }
  std::filesystem::copy_file(file(), folder.path() / "transport_gps.vault");
  ::chmod((folder.path() / "transport_gps.vault").c_str(), 0600);
  EXPECT_FALSE(Vault::open(folder.path(), "transport/gps", kSubjectKey));
  ::chmod(file().c_str(), 0644);
  const auto open_to_all = Vault::open(folder.path(), kSource, kSubjectKey);
  ASSERT_FALSE(open_to_all);
  EXPECT_NE(open_to_all.error().mend.find("chmod 600"), std::string::npos);
}

TEST_F(VaultTest, SealedFieldsOpenInTheirOwnRecordOnly) {
  const auto vault = open();
  Sealing sealing(vault.get());
  sealing.add("device", 0, "client", "1", "138");
  sealing.add("device", 1, "client", "2", "139");
  const RecordIdentity record{"navigation.probes", kSource, "0-17"};
  const auto header = sealing.take(record);
  EXPECT_EQ(header.find("138"), std::string::npos);
  const auto fields = open_fields(*vault, record, header);
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].value, "138");
  EXPECT_EQ((*fields)[1].value, "139");
  EXPECT_EQ((*fields)[1].row, 1U);
  EXPECT_EQ((*fields)[1].subject, vault->tag_of("client", "2"));
  for (const RecordIdentity& other : {RecordIdentity{"navigation.probes", kSource, "0-18"},
                                      RecordIdentity{"navigation.other", kSource, "0-17"},
                                      RecordIdentity{"navigation.probes", "other", "0-17"}}) {
    const auto elsewhere = open_fields(*vault, other, header);
    ASSERT_TRUE(elsewhere);
    EXPECT_EQ(elsewhere->size(), 2U);
    for (const auto& f : *elsewhere) EXPECT_FALSE(f.value);
  }
  // The same record, published again, has the same bytes.
  sealing.add("device", 0, "client", "1", "138");
  sealing.add("device", 1, "client", "2", "139");
  EXPECT_EQ(sealing.take(record), header);
  EXPECT_FALSE(open_fields(*vault, record, "no header"));
  EXPECT_TRUE(sealing.take(record).empty());
}

TEST_F(VaultTest, AnErasedPersonIsReadByNobodyAndSealedNoMore) {
  const auto vault = open();
  Sealing sealing(vault.get());
  const RecordIdentity before{"navigation.probes", kSource, "0-1"},
      after{"navigation.probes", kSource, "0-2"};
  sealing.add("device", 0, "client", "1", "138");
  sealing.add("device", 1, "client", "2", "139");
  const auto header = sealing.take(before);
  (void)vault->destroy(vault->tag_of("client", "1")).value();
  const auto fields = *open_fields(*vault, before, header);
  EXPECT_FALSE(fields[0].value);
  EXPECT_EQ(fields[1].value, "139");
  sealing.add("device", 0, "client", "1", "138");
  EXPECT_TRUE(sealing.take(after).empty());
}

TEST(Sealing, WithoutAVaultNothingIsGathered) {
  Sealing sealing(nullptr);
  EXPECT_FALSE(sealing.is_on());
  sealing.add("device", 0, "client", "1", "138");
  EXPECT_TRUE(sealing.take({"t", "s", "i"}).empty());
}

}  // namespace
}  // namespace citybrain::protection
