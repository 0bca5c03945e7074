#include "hub/network/access_rules.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <set>

namespace citybrain::network {
namespace {

using model::Error;
using model::Result;

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* p) const {
    destroy(p);
  }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using Binding = std::unique_ptr<rd_kafka_AclBinding_t, Destroy<rd_kafka_AclBinding_destroy>>;

// By AccessResource. librdkafka 2.0 knows no transactional ids here, and calls theirs unknown.
constexpr std::array kResources = {std::pair{RD_KAFKA_RESOURCE_TOPIC, "topic"},
                                   std::pair{RD_KAFKA_RESOURCE_GROUP, "group"},
                                   std::pair{RD_KAFKA_RESOURCE_UNKNOWN, "transactional-id"}};
constexpr std::array kOperations = {
    std::pair{RD_KAFKA_ACL_OPERATION_READ, "read"},
    std::pair{RD_KAFKA_ACL_OPERATION_WRITE, "write"},
    std::pair{RD_KAFKA_ACL_OPERATION_CREATE, "create"},
    std::pair{RD_KAFKA_ACL_OPERATION_DELETE, "delete"},
    std::pair{RD_KAFKA_ACL_OPERATION_DESCRIBE, "describe"},
    std::pair{RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS, "describe-configs"}};

/// The last thing that went wrong with a connection: says more than the time-out that follows.
struct Why {
  std::string text;
  bool refused = false;  ///< the credentials; waiting does not help
};
void note(rd_kafka_t*, int code, const char* reason, void* opaque) {
  auto& why = *static_cast<Why*>(opaque);
  why.text = reason;
  why.refused = why.refused || code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}
void be_quiet(const rd_kafka_t*, int, const char*, const char*) {}

class Admin {
 public:
  static Result<std::unique_ptr<Admin>> open(const AccessTarget& target) {
    auto admin = std::unique_ptr<Admin>(new Admin(target));
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512] = {};
    auto properties = target.properties;
    properties.emplace_back("bootstrap.servers", target.brokers);
    for (const auto& [key, value] : properties) {
      if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK)
        continue;
      rd_kafka_conf_destroy(conf);
      return Error{"CB-USAGE-NETWORK", why, key, ""};
    }
    rd_kafka_conf_set_opaque(conf, &admin->why_);
    rd_kafka_conf_set_error_cb(conf, note);
    rd_kafka_conf_set_log_cb(conf, be_quiet);
    admin->client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
    if (!admin->client_) {
      rd_kafka_conf_destroy(conf);
      return Error{"CB-USAGE-NETWORK", why, target.brokers, ""};
    }
    admin->queue_.reset(rd_kafka_queue_new(admin->client_.get()));
    return admin;
  }

  rd_kafka_t* client() const { return client_.get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }

  /// Options of one call, with the time-out.
  Options options(rd_kafka_admin_op_t operation) const {
    Options o(rd_kafka_AdminOptions_new(client(), operation));
    char why[256];
    rd_kafka_AdminOptions_set_request_timeout(o.get(), static_cast<int>(target_.timeout.count()),
                                              why, sizeof why);
    return o;
  }

  /// The result of the call that was made; serves the error callback meanwhile.
  Result<Event> result(const char* doing) {
    const auto until = std::chrono::steady_clock::now() + 2 * target_.timeout;
    while (std::chrono::steady_clock::now() < until) {
      rd_kafka_poll(client(), 0);
      if (why_.refused) return failed(doing, "the credentials were refused");
      Event event(rd_kafka_queue_poll(queue(), 100));
      if (!event) continue;
      rd_kafka_poll(client(), 0);
      if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return failed(doing, rd_kafka_event_error_string(event.get()));
      return event;
    }
    return failed(doing, "no answer");
  }

  Error failed(const char* doing, const std::string& text) const {
    return {"CB-NETWORK-ACCESS",
            fmt::format("cannot {} access lists: {}{}{}", doing, text,
                        why_.text.empty() ? "" : "; ", why_.text),
            target_.brokers, ""};
  }

 private:
  explicit Admin(const AccessTarget& target) : target_(target) {}
  const AccessTarget target_;
  Why why_;
  Client client_;
  Queue queue_;
};

Binding binding_of(const AccessRule& r) {
  char why[256];
  return Binding(rd_kafka_AclBinding_new(
      kResources[static_cast<std::size_t>(r.resource)].first, r.name.c_str(),
      r.prefixed ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
      r.principal.c_str(), "*", kOperations[static_cast<std::size_t>(r.operation)].first,
      RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof why));
}

template <class Table, class Value>
std::optional<std::size_t> place_of(const Table& table, Value value) {
  const auto at =
      std::find_if(table.begin(), table.end(), [&](const auto& e) { return e.first == value; });
  if (at == table.end()) return std::nullopt;
  return static_cast<std::size_t>(at - table.begin());
}

/// Nothing for rules of kinds that we never make.
std::optional<AccessRule> rule_of(const rd_kafka_AclBinding_t* b) {
  const auto resource = place_of(kResources, rd_kafka_AclBinding_restype(b));
  const auto operation = place_of(kOperations, rd_kafka_AclBinding_operation(b));
  const auto pattern = rd_kafka_AclBinding_resource_pattern_type(b);
  if (!resource || !operation ||
      static_cast<AccessResource>(*resource) == AccessResource::kTransaction ||
      rd_kafka_AclBinding_permission_type(b) != RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW ||
      std::string_view(rd_kafka_AclBinding_host(b)) != "*")
    return std::nullopt;
  return AccessRule{static_cast<AccessResource>(*resource), rd_kafka_AclBinding_name(b),
                    pattern == RD_KAFKA_RESOURCE_PATTERN_PREFIXED, rd_kafka_AclBinding_principal(b),
                    static_cast<AccessOperation>(*operation)};
}

