// Personal fields of a record, sealed before it is published (AES-256-GCM under the person's key in
// the department's vault), and opened again by whoever has the vault. The nonce and the associated
// data are of the record's identity (dataset, source, id), the field and the row: a box that is put
// into another record, field or row does not open. Errors: none; what cannot be opened has no
// value. One thread a Sealing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/protection/vault.h"

namespace citybrain::protection {

/// What a sealed field belongs to.
struct RecordIdentity {
  std::string_view topic;
  std::string_view source;
  std::string_view id;  ///< ce_id
};

/// Gathers the fields of one record after the other. Without a vault it gathers nothing.
class Sealing {
 public:
  explicit Sealing(Vault* vault) : vault_(vault) {}

  bool is_on() const { return vault_ != nullptr; }
  /// `kind` and `identity` say whose field it is ("plate", "A12345").
  void add(std::string_view field, std::uint32_t row, std::string_view kind,
           std::string_view identity, std::string_view plain);
  /// The header of the record to which the fields added so far belong; empty where there is
  /// nothing to seal, or where the persons' keys were destroyed.
  std::string take(const RecordIdentity& record);

 private:
  struct Field {
    std::string name;
    std::uint32_t row = 0;
    SubjectTag subject{};
    std::string plain;
  };
  Vault* vault_;
  std::vector<Field> fields_;
};

struct OpenedField {
  SubjectTag subject{};
  std::string field;
  std::uint32_t row = 0;
  std::optional<std::string>
      value;  ///< nothing: the key was destroyed, or it is not of this record
};

/// Nothing when the header cannot be read at all.
std::optional<std::vector<OpenedField>> open_fields(const Vault& vault,
                                                    const RecordIdentity& record,
                                                    std::string_view header);

}  // namespace citybrain::protection
