#include "hub/network/acknowledged.h"

#include <xxhash.h>

#include <cstring>

#include "hub/runtime/rocks.h"

namespace citybrain::network {
namespace {

/// The number and its checksum.
struct Row {
  std::uint64_t sequence = 0;
  std::uint64_t sum = 0;
};

std::uint64_t sum_of(std::uint64_t sequence) { return XXH3_64bits(&sequence, sizeof sequence); }

/// The file's name survives a power cut, too.
rocksdb::IOStatus create(rocksdb::FileSystem& files, const std::filesystem::path& path) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = files.NewWritableFile(path.string(), {}, &file, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (status.ok()) status = runtime::sync_folder(files, path.parent_path());
  return status;
}

}  // namespace

model::Result<AcknowledgedFile> AcknowledgedFile::open(rocksdb::Env& env,
                                                       const std::filesystem::path& path) {
  auto& files = *env.GetFileSystem();
  auto status = files.FileExists(path.string(), {}, nullptr);
  if (status.IsNotFound()) status = create(files, path);
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  if (status.ok()) status = files.NewRandomRWFile(path.string(), {}, &file, nullptr);
  if (!status.ok())
    return runtime::rocks_error("CB-NETWORK-OPEN", "cannot open the file", path, status);
  return AcknowledgedFile(std::move(file));
}

std::optional<std::uint64_t> AcknowledgedFile::read() const {
  Row row;
  rocksdb::Slice bytes;
  char scratch[sizeof row];
  if (!file_->Read(0, sizeof row, {}, &bytes, scratch, nullptr).ok() || bytes.size() != sizeof row)
    return std::nullopt;
  std::memcpy(&row, bytes.data(), sizeof row);
  if (row.sum != sum_of(row.sequence)) return std::nullopt;
  return row.sequence;
}

void AcknowledgedFile::write(std::uint64_t sequence) {
  const Row row{sequence, sum_of(sequence)};
  // When it cannot be written, the check at open is weaker, and nothing else.
  file_->Write(0, {reinterpret_cast<const char*>(&row), sizeof row}, {}, nullptr)
      .PermitUncheckedError();
}

}  // namespace citybrain::network
