#include <fmt/format.h>

#include <boost/json.hpp>

#include "hub/store/warehouse.h"
#include "scenarios/cli/store_command.h"
#include "scenarios/experiment/run_store.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

void print_report(const StoreArguments& a, const experiment::BackupReport& r, bool zh,
                  const char* done, const char* done_zh) {
  if (a.json)
    fmt::print(
        "{}\n",
        boost::json::serialize(boost::json::object{
            {"identity", r.identity}, {"step", r.step}, {"files", r.files}, {"bytes", r.bytes}}));
  else
    fmt::print(
        fmt::runtime(zh ? "{}:第 {} 步,{} 个文件,{} 字节\n" : "{}: step {}, {} files, {} bytes\n"),
        zh ? done_zh : done, r.step, r.files, r.bytes);
}

}  // namespace

Result<void> store_verify(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(store, experiment::open_past_store(a.run));
  CITYBRAIN_ASSIGN(warehouse, store::Warehouse::open(*store));
  CITYBRAIN_ASSIGN(found, warehouse.verify());
  const bool zh = language == Language::kChinese;
  std::uint64_t rows = 0;
  boost::json::array problems;
  for (const auto& [name, state] : found.tables) rows += state.logical_rows;
  for (const auto& p : found.problems) problems.emplace_back(p);
  if (a.json)
    fmt::print("{}\n",
               boost::json::serialize(boost::json::object{{"sound", found.problems.empty()},
                                                          {"tables", found.tables.size()},
                                                          {"rows", rows},
                                                          {"last_step", warehouse.last_step()},
                                                          {"problems", problems}}));
  else
    fmt::print(fmt::runtime(zh ? "{} 张表,{} 行,至第 {} 步:校验和、摘要、索引与保留期均相符\n"
                               : "{} tables, {} rows, up to step {}: checksums, digests, index and "
                                 "retention checked\n"),
               found.tables.size(), rows, warehouse.last_step());
  if (found.problems.empty()) return {};
  for (const auto& p : found.problems) fmt::print(stderr, "  {}\n", p);
  return Error{"CB-STORE-DAMAGED", fmt::format("{} problems were found", found.problems.size()),
               a.run, "restore the folder from a backup, or run again from the seed"};
}

Result<void> store_checkpoint(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(store, experiment::open_past_store(a.run));
  CITYBRAIN_TRY(store->checkpoint(a.target));
  CITYBRAIN_ASSIGN(step, store->last_step());
  if (a.json)
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"checkpoint", a.target},
                                                                  {"step", step.value_or(0)}}));
  else
    fmt::print(fmt::runtime(language == Language::kChinese ? "{}:仓库第 {} 步的副本\n"
                                                           : "{}: the store at step {}\n"),
               a.target, step.value_or(0));
  return {};
}

Result<void> store_backup(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(r, experiment::backup_run(a.run, a.target));
  print_report(a, r, language == Language::kChinese, "backed up", "已备份");
  return {};
}

Result<void> store_restore(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(r, experiment::restore_run(a.target, a.run));
  print_report(a, r, language == Language::kChinese, "restored", "已恢复");
  return {};
}

Result<void> store_migrate(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(rows, experiment::migrate_run(a.run));
  const bool zh = language == Language::kChinese;
  if (a.json)
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"rows", rows}}));
  else if (rows == 0)
    fmt::print("{}\n", zh ? "仓库已是本版本格式" : "the store is of this version's format already");
  else
    fmt::print(fmt::runtime(zh ? "已转换为本版本格式:改写 {} 行\n"
                               : "brought up to this version's format: {} rows rewritten\n"),
               rows);
  return {};
}

}  // namespace citybrain::cli