Result<std::set<AccessRule>> present(Admin& admin) {
  char why[256];
  const Binding all(rd_kafka_AclBindingFilter_new(
      RD_KAFKA_RESOURCE_ANY, nullptr, RD_KAFKA_RESOURCE_PATTERN_ANY, nullptr, nullptr,
      RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ANY, why, sizeof why));
  const auto options = admin.options(RD_KAFKA_ADMIN_OP_DESCRIBEACLS);
  rd_kafka_DescribeAcls(admin.client(), all.get(), options.get(), admin.queue());
  CITYBRAIN_ASSIGN(event, admin.result("read"));
  std::size_t n = 0;
  const auto** bindings =
      rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event.get()), &n);
  std::set<AccessRule> out;
  for (std::size_t i = 0; i < n; ++i)
    if (auto rule = rule_of(bindings[i])) out.insert(std::move(*rule));
  return out;
}

std::vector<rd_kafka_AclBinding_t*> pointers(const std::vector<Binding>& bindings) {
  std::vector<rd_kafka_AclBinding_t*> out;
  for (const auto& b : bindings) out.push_back(b.get());
  return out;
}

Result<void> add(Admin& admin, const std::vector<AccessRule>& rules) {
  if (rules.empty()) return {};
  std::vector<Binding> bindings;
  for (const auto& r : rules) bindings.push_back(binding_of(r));
  auto raw = pointers(bindings);
  const auto options = admin.options(RD_KAFKA_ADMIN_OP_CREATEACLS);
  rd_kafka_CreateAcls(admin.client(), raw.data(), raw.size(), options.get(), admin.queue());
  CITYBRAIN_ASSIGN(event, admin.result("write"));
  std::size_t n = 0;
  const auto** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &n);
  for (std::size_t i = 0; i < n; ++i)
    if (const auto* error = rd_kafka_acl_result_error(results[i]))
      return admin.failed("write",
                          fmt::format("{} {}: {}", word_of(rules[i].resource), rules[i].name,
                                      rd_kafka_err2str(rd_kafka_error_code(error))));
  return {};
}

Result<void> remove(Admin& admin, const std::vector<AccessRule>& rules) {
  if (rules.empty()) return {};
  std::vector<Binding> filters;
  char why[256];
  for (const auto& r : rules)
    filters.emplace_back(rd_kafka_AclBindingFilter_new(
        kResources[static_cast<std::size_t>(r.resource)].first, r.name.c_str(),
        r.prefixed ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        r.principal.c_str(), "*", kOperations[static_cast<std::size_t>(r.operation)].first,
        RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof why));
  auto raw = pointers(filters);
  const auto options = admin.options(RD_KAFKA_ADMIN_OP_DELETEACLS);
  rd_kafka_DeleteAcls(admin.client(), raw.data(), raw.size(), options.get(), admin.queue());
  CITYBRAIN_ASSIGN(event, admin.result("remove"));
  std::size_t n = 0;
  const auto** responses =
      rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event.get()), &n);
  for (std::size_t i = 0; i < n; ++i)
    if (const auto* error = rd_kafka_DeleteAcls_result_response_error(responses[i]))
      return admin.failed("remove", rd_kafka_err2str(rd_kafka_error_code(error)));
  return {};
}

}  // namespace

const char* word_of(AccessResource resource) {
  return kResources[static_cast<std::size_t>(resource)].second;
}
const char* word_of(AccessOperation operation) {
  return kOperations[static_cast<std::size_t>(operation)].second;
}

std::string tool_line(std::span<const AccessRule> rules, const std::string& brokers) {
  CITYBRAIN_CHECK(!rules.empty());
  const auto& first = rules.front();
  std::string out = fmt::format("kafka-acls.sh --bootstrap-server {} --add --allow-principal {}",
                                brokers, first.principal);
  for (const auto& r : rules) out += fmt::format(" --operation {}", word_of(r.operation));
  return fmt::format("{} --{} {} --resource-pattern-type {}", out, word_of(first.resource),
                     first.name, first.prefixed ? "prefixed" : "literal");
}

Result<AccessChange> apply_access_rules(const AccessTarget& target,
                                        std::span<const AccessRule> wanted,
                                        const std::function<bool(const AccessRule&)>& ours) {
  CITYBRAIN_ASSIGN(admin, Admin::open(target));
  CITYBRAIN_ASSIGN(there, present(*admin));
  std::set<AccessRule> goal(wanted.begin(), wanted.end());
  std::erase_if(goal, [](const auto& r) { return r.resource == AccessResource::kTransaction; });
  std::vector<AccessRule> missing, surplus;
  std::set_difference(goal.begin(), goal.end(), there.begin(), there.end(),
                      std::back_inserter(missing));
  std::set_difference(there.begin(), there.end(), goal.begin(), goal.end(),
                      std::back_inserter(surplus));
  std::erase_if(surplus, [&](const AccessRule& r) { return !ours(r); });
  CITYBRAIN_TRY(add(*admin, missing));
  CITYBRAIN_TRY(remove(*admin, surplus));
  return AccessChange{missing.size(), surplus.size(), goal.size() - missing.size()};
}

}  // namespace citybrain::network
