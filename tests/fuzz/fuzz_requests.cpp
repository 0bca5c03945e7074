// Files of requests, and events off the network: any bytes are events that are written again as
// they were read and that the law can judge, or an error of the user's with a place.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "hub/catalog/request_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  static const std::filesystem::path schemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";
  static const Law law = Law::load(schemas / "laws/order-809.yaml").value();
  static const Calendar calendar = Calendar::load(schemas / "calendars/china.yaml").value();
  static const Catalog catalog = Catalog::load(schemas / "contracts").value();
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto event = decode_event(text); event && decode_event(encode(*event)) != event)
    std::abort();
  const auto log = parse_request_log(text, "fuzz.jsonl");
  if (!log) {
    if (!log.error().is_input() || log.error().where.empty()) std::abort();
    return 0;
  }
  if (log->whole_bytes > size) std::abort();
  Book book;
  fold({law, calendar, catalog}, log->events, book);
  for (const auto& r : book.refused)
    if (r.error.what.empty()) std::abort();
  std::string again = head_line(log->law, log->calendar);
  for (const auto& e : log->events) again += event_line(e, 480);
  const auto back = parse_request_log(again, "again.jsonl");
  if (!back || back->events != log->events) std::abort();
  return 0;
}
