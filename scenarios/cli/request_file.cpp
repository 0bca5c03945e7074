#include "scenarios/cli/request_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "hub/runtime/files.h"
#include "scenarios/experiment/law_config.h"

namespace citybrain::cli {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

constexpr const char* kCode = "CB-INPUT-REQUESTS";

Error no_file(const fs::path& file) {
  return {kCode, "there is no such file of requests", file.string(),
          "./citybrain request new begins one; --log FILE names another"};
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Error RequestFile::io_error(const char* doing) const {
  return runtime::file_error(kCode, doing, file_, errno);
}

Result<RequestFile> RequestFile::open(const fs::path& file, Open how, const std::string& law,
                                      const std::string& calendar, const fs::path& home) {
  std::error_code ec;
  const bool exists = fs::exists(file, ec);
  if (!exists && (how == Open::kRead || law.empty())) return no_file(file);
  if (fs::is_directory(file, ec))
    return Error{kCode, "is a folder, a file was expected", file.string(), ""};
  const int flags = how == Open::kRead ? O_RDONLY : O_RDWR | O_CREAT;
  RequestFile out(file, ::open(file.c_str(), flags | O_CLOEXEC, 0644));
  if (out.descriptor_ < 0) return out.io_error("cannot open the file");
  if (how == Open::kAppend && ::flock(out.descriptor_, LOCK_EX) != 0)
    return out.io_error("cannot lock the file");
  if (auto loaded = out.load(law, calendar, home); !loaded) {
    if (!exists && how == Open::kAppend) fs::remove(file, ec);
    return loaded.error();
  }
  return std::move(out);
}

RequestFile::RequestFile(RequestFile&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      log_(std::move(other.log_)),
      is_new_(other.is_new_),
      law_(std::move(other.law_)),
      calendar_(std::move(other.calendar_)),
      catalog_(std::move(other.catalog_)),
      book_(std::move(other.book_)) {}

RequestFile::~RequestFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> RequestFile::load(const std::string& law, const std::string& calendar,
                               const fs::path& home) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(file_, kCode));
  is_new_ = text.find('\n') == std::string::npos;
  if (is_new_) {
    if (law.empty()) return no_file(file_);
    log_.law = law;
    log_.calendar = calendar;
  } else {
    CITYBRAIN_ASSIGN(log, catalog::parse_request_log(text, file_.string()));
    log_ = std::move(log);
    if (!law.empty() && law != log_.law)
      return Error{kCode,
                   fmt::format("the file is kept under the law \"{}\", not \"{}\"", log_.law, law),
                   file_.string() + ":1: law", "leave --law out, or begin another file with --log"};
  }
  const auto folder = file_.parent_path();
  CITYBRAIN_ASSIGN(rules, experiment::find_law(log_.law, folder, home));
  CITYBRAIN_ASSIGN(days, experiment::find_calendar(log_.calendar, folder, home));
  CITYBRAIN_ASSIGN(contracts, catalog::Catalog::load(home / "schemas" / "contracts"));
  law_ = std::move(rules);
  calendar_ = std::move(days);
  catalog_ = std::move(contracts);
  catalog::fold(this->rules(), log_.events, book_);
  return {};
}

Result<void> RequestFile::append(const catalog::Event& event) {
  if (auto done = catalog::apply(rules(), event, book_); !done) {
    if (std::error_code ec; is_new_) fs::remove(file_, ec);
    return done.error();
  }
  std::string bytes = is_new_ ? catalog::head_line(log_.law, log_.calendar) : "";
  bytes += catalog::event_line(event, calendar_.utc_offset_min());
  if (::ftruncate(descriptor_, static_cast<off_t>(log_.whole_bytes)) != 0 ||
      ::lseek(descriptor_, 0, SEEK_END) < 0 || !write_all(descriptor_, bytes) ||
      ::fsync(descriptor_) != 0) {
    const Error error = io_error("cannot write the file");
    (void)!::ftruncate(descriptor_, static_cast<off_t>(log_.whole_bytes));
    return error;
  }
  log_.whole_bytes += bytes.size();
  is_new_ = false;
  return {};
}

}  // namespace citybrain::cli
