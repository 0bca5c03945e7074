// Requests to the registry's interface: the first line is "METHOD TARGET", the rest the body. Any
// of them gets a reply with a status, and an error a number that begins with it. The same bytes as
// a request's media types and a body in one of their character sets.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/api/registry_media.h"
#include "hub/api/registry_service.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  if (size > 20000) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto registry = *registry::Registry::open(registry::in_memory());
  (void)registry.add("s", {registry::Language::kAvro, "\"int\"", {}, nullptr, nullptr}, {});
  for (int requests = 0; !text.empty() && requests < 20; ++requests) {
    const auto end = std::min(text.find("\n\n"), text.size());  // several, parted by an empty line
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    const auto line = one.substr(0, std::min(one.find('\n'), one.size()));
    const auto space = std::min(line.find(' '), line.size());
    const auto media = line.substr(std::min(space + 1, line.size()));
    (void)api::accepted_type(media);
    (void)api::body_text(media, std::string(one.substr(std::min(line.size() + 1, one.size()))));
    const api::Request request{std::string(line.substr(0, space)),
                               std::string(line.substr(std::min(space + 1, line.size()))), "", "",
                               std::string(one.substr(std::min(line.size() + 1, one.size())))};
    const auto reply = api::answer(registry, request);
    if (reply.status < 200 || reply.status > 599) std::abort();
    if (reply.status >= 400 &&
        reply.body.find("\"error_code\":" + std::to_string(reply.status)) == std::string::npos)
      std::abort();
  }
  return 0;
}
