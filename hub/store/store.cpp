#include "hub/store/store.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>
#include <xxhash.h>

#include <cstring>

#include "hub/runtime/faults.h"
#include "hub/runtime/files.h"
#include "hub/runtime/rocks.h"
#include "hub/store/opening.h"
#include "hub/store/step_write.h"
#include "hub/store/store_impl.h"

namespace citybrain::store {

using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::size_t kSnapshotsKept = 3;

rocksdb::ColumnFamilyOptions family_options(std::size_t memtable_bytes) {
  rocksdb::ColumnFamilyOptions o;
  o.write_buffer_size = memtable_bytes;
  o.compression = rocksdb::kNoCompression;
  return o;
}

/// Adds one of the operations that a StepWrite gathered.
template <class Gathered, class Operation>
rocksdb::Status add(const Gathered& w, const Operation& o, rocksdb::ColumnFamilyHandle* family,
                    rocksdb::WriteBatch& batch) {
  using Kind = typename Operation::Kind;
  if (o.kind == Kind::kErase) return batch.Delete(family, slice(w.key(o)));
  if (o.kind == Kind::kEraseRange)
    return batch.DeleteRange(family, slice(w.key(o)), slice(w.value(o)));
  return batch.Put(family, slice(w.key(o)), slice(w.value(o)));
}

std::uint32_t big_endian_u32(std::string_view bytes) {
  std::uint32_t v = 0;
  for (const char c : bytes) v = (v << 8) | static_cast<unsigned char>(c);
  return v;
}

std::string with_checksum(std::string_view bytes) {
  const std::uint64_t sum = XXH3_64bits(bytes.data(), bytes.size());
  std::string out(sizeof sum, '\0');
  std::memcpy(out.data(), &sum, sizeof sum);
  out.append(bytes);
  return out;
}

/// Nothing when the row is torn or altered.
std::optional<std::string> checked(std::string_view row) {
  std::uint64_t sum = 0;
  if (row.size() < sizeof sum) return std::nullopt;
  std::memcpy(&sum, row.data(), sizeof sum);
  row.remove_prefix(sizeof sum);
  if (sum != XXH3_64bits(row.data(), row.size())) return std::nullopt;
  return std::string(row);
}

}  // namespace

Result<void> Store::Impl::open(const StoreOpening& how) {
  auto db_options = runtime::quiet_database(*how.env);
  db_options.create_missing_column_families = true;
  auto sealed = std::make_shared<runtime::SealedLogs>();
  db_options.listeners.push_back(sealed);
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted{
      {rocksdb::kDefaultColumnFamilyName, family_options(how.memtable_bytes)}};
  for (const char* n : kNames) wanted.emplace_back(n, family_options(how.memtable_bytes));
  rocksdb::DB* opened = nullptr;
  const auto folder = options.directory / "rocksdb";
  rocksdb::Status s = runtime::prepare_database(*how.env->GetFileSystem(), folder);
  if (s.ok()) s = rocksdb::DB::Open(db_options, folder.string(), wanted, &families, &opened);
  if (!s.ok()) return failed(kOpen, "cannot open the store", s);
  database.reset(opened);
  sealed->watch(opened);
  return {};
}

/// Why this store is not opened.
Error Store::Impl::foreign(const std::string& found) const {
  if (found.starts_with(kFormerFormat))
    return {"CB-INPUT-STORE", "the store was written by the previous version of the program",
            options.directory.string(), "bring it up to date with ./citybrain store migrate RUN"};
  const bool other_format = !found.starts_with(kStoreFormat);
  return {"CB-INPUT-STORE",
          other_format ? "the store was written by another version of the program"
                       : fmt::format("the store belongs to \"{}\", not to \"{}\"",
                                     found.substr(kStoreFormat.size()), options.identity),
          options.directory.string(),
          "choose another folder with --out FOLDER, or remove this one"};
}

Result<void> Store::Impl::check_identity() {
  const std::string expected = std::string(kStoreFormat) + options.identity;
  std::string found;
  const auto s = database->Get({}, own(), slice(kIdentityKey), &found);
  if (s.ok() && found == expected) return {};
  if (s.ok()) {
    return foreign(found);
  }
  if (!s.IsNotFound()) return failed(kOpen, "cannot read the store", s);
  const auto put = database->Put({}, own(), slice(kIdentityKey), expected);
  if (!put.ok()) return failed(kOpen, "cannot write to the store", put);
  return {};
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  return StoreOpening{}.open(options);
}

