// What `store` does once its command line is read. Private to scenarios/cli.
#pragma once

#include <cstdint>
#include <string>

#include "hub/model/result.h"
#include "scenarios/experiment/report.h"

namespace citybrain::cli {

struct StoreArguments {
  std::string run, table, key, time, area;
  std::string where, from, to, as_of, format = "csv", out, target, lang;
  std::uint64_t limit = 100;
  bool json = false;
};

// Reading.
model::Result<void> store_ls(const StoreArguments& a, experiment::Language language);
model::Result<void> store_get(const StoreArguments& a, experiment::Language language);
model::Result<void> store_scan(const StoreArguments& a, experiment::Language language);
model::Result<void> store_as_of(const StoreArguments& a, experiment::Language language);
model::Result<void> store_near(const StoreArguments& a, experiment::Language language);
model::Result<void> store_export(const StoreArguments& a, experiment::Language language);
model::Result<void> store_indicators(const StoreArguments& a, experiment::Language language);
// Upkeep.
model::Result<void> store_verify(const StoreArguments& a, experiment::Language language);
model::Result<void> store_checkpoint(const StoreArguments& a, experiment::Language language);
model::Result<void> store_backup(const StoreArguments& a, experiment::Language language);
model::Result<void> store_restore(const StoreArguments& a, experiment::Language language);
model::Result<void> store_migrate(const StoreArguments& a, experiment::Language language);

}  // namespace citybrain::cli
