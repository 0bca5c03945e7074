// Copies of a store and checks of its files.
#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include "hub/store/store_impl.h"

namespace citybrain::store {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

Result<void> Store::checkpoint(const fs::path& folder) {
  std::error_code ec;
  if (fs::exists(folder, ec))
    return Error{"CB-INPUT-OUT", "the folder is there already", folder.string(),
                 "name a new folder"};
  // The copy gets its name when it is whole: what a kill leaves behind has another one.
  const fs::path unfinished = folder.string() + ".part";
  fs::remove_all(unfinished, ec);
  CITYBRAIN_TRY(runtime::make_directory(unfinished, kWrite));
  rocksdb::Checkpoint* made = nullptr;
  auto s = rocksdb::Checkpoint::Create(impl_->database.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (s.ok()) s = checkpoint->CreateCheckpoint((unfinished / "rocksdb").string());
  if (!s.ok()) {
    fs::remove_all(unfinished, ec);
    return runtime::rocks_error(kWrite, "cannot copy the store", folder, s);
  }
  fs::rename(unfinished, folder, ec);
  if (ec) return runtime::file_error(kWrite, "cannot name the copy", folder, ec.value());
  return {};
}

Result<void> Store::verify_checksums() const {
  const auto s = impl_->database->VerifyChecksum();
  if (s.ok()) return {};
  return impl_->failed(s.IsCorruption() ? "CB-STORE-DAMAGED" : kRead,
                       "a file does not match its checksums", s);
}

}  // namespace citybrain::store