Result<std::unique_ptr<Store>> StoreOpening::open(const StoreOptions& options) const {
  CITYBRAIN_TRY(runtime::make_directory(options.directory, kOpen));
  CITYBRAIN_ASSIGN(lock, runtime::DirectoryLock::acquire(options.directory, kOpen));
  auto impl = std::make_unique<Store::Impl>(options, std::move(lock));
  runtime::fault_point(runtime::Fault::kRestore);
  CITYBRAIN_TRY(impl->open(*this));
  runtime::fault_point(runtime::Fault::kRestore);

  CITYBRAIN_TRY(impl->check_identity());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<void> Store::commit(StepWrite&& write) {
  const auto& w = *write.impl_;
  rocksdb::WriteBatch batch(w.arena.size() + 24 * w.operations.size() + 64);
  for (const auto& o : w.operations) {
    const auto s = add(w, o, impl_->family(o.family), batch);
    if (!s.ok()) return impl_->failed(kWrite, "cannot gather a step's rows", s);
  }
  const std::string step = Key().u32(w.step).take();
  (void)batch.Put(impl_->own(), slice(kStepKey), step);
  rocksdb::WriteOptions options;
  options.sync = impl_->options.sync_every_commit;
  runtime::fault_point(runtime::Fault::kCommit);
  const auto s = impl_->database->Write(options, &batch);
  if (!s.ok()) return impl_->write_failed(fmt::format("cannot commit step {}", w.step), s);
  runtime::fault_point(runtime::Fault::kCommit);
  return {};
}

Result<std::optional<Step>> Store::last_step() const {
  std::string bytes;
  const auto s = impl_->database->Get({}, impl_->own(), slice(kStepKey), &bytes);
  if (s.IsNotFound()) return std::optional<Step>{};
  if (!s.ok()) return impl_->failed(kRead, "cannot read the last step", s);
  return std::optional<Step>{big_endian_u32(bytes)};
}

Result<std::optional<std::string>> Store::get(Family family, std::string_view key) const {
  std::string bytes;
  const auto s = impl_->database->Get({}, impl_->family(family), slice(key), &bytes);
  if (s.IsNotFound()) return std::optional<std::string>{};
  if (!s.ok()) return impl_->failed(kRead, "cannot read a row", s);
  return std::optional<std::string>{std::move(bytes)};
}

Result<void> Store::scan(
    Family family, std::string_view prefix,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> rows(
      impl_->database->NewIterator({}, impl_->family(family)));
  for (rows->Seek(slice(prefix)); rows->Valid() && rows->key().starts_with(slice(prefix));
       rows->Next())
    if (!visit(view(rows->key()), view(rows->value()))) break;
  if (!rows->status().ok()) return impl_->failed(kRead, "cannot read rows", rows->status());
  return {};
}

Result<void> Store::scan_range(
    Family family, std::string_view from, std::string_view to,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  rocksdb::ReadOptions options;
  const rocksdb::Slice end = slice(to);
  if (!to.empty()) options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> rows(
      impl_->database->NewIterator(options, impl_->family(family)));
  for (rows->Seek(slice(from)); rows->Valid(); rows->Next())
    if (!visit(view(rows->key()), view(rows->value()))) break;
  if (!rows->status().ok()) return impl_->failed(kRead, "cannot read rows", rows->status());
  return {};
}

Result<std::optional<std::string>> Store::get_as_of(Family family, std::string_view entity_prefix,
                                                    Step known) const {
  const std::unique_ptr<rocksdb::Iterator> rows(
      impl_->database->NewIterator({}, impl_->family(family)));
  std::string bound(entity_prefix);
  bound += Key().u32(known).view();
  rows->SeekForPrev(bound);
  if (!rows->status().ok()) return impl_->failed(kRead, "cannot read rows", rows->status());
  const bool is_of_entity = rows->Valid() && rows->key().starts_with(slice(entity_prefix)) &&
                            rows->key().size() == bound.size();
  if (!is_of_entity) return std::optional<std::string>{};
  return std::optional<std::string>{rows->value().ToString()};
}

Result<void> Store::put_snapshot(const Snapshot& snapshot) {
  auto* family = impl_->family(Family::kSnapshots);
  rocksdb::WriteBatch batch;
  (void)batch.Put(family, Key().u32(snapshot.step).take(), with_checksum(snapshot.bytes));
  const std::unique_ptr<rocksdb::Iterator> rows(impl_->database->NewIterator({}, family));
  std::size_t newer = 1;
  for (rows->SeekForPrev(Key().u32(snapshot.step).take()); rows->Valid(); rows->Prev()) {
    if (big_endian_u32(view(rows->key())) == snapshot.step) continue;
    if (++newer > kSnapshotsKept) (void)batch.Delete(family, rows->key());
  }
  if (!rows->status().ok()) return impl_->failed(kRead, "cannot read snapshots", rows->status());
  rocksdb::WriteOptions options;
  options.sync = impl_->options.sync_every_commit;
  runtime::fault_point(runtime::Fault::kSnapshot);
  const auto s = impl_->database->Write(options, &batch);
  if (!s.ok())
    return impl_->write_failed(fmt::format("cannot write the snapshot of step {}", snapshot.step),
                               s);
  runtime::fault_point(runtime::Fault::kSnapshot);
  return {};
}

Result<std::optional<Snapshot>> Store::snapshot_at_or_before(Step step) const {
  runtime::fault_point(runtime::Fault::kRestore);
  const std::unique_ptr<rocksdb::Iterator> rows(
      impl_->database->NewIterator({}, impl_->family(Family::kSnapshots)));
  for (rows->SeekForPrev(Key().u32(step).take()); rows->Valid(); rows->Prev()) {
    if (auto bytes = checked(view(rows->value())))
      return std::optional<Snapshot>{
          Snapshot{big_endian_u32(view(rows->key())), std::move(*bytes)}};
  }
  if (!rows->status().ok()) return impl_->failed(kRead, "cannot read snapshots", rows->status());
  return std::optional<Snapshot>{};
}

Result<void> Store::sync() {
  if (impl_->broken) return *impl_->broken;  // RocksDB aborts when a log is synced after that
  const auto s = impl_->database->FlushWAL(true);
  if (!s.ok()) return impl_->failed(kWrite, "cannot sync the store", s);
  return {};
}

}  // namespace citybrain::store
