#include "hub/protection/sealing.h"

#include <algorithm>

#include "citybrain/v1/protection.pb.h"

namespace citybrain::protection {

namespace {

/// What one field of one record is bound to: the first half of its hash is the nonce's source.
struct Binding {
  Nonce nonce{};
  Bytes32 associated{};

  Binding(const RecordIdentity& record, std::string_view field, std::uint32_t row) {
    const auto bind = [&](std::string_view what) {
      return hash_of({what, record.topic, record.source, record.id, field, std::to_string(row)});
    };
    const auto hash = bind("citybrain/nonce/1");
    std::copy_n(hash.begin(), nonce.size(), nonce.begin());
    associated = bind("citybrain/sealed/1");
  }
};

}  // namespace

void Sealing::add(std::string_view field, std::uint32_t row, std::string_view kind,
                  std::string_view identity, std::string_view plain) {
  if (vault_ == nullptr) return;
  fields_.push_back({std::string(field), row, vault_->tag_of(kind, identity), std::string(plain)});
}

std::string Sealing::take(const RecordIdentity& record) {
  v1::SealedFields message;
  for (auto& f : fields_) {
    const auto* key = vault_->key_for(f.subject);
    if (key != nullptr) {
      const Binding to(record, f.name, f.row);
      auto* field = message.add_fields();
      field->set_subject(f.subject.data(), f.subject.size());
      field->set_field(f.name);
      field->set_row(f.row);
      field->set_box(seal(*key, to.nonce, view(to.associated), f.plain));
    }
    wipe({reinterpret_cast<std::uint8_t*>(f.plain.data()), f.plain.size()});
  }
  fields_.clear();
  return message.SerializeAsString();
}

std::optional<std::vector<OpenedField>> open_fields(const Vault& vault,
                                                    const RecordIdentity& record,
                                                    std::string_view header) {
  v1::SealedFields message;
  if (!message.ParseFromArray(header.data(), static_cast<int>(header.size()))) return std::nullopt;
  std::vector<OpenedField> out;
  for (const auto& f : message.fields()) {
    OpenedField field;
    if (f.subject().size() != field.subject.size()) return std::nullopt;
    std::copy(f.subject().begin(), f.subject().end(), field.subject.begin());
    field.field = f.field();
    field.row = f.row();
    if (const auto* key = vault.find(field.subject)) {
      const Binding to(record, f.field(), f.row());
      field.value = open(*key, to.nonce, view(to.associated), f.box());
    }
    out.push_back(std::move(field));
  }
  return out;
}

}  // namespace citybrain::protection
