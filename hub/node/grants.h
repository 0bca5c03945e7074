// What the law lets each view see, Step by Step: the datasets that its desks are given, and those
// of requests in use for their department and purpose. A function of governance.requests alone,
// which is read from its beginning, so that no snapshot holds it and every process has the same.
// Events count from the Step on that reads them, before its observations. Private to hub/node.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hub/catalog/audit.h"
#include "hub/catalog/request.h"
#include "hub/node/node.h"

namespace citybrain::node {

class GrantReader {
 public:
  /// `options.law` is there; `options` and `catalog` must outlive it.
  static model::Result<GrantReader> open(network::Log& log, const catalog::Catalog& catalog,
                                         const Options& options);

  /// Takes what was published up to `now`, the end of the next Step.
  model::Result<void> step(model::EventTime now, network::Horizon horizon);

  model::SourceMask grants(std::size_t view) const { return now_[view]; }
  /// It sees less than in the Step before: what it knew it may know no longer.
  bool lost(std::size_t view) const { return (now_[view] | before_[view]) != now_[view]; }
  /// The masking rules of the requests that grant it something.
  const catalog::GrantMasks& masks(std::size_t view) const { return masks_[view]; }
  /// The bytes that this Step read.
  std::string_view read() const { return read_; }
  /// For the audit: the steps of requests that this Step read, and the grants that began or ended
  /// in it, by request.
  const std::vector<catalog::AuditBody>& changes() const { return changes_; }

 private:
  GrantReader(const catalog::Catalog& catalog, const Options& options,
              std::unique_ptr<network::Cursor> cursor);
  catalog::Rules rules() const;
  void take(const catalog::Event& event);
  void note_changes(std::size_t view, model::EventTime now);

  const catalog::Catalog* catalog_;
  const Options* options_;
  std::unique_ptr<network::Cursor> cursor_;
  catalog::Book book_;
  std::vector<model::SourceMask> before_, now_;  // by view
  std::vector<catalog::GrantMasks> masks_;       // by view
  std::string read_;
  std::vector<catalog::AuditBody> changes_;
};

}  // namespace citybrain::node
