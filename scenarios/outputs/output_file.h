// A file that is written while a city runs and is whole or not there: bytes go to NAME.part, which
// gets its name at the end. Errors CB-RUN-WRITE. One thread.
#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::outputs {

class OutputFile {
 public:
  static model::Result<OutputFile> create(const std::filesystem::path& path);
  OutputFile(OutputFile&&) = default;
  OutputFile& operator=(OutputFile&&) = default;
  /// Removes what was not finished.
  ~OutputFile();

  void write(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out_ && !reason_) reason_ = errno;  // of the first write that failed
    size_ += bytes.size();
  }
  std::uint64_t size() const { return size_; }
  /// The file now has its name. Says here what went wrong since create().
  model::Result<void> finish();

 private:
  explicit OutputFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path part() const { return path_.string() + ".part"; }

  std::filesystem::path path_;
  std::ofstream out_;
  std::optional<int> reason_;
  std::uint64_t size_ = 0;
};

}  // namespace citybrain::outputs
