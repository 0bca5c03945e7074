#include "hub/network/network.h"

#include <charconv>

#include "hub/network/topic_name.h"

namespace citybrain::network {

bool is_topic_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kMostTopicName && name != "." && name != ".." &&
         name.find_first_not_of(kAllowed) == name.npos;
}

model::Error topic_error(std::string what, std::string_view topic, std::string mend) {
  return {"CB-NETWORK-TOPIC", std::move(what), std::string(topic), std::move(mend)};
}

model::Result<Fsync> Fsync::parse(std::string_view text) {
  if (text == "every-commit") return Fsync{Kind::kEveryCommit, 0};
  if (text == "os") return Fsync{Kind::kOs, 0};
  constexpr std::string_view kPrefix = "group:";
  constexpr std::string_view kUnit = "ms";
  if (text.starts_with(kPrefix) && text.ends_with(kUnit) &&
      text.size() > kPrefix.size() + kUnit.size()) {
    const char* first = text.data() + kPrefix.size();
    const char* last = text.data() + text.size() - kUnit.size();
    std::uint32_t ms = 0;
    if (const auto [end, error] = std::from_chars(first, last, ms);
        error == std::errc{} && end == last && ms > 0)
      return Fsync{Kind::kGroup, ms};
  }
  return model::Error{"CB-USAGE-FSYNC",
                      "unknown fsync policy \"" + std::string(text) + "\"",
                      {},
                      "Use every-commit, group:<milliseconds>ms (for example group:100ms), or os."};
}

std::string Fsync::name() const {
  switch (kind) {
    case Kind::kEveryCommit:
      return "every-commit";
    case Kind::kOs:
      return "os";
    case Kind::kGroup:
      break;
  }
  return "group:" + std::to_string(group_ms) + "ms";
}

}  // namespace citybrain::network
