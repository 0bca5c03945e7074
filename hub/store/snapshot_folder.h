// Snapshots of parts of a hub's working state in a folder that several processes share (a disk of
// one machine, or a network's), so that whoever takes over a part goes on from the newest one.
//
//   FOLDER/PART/STEP.snapshot    identity of the run, state, checksum; the newest three a part
//
// Promises: a file is whole or not there; one that was damaged is passed over; one of another run
// is refused, never read (CB-INPUT-SNAPSHOT). Two processes may write the same part: where the
// state is a function of the step, they write the same bytes. Errors: CB-STORE-SNAPSHOT (the folder
// cannot be written or read). Threading: one object a thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/store.h"

namespace citybrain::store {

class SnapshotFolder {
 public:
  /// `writer` keeps unfinished files of processes apart.
  SnapshotFolder(std::filesystem::path folder, std::string identity, std::string writer)
      : folder_(std::move(folder)), identity_(std::move(identity)), writer_(std::move(writer)) {}

  model::Result<void> put(const std::string& part, const Snapshot& snapshot);
  /// The newest whole one at or before `step`.
  model::Result<std::optional<Snapshot>> at_or_before(const std::string& part,
                                                      model::Step step) const;
  /// The oldest whole one: what replaying may have to begin with.
  model::Result<std::optional<Snapshot>> oldest(const std::string& part) const;
  /// Names of the parts that have snapshots, in order.
  model::Result<std::vector<std::string>> parts() const;
  /// Steps of the snapshots of a part, in order.
  model::Result<std::vector<model::Step>> steps(const std::string& part) const;

 private:
  /// Nothing when it is damaged or gone.
  model::Result<std::optional<Snapshot>> read(const std::string& part, model::Step step) const;
  std::filesystem::path file(const std::string& part, model::Step step) const;
  std::filesystem::path folder_;
  std::string identity_, writer_;
};

}  // namespace citybrain::store
