// Entries of audit chains with the names that their chain's first entry gives to its numbers.
// Private to scenarios/experiment.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <vector>

#include "hub/catalog/audit.h"
#include "hub/store/store.h"

namespace citybrain::experiment {

class AuditNames {
 public:
  void take(const catalog::Opened& opened) { opened_ = opened; }
  const std::string& chain() const { return opened_.chain; }
  std::string dataset(std::uint32_t id) const;
  std::string view(std::uint32_t id) const;  ///< "hub" for kNobody
  std::string desk(std::uint32_t id) const;
  std::vector<std::string> desks_of(std::uint32_t view) const;
  const catalog::Opened& opened() const { return opened_; }

 private:
  catalog::Opened opened_;
};

struct AuditRow {
  catalog::AuditPlace at;
  catalog::Hash hash{};
  catalog::AuditEntry entry;
};

/// Every entry that can be read, chain by chain in order, with the names of its chain; what cannot
/// be read is passed over (verify names it). Until use() returns false. Error CB-INPUT-AUDIT when
/// the store has no chain.
model::Result<void> each_entry(const store::Store& store,
                               const std::function<bool(const AuditRow&, const AuditNames&)>& use);

boost::json::object fields_of(const catalog::AuditBody& body, const AuditNames& names);

}  // namespace citybrain::experiment
