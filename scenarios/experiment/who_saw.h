// Who saw a dataset, or what speaks of a subject (docs/audit.md): from the accesses of the audit
// chains, and, for a subject, the records of the log that name it. Errors: CB-INPUT-AUDIT,
// CB-NETWORK-*, CB-STORE-READ. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/store/store.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// One view, and the desks that decide on it.
struct Viewer {
  std::string view;
  std::vector<std::string> desks;
  std::string dataset;
  std::uint64_t records = 0;
  model::Step first = 0, last = 0;
  std::uint64_t steps = 0;
};

/// A record that names the subject.
struct SeenRecord {
  std::string topic;
  std::uint32_t partition = 0;
  std::uint64_t position = 0;
  std::string time, id, subject;
  model::Step step = 0;            ///< in which it was put before them; 0: in none
  std::vector<std::string> views;  ///< nobody when it was quarantined
  std::string quarantined;         ///< why; empty when it was not
};

struct WhoSaw {
  std::string asked;
  bool is_dataset = false;
  std::vector<Viewer> viewers;
  std::vector<SeenRecord> records;  ///< of a subject
  std::string tag;                  ///< of a person; else empty
  std::vector<std::string> erased;  ///< of a person: what the audit says of the erasure, in order
  std::vector<std::string> grants;  ///< "opened hub traffic_police.video_flow 1.0.0", in order
};

/// `log` may be null for a dataset. A subject is a record's ce_subject, any value of its message,
/// or a person whose fields were sealed beside it: by tag, or by "KIND:NAME" where `keys`, the
/// run's folder of keys, has the key that makes tags.
model::Result<WhoSaw> who_saw(const store::Store& store, network::Log* log,
                              const std::string& asked, const std::filesystem::path& keys = {});
std::string who_saw_text(const WhoSaw& answer, Language language);
std::string who_saw_json(const WhoSaw& answer);

}  // namespace citybrain::experiment
