#include "scenarios/outputs/output_file.h"

#include <cerrno>
#include <system_error>

#include "hub/runtime/files.h"

namespace citybrain::outputs {

using model::Result;

namespace {
constexpr const char* kCode = "CB-RUN-WRITE";
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& path) {
  OutputFile file(path);
  errno = 0;
  file.out_.open(file.part(), std::ios::binary | std::ios::trunc);
  if (!file.out_) return runtime::file_error(kCode, "the file cannot be written", path, errno);
  return file;
}

OutputFile::~OutputFile() {
  if (!out_.is_open()) return;
  out_.close();
  std::error_code ignored;
  std::filesystem::remove(part(), ignored);
}

Result<void> OutputFile::finish() {
  if (!reason_) errno = 0;
  out_.close();
  if (!out_)
    return runtime::file_error(kCode, "the file cannot be written", path_, reason_.value_or(errno));
  return runtime::put_in_place(part(), path_, kCode);
}

}  // namespace citybrain::outputs
