// A file of requests for data as people keep it (hub/catalog/request_log.h): read, judged, and
// appended to. One process at a time holds it (a lock that ends with the process); an event is
// written and synced as a whole line, and what a crash left of a line is cut off before the next
// one. Errors: CB-INPUT-REQUESTS (file), CB-INPUT-LAW, CB-INPUT-CALENDAR, and those of
// hub/catalog/request.h; after any of them the file is as it was.
#pragma once

#include <filesystem>
#include <string>

#include "hub/catalog/request.h"
#include "hub/catalog/request_log.h"
#include "hub/model/result.h"

namespace citybrain::cli {

class RequestFile {
 public:
  enum class Open : std::uint8_t { kRead, kAppend };

  /// `law` and `calendar` begin a new file when it is opened to append; an old one has its own, and
  /// another law is an error.
  static model::Result<RequestFile> open(const std::filesystem::path& file, Open how,
                                         const std::string& law, const std::string& calendar,
                                         const std::filesystem::path& home);
  RequestFile(RequestFile&&) noexcept;
  RequestFile& operator=(RequestFile&&) = delete;
  ~RequestFile();

  catalog::Rules rules() const { return {law_, calendar_, catalog_}; }
  const catalog::Book& book() const { return book_; }
  const catalog::Calendar& calendar() const { return calendar_; }
  const std::string& law_name() const { return log_.law; }
  /// Judges the event and appends it.
  model::Result<void> append(const catalog::Event& event);

 private:
  RequestFile(std::filesystem::path file, int descriptor)
      : file_(std::move(file)), descriptor_(descriptor) {}
  model::Result<void> load(const std::string& law, const std::string& calendar,
                           const std::filesystem::path& home);
  model::Error io_error(const char* doing) const;

  std::filesystem::path file_;
  int descriptor_ = -1;
  catalog::RequestLog log_;
  bool is_new_ = false;
  catalog::Law law_;
  catalog::Calendar calendar_;
  catalog::Catalog catalog_;
  catalog::Book book_;
};

}  // namespace citybrain::cli
