// What a user says about Kafka: the address behind --network kafka:, the file of --network-config.
#include <fmt/format.h>

#include <charconv>

#include "hub/network/kafka_client.h"
#include "hub/runtime/files.h"

namespace citybrain::network {
namespace {

constexpr const char* kConfig = "CB-INPUT-NETCONFIG";
constexpr std::size_t kMostPrefix = 100;  // Kafka's names have 249 characters; ours come behind

model::Error bad_address(std::string_view text, std::string_view why) {
  return {"CB-USAGE-NETWORK", fmt::format("{}, found \"kafka:{}\"", why, text), "--network",
          "Use kafka:HOST:PORT[,HOST:PORT...][/PREFIX], for example kafka:localhost:9092/tuesday."};
}

bool is_host(std::string_view host) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
    return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.%") ==
           host.npos;
  return !host.empty() && host.find_first_not_of(kAllowed) == host.npos;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

model::Result<void> check_property(rd_kafka_conf_t* conf, const KafkaProperty& property) {
  if (is_own_property(property.key))
    return model::Error{kConfig, fmt::format("{} is not yours to set here", property.key),
                        property.where,
                        "Remove the line; the log decides this one itself (docs/network.md)."};
  if (property.value.find('\0') != std::string::npos ||
      property.key.find('\0') != std::string::npos)
    return model::Error{kConfig, "a NUL byte in the line", property.where, {}};
  char why[512] = {};
  if (rd_kafka_conf_set(conf, property.key.c_str(), property.value.c_str(), why, sizeof why) !=
      RD_KAFKA_CONF_OK)
    return model::Error{kConfig, why, property.where,
                        "docs/network.md names the properties that matter; librdkafka's "
                        "CONFIGURATION.md lists all."};
  return {};
}

}  // namespace

model::Result<KafkaAddress> KafkaAddress::parse(std::string_view text) {
  KafkaAddress address;
  const auto slash = text.find('/');
  std::string_view hosts = text.substr(0, slash);
  if (slash != text.npos) {
    address.prefix = text.substr(slash + 1);
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (address.prefix.empty() || address.prefix.size() > kMostPrefix ||
        address.prefix.find_first_not_of(kAllowed) != std::string::npos)
      return bad_address(
          text, fmt::format("the prefix has 1 to {} letters, digits, underscores and hyphens",
                            kMostPrefix));
  }
  address.brokers = hosts;
  for (;;) {
    const auto comma = hosts.find(',');
    const std::string_view one = hosts.substr(0, comma);
    const auto colon = one.rfind(':');
    if (colon == one.npos || !is_host(one.substr(0, colon)) || !is_port(one.substr(colon + 1)))
      return bad_address(text, fmt::format("expected HOST:PORT instead of \"{}\"", one));
    if (comma == hosts.npos) return address;
    hosts.remove_prefix(comma + 1);
  }
}

model::Result<KafkaProperties> parse_kafka_properties(std::string_view text,
                                                      std::string_view file) {
  KafkaProperties properties;
  const KafkaOwned<rd_kafka_conf_t, rd_kafka_conf_destroy> scratch(rd_kafka_conf_new());
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const std::string where = fmt::format("{}:{}", file, number);
    const auto equals = line.find('=');
    if (equals == line.npos || trim(line.substr(0, equals)).empty())
      return model::Error{kConfig, "expected KEY=VALUE", where,
                          "One property of librdkafka a line, for example security.protocol=SSL."};
    KafkaProperty property{std::string(trim(line.substr(0, equals))),
                           std::string(trim(line.substr(equals + 1))), where};
    CITYBRAIN_TRY(check_property(scratch.get(), property));
    properties.push_back(std::move(property));
  }
  return properties;
}

model::Result<KafkaProperties> read_kafka_properties(const std::filesystem::path& file) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(file, kConfig));
  return parse_kafka_properties(text, file.string());
}

}  // namespace citybrain::network
