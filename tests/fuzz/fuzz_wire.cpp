// Requests of Kafka's protocol, one after the other as on one connection: a length of two bytes,
// then the request. None of them may do more than be answered or close the connection.
#include <cstdlib>

#include "hub/api/wire_service.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace citybrain;

/// One small log for all inputs; nothing may write to it.
network::Log& shared_log() {
  static const test::TemporaryFolder folder;
  static const auto log = [] {
    network::EmbeddedOptions options;
    options.directory = folder.path() / "log";
    options.identity = "fuzz";
    auto opened = network::open_embedded(options);
    if (!opened || !(*opened)->create({"cars", 2})) std::abort();
    auto appender = (*opened)->appender({"police"});
    const network::Record record{model::EventTime{1000}, 1, "key", "value", {}};
    if (!appender || !(*appender)->append("cars", 0, std::span(&record, 1))) std::abort();
    return std::move(*opened);
  }();
  return *log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kRoom = 1U << 16;
  api::WireService service(shared_log(), kRoom);
  api::WireConnection connection;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::int64_t now = 0;
  while (rest.size() >= 2) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) << 8 |
                        static_cast<unsigned char>(rest[1]);
    api::WireExchange exchange;
    exchange.request = rest.substr(2, length);
    rest.remove_prefix(std::min(rest.size(), 2 + length));
    auto step = service.answer(connection, exchange, now, kRoom);
    for (int i = 0; step == api::WireStep::kAgain && i < 3; ++i)
      step = service.answer(connection, exchange, now += 40, kRoom);
    if (step == api::WireStep::kClose) break;
    if (step != api::WireStep::kReply) continue;
    if (exchange.reply.size() < 8) std::abort();
    if (api::WireReader(exchange.reply).i32() + 4 !=
        static_cast<std::int32_t>(exchange.reply.size()))
      std::abort();
  }
  if (*shared_log().end("cars", 0) != 1) std::abort();
  return 0;
}
