// The key file: who signs, who is recognised, under which keys pseudonyms are made. Text, a key a
// line, readable by its owner only (mode 0600 or stricter):
//
//   citybrain-keys 1
//   # kind    owner           id  from                  until                 material
//   sign      traffic_police  k1  2026-01-01T00:00:00Z  2027-01-01T00:00:00Z  <64 hex digits>
//   verify    navigation      k1  -                     -                     <64 hex digits>
//
// kind: sign (a department's Ed25519 secret; recognises its signatures too), verify (its public key
// alone), pseudonym (a recipient's HMAC key), subject (the HMAC key of persons' tags, owner
// custodian). from and until (exclusive) are in the run's time; "-" is no bound. Of several
// keys that are valid at a time the last one in the file is used; old ones stay, to recognise what
// they signed. Errors: CB-INPUT-KEYS (file, line, column, what was expected; mode), CB-RUN-KEY (no
// key, not yet or no longer valid: names key and file). Values; safe to read from many threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"
#include "hub/protection/crypto.h"

namespace citybrain::protection {

enum class KeyKind : std::uint8_t { kSign, kVerify, kPseudonym, kSubject };
std::string_view name_of(KeyKind kind);

struct KeyEntry {
  KeyKind kind = KeyKind::kSign;
  std::string owner;
  std::string id;
  model::EventTime from{INT64_MIN};
  model::EventTime until{INT64_MAX};
  Bytes32 material{};
  std::size_t line = 0;  ///< in the file; 0: not read from one

  bool valid(model::EventTime at) const { return from <= at && at < until; }
};

/// "2026-03-02T07:00:00Z"; "-" for no bound.
std::string time_text(model::EventTime t);
/// Of that form; nothing for another one, nor for "-".
std::optional<model::EventTime> time_from(std::string_view text);

class KeyFile {
 public:
  static model::Result<KeyFile> parse(std::string_view text, std::string_view name);
  /// Error CB-INPUT-KEYS also when others than the owner may read the file.
  static model::Result<KeyFile> load(const std::filesystem::path& file);

  std::string text() const;
  /// Writes the whole file or nothing, with mode 0600.
  model::Result<void> save(const std::filesystem::path& file) const;

  const std::vector<KeyEntry>& keys() const { return keys_; }
  const std::string& name() const { return name_; }
  /// "keys.txt:3: until", without the folder where `short_name`: what goes into a store must not
  /// depend on where a run is.
  std::string place(const KeyEntry& key, model::EventTime at, bool short_name = false) const;
  void add(KeyEntry key) { keys_.push_back(std::move(key)); }
  /// The key of `owner` at a time.
  model::Result<const KeyEntry*> valid(KeyKind kind, std::string_view owner,
                                       model::EventTime at) const;
  /// By its id, valid or not; nullptr when there is none.
  const KeyEntry* find(KeyKind kind, std::string_view owner, std::string_view id) const;
  /// The keys of `owner` valid at `at` end there, and a new one begins, which is returned. Error
  /// CB-RUN-KEY when there is none to follow.
  model::Result<const KeyEntry*> rotate(KeyKind kind, std::string_view owner, model::EventTime at,
                                        const Bytes32& material);

 private:
  std::vector<KeyEntry> keys_;
  std::string name_ = "keys";
};

/// The keys of a simulated run, a function of its seed: who has the seed has the keys.
KeyFile keys_of_seed(std::uint64_t seed, const std::vector<std::string>& departments,
                     const std::vector<std::string>& recipients);

/// Who signs receipts of erasures.
constexpr const char* kCustodian = "custodian";

}  // namespace citybrain::protection
