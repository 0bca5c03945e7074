// A department's vault: one AES-256 key a person, in a file beside the log and never in it. Without
// the key nobody reads what was sealed under it, wherever copies of the log are: destroying the key
// is the erasure of the person (crypto-shredding).
//
// The file has mode 0600 and slots of 128 bytes, the first of which names the vault's source:
// state ('L' live, 'D' destroyed), the person's tag, key, fingerprint (SHA-256 of the key under a
// name of its own), checksum. Destroying overwrites the key in place with random bytes, then with
// zeros, each synced, and reads back. A slot whose checksum does not fit (a power cut) has no key.
//
// A person is told apart by a tag: HMAC of kind and identity ("plate:A12345") under the key
// `subject` of the key file; the vault knows no identities. A destroyed tag stays as a tombstone:
// it never gets a key again. Errors: CB-INPUT-KEYS (no vault, in use, of another source),
// CB-RUN-WRITE. One thread a Vault; one process a file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/protection/crypto.h"

namespace citybrain::protection {

using SubjectTag = std::array<std::uint8_t, 16>;
std::string to_hex(const SubjectTag& tag);
/// From 32 hexadecimal digits.
std::optional<SubjectTag> tag_from_hex(std::string_view text);
/// Of "KIND:IDENTITY" under the key `subject` of the custodian: a person has the same tag in every
/// vault of a run.
SubjectTag tag_of(const Bytes32& subject_key, std::string_view kind, std::string_view identity);
Bytes32 fingerprint_of(const Bytes32& key);

class Vault {
 public:
  /// Opens or makes the file of `source` ("navigation/probes") in `folder`.
  static model::Result<std::unique_ptr<Vault>> open(const std::filesystem::path& folder,
                                                    const std::string& source,
                                                    const Bytes32& subject_key);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  const std::string& source() const { return source_; }
  SubjectTag tag_of(std::string_view kind, std::string_view identity) const;
  /// The person's key, made when there is none yet; nullptr when it was destroyed.
  const Bytes32* key_for(const SubjectTag& tag);
  const Bytes32* find(const SubjectTag& tag) const;
  /// Keys made so far are on the disk when it returns; before that nothing may be published that
  /// was sealed under them.
  model::Result<void> flush();

  struct Destroyed {
    bool held = false;  ///< there was a slot of this person
    Bytes32 fingerprint{};
    std::uint32_t overwrites = 0;
  };
  /// Also where nothing or not all is left to destroy: done twice it is done once.
  model::Result<Destroyed> destroy(const SubjectTag& tag);
  /// True when the person's slot holds a key no longer, read from the file.
  model::Result<bool> is_destroyed(const SubjectTag& tag) const;

  struct Counts {
    std::uint64_t live = 0, destroyed = 0, damaged = 0;
  };
  Counts counts() const;
  std::vector<SubjectTag> live() const;

 private:
  static constexpr std::size_t kSlot = 128;
  struct Entry {
    std::uint64_t slot = 0;  ///< in the file
    char state = 'L';        ///< 'X': damaged
    Bytes32 key{};
    Bytes32 fingerprint{};
  };
  Vault(int file, std::filesystem::path path, std::string source, const Bytes32& subject_key)
      : file_(file), path_(std::move(path)), source_(std::move(source)), subject_(subject_key) {}
  model::Result<void> load();
  model::Result<void> write(std::uint64_t slot, std::string_view bytes);
  model::Result<void> sync();
  model::Error failed(const char* doing) const;
  static std::string encode(char state, const SubjectTag& tag, const Entry& entry);
  Entry& add(const SubjectTag& tag, char state, const Bytes32& key);

  int file_ = -1;
  std::filesystem::path path_;
  std::string source_;
  Bytes32 subject_;
  std::map<SubjectTag, Entry> entries_;
  std::uint64_t slots_ = 1;  ///< of the file and what is pending; the first is the head
  std::string pending_;      ///< slots that flush() writes
};

/// Of every vault in the folder, by file name.
model::Result<std::vector<std::string>> vault_sources(const std::filesystem::path& folder);

}  // namespace citybrain::protection
