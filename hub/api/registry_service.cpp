#include "hub/api/registry_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hub/api/registry_json.h"
#include "hub/api/registry_media.h"
#include "hub/api/target.h"
#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"

namespace citybrain::api {
namespace {

namespace json = boost::json;
namespace refuse = registry::refuse;
using model::Error;
using model::Result;
using registry::Deleted;
using registry::Registry;

/// A JSON value, or the text of a schema as it is.
struct Body {
  json::value value = nullptr;
  std::optional<std::string> raw = {};
};
using Answer = Result<Body>;

Error plain(int status, std::string_view reason) {
  return {fmt::format("{}{}", "CB-REGISTRY-", status), fmt::format("HTTP {} {}", status, reason),
          "", ""};
}
Error not_found() { return plain(404, "Not Found"); }
Error wrong_method() { return plain(405, "Method Not Allowed"); }

std::optional<long long> whole(std::string_view text) {
  long long n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

Result<int> version_of(const std::string& text) {
  if (text == "latest" || text == "-1") return registry::kLatest;
  const auto n = whole(text);
  if (!n || *n < 1 || *n > 2147483647LL) return refuse::invalid_version(text);
  return static_cast<int>(*n);
}

class Service {
 public:
  Service(Registry& registry, const Request& request, const std::string& body, Target target)
      : registry_(registry), request_(request), body_(body), target_(std::move(target)) {}

  Answer answer() {
    if (auto there = into_context(); !there) return there.error();
    const auto& p = target_.path;
    if (p.empty()) return get() ? Answer(Body{json::object{}}) : Answer(wrong_method());
    if (p[0] == "subjects") return subjects();
    if (p[0] == "schemas") return schemas();
    if (p[0] == "compatibility") return compatibility();
    if (p[0] == "config" && p.size() <= 2) return config(p.size() == 2 ? p[1] : "");
    if (p[0] == "mode" && p.size() <= 2) return mode(p.size() == 2 ? p[1] : "");
    if (p[0] == "contexts" && p.size() <= 2) return contexts();
    if (p[0] == "v1" && p.size() == 3 && p[1] == "metadata") return metadata(p[2]);
    return not_found();
  }

 private:
  bool get() const { return request_.method == "GET"; }
  bool post() const { return request_.method == "POST"; }
  bool put() const { return request_.method == "PUT"; }
  bool del() const { return request_.method == "DELETE"; }
  bool flag(std::string_view name) const { return target_.flag(name); }
  Deleted deleted() const {
    if (flag("deletedOnly")) return Deleted::kOnly;
    return flag("deleted") ? Deleted::kInclude : Deleted::kHide;
  }

  /// /contexts/NAME/... is the same path with its subjects in that context.
  Result<void> into_context() {
    auto& p = target_.path;
    if (p.size() < 3 || p[0] != "contexts") return {};
    auto context = p[1];
    if (context.starts_with(":")) context = context.substr(1, context.rfind(':') - 1);
    if (!context.starts_with(".")) context = fmt::format(".{}", context);
    const auto prefix = context == "." ? std::string() : fmt::format(":{}:", context);
    p.erase(p.begin(), p.begin() + 2);
    const std::size_t subject = p[0] == "compatibility" ? 2 : 1;
    const bool named =
        p[0] == "subjects" || p[0] == "compatibility" || p[0] == "config" || p[0] == "mode";
    if (named && p.size() > subject) p[subject].insert(0, prefix);
    if ((p[0] == "config" || p[0] == "mode") && p.size() == 1 && !prefix.empty())
      p.push_back(prefix);
    if (p.size() == 1) target_.query["subjectPrefix"].insert(0, prefix.empty() ? ":.:" : prefix);
    if (p[0] == "schemas" && p.size() > 1) target_.query["subject"].insert(0, prefix);
    return {};
  }

  /// A subject may be known by another name (config "alias").
  std::string subject(const std::string& name) const {
    const auto config = registry_.config(name, false);
    return !name.empty() && config && config->alias ? *config->alias : name;
  }

  template <class T>
  std::vector<T> page(const std::vector<T>& all) const {
    const auto offset = std::max(0LL, whole(target_.text("offset")).value_or(0));
    const auto limit = whole(target_.text("limit")).value_or(-1);
    std::vector<T> out;
    for (std::size_t i = static_cast<std::size_t>(offset); i < all.size(); ++i) {
      if (limit > 0 && out.size() >= static_cast<std::size_t>(limit)) break;
      out.push_back(all[i]);
    }
    return out;
  }

  std::string prefix() const {
    const auto given = target_.text("subjectPrefix");
    return given.starts_with(":.:") ? given.substr(3) : given;
  }

  Answer subjects() {
    const auto& p = target_.path;
    if (p.size() == 1) {
      if (!get()) return wrong_method();
      return Body{write_texts(page(registry_.subjects(prefix(), deleted())))};
    }
    const auto name = subject(p[1]);
    if (p.size() == 2) return one_subject(name);
    if (p[2] != "versions") return not_found();
    if (p.size() == 3) return versions(name);
    if (p.size() == 4) return one_version(name, p[3]);
    if (p.size() == 5 && (p[4] == "schema" || p[4] == "referencedby"))
      return get() ? part_of_version(name, p[3], p[4]) : Answer(wrong_method());
    return not_found();
  }

  Answer one_subject(const std::string& name) {
    if (del()) {
      CITYBRAIN_ASSIGN(removed, registry_.remove_subject(name, flag("permanent")));
      return Body{write_numbers(removed)};
    }
    if (!post()) return wrong_method();
    CITYBRAIN_ASSIGN(asked, read_schema(body_));
    CITYBRAIN_TRY(registry_.versions(name, flag("deleted") ? Deleted::kInclude : Deleted::kHide));
    auto found = registry_.lookup(name, asked.schema, flag("normalize"), flag("deleted"));
    if (!found && registry::number_of(found.error()) == 42201) return refuse::lookup_failed(name);
    if (!found) return found.error();
    return formatted(*found, written(*found));
  }

  /// A version as `deleted` and newer clients ask for it.
  json::object written(const registry::SubjectVersion& v) const {
    auto out = write_version(v);
    if (flag("deleted") || v.deleted) out["deleted"] = v.deleted;
    if (request_.all_fields) out["guid"] = registry::guid_of(v.schema);
    return out;
  }

  Answer versions(const std::string& name) {
    if (get()) {
      CITYBRAIN_ASSIGN(numbers, registry_.versions(name, deleted()));
      return Body{write_numbers(page(numbers))};
    }
    if (!post()) return wrong_method();
    CITYBRAIN_ASSIGN(asked, read_schema(body_));
    CITYBRAIN_ASSIGN(
        added, registry_.add(name, asked.schema, {flag("normalize"), asked.id, asked.version}));
    if (!request_.all_fields) return Body{json::object{{"id", added.id}}};
    auto all = written(added);
    all.erase("subject");
    return Body{std::move(all)};
  }

  Answer one_version(const std::string& name, const std::string& text) {
    if (!get() && !del()) return wrong_method();
    CITYBRAIN_ASSIGN(number, version_of(text));
    if (del()) {
      CITYBRAIN_ASSIGN(removed, registry_.remove_version(name, number, flag("permanent")));
      return Body{json::value(removed)};
    }
    CITYBRAIN_ASSIGN(found, registry_.version(name, number, flag("deleted")));
    return formatted(found, written(found));
  }

  /// The body with the schema's text as the parameter `format` asks for it.
  Answer formatted(const registry::SubjectVersion& found, json::object body) {
    CITYBRAIN_ASSIGN(text, in_format(found.schema, found.subject));
    body["schema"] = text;
    return Body{std::move(body)};
  }

  Result<std::string> in_format(const registry::Schema& schema, const std::string& name) {
    const auto format = target_.text("format");
    if (format.empty()) return schema.text;
    CITYBRAIN_ASSIGN(parsed, registry_.parsed(schema, name));
    return parsed->formatted(format);
  }

  Answer part_of_version(const std::string& name, const std::string& text,
                         const std::string& part) {
    CITYBRAIN_ASSIGN(number, version_of(text));
    if (part == "referencedby") {
      CITYBRAIN_ASSIGN(ids, registry_.referenced_by(name, number));
      return Body{write_numbers(page(ids))};
    }
    CITYBRAIN_ASSIGN(found, registry_.version(name, number, flag("deleted")));
    CITYBRAIN_ASSIGN(schema, in_format(found.schema, found.subject));
    return Body{nullptr, schema};
  }

  Answer schemas() {
    const auto& p = target_.path;
    if (!get()) return p.size() <= 4 ? wrong_method() : not_found();
    if (p.size() == 1) {
      json::array out;
      for (const auto& v : page(registry_.all(prefix(), deleted(), flag("latestOnly"))))
        out.push_back(written(v));
      return Body{std::move(out)};
    }
    if (p.size() == 2 && p[1] == "types") return Body{json::array{"JSON", "PROTOBUF", "AVRO"}};
    if (p[1] == "guids" && p.size() >= 3 && p.size() <= 4)
      return by_guid(p[2], p.size() == 4 ? p[3] : "");
    if (p[1] != "ids" || p.size() < 3 || p.size() > 4) return not_found();
    const auto id = whole(p[2]);
    if (!id || *id < -2147483648LL || *id > 2147483647LL) return not_found();
    return by_id(static_cast<int>(*id), p.size() == 4 ? p[3] : "");
  }

  Answer by_id(int id, const std::string& part) {
    const auto name = target_.text("subject");
    if (part.empty() || part == "schema") {
      CITYBRAIN_ASSIGN(schema, registry_.by_id(id, name));
      CITYBRAIN_ASSIGN(text, in_format(schema, name));
      if (part == "schema") return Body{nullptr, text};
      auto body = write_schema(schema);
      body["schema"] = text;
      if (flag("fetchMaxId")) body["maxId"] = registry_.greatest_id(name);
      if (request_.all_fields) body["guid"] = registry::guid_of(schema);
      return Body{std::move(body)};
    }
    if (part != "subjects" && part != "versions") return not_found();
    CITYBRAIN_ASSIGN(uses, registry_.uses(id, name, flag("deleted")));
    json::array out;
    for (const auto& v : page(uses)) {
      if (part == "versions")
        out.push_back(json::object{{"subject", v.subject}, {"version", v.version}});
      else if (out.empty() || out.back() != json::value(v.subject))
        out.push_back(json::value(v.subject));
    }
    return Body{std::move(out)};
  }

  /// A schema by what it says, whatever its id in a context.
  Answer by_guid(const std::string& guid, const std::string& part) {
    if (!part.empty() && part != "ids") return not_found();
    const auto places = registry_.by_guid(guid);
    if (part == "ids") {
      json::array out;
      for (const auto& at : places)
        out.push_back(json::object{{"context", at.context}, {"id", at.id}});
      return Body{std::move(out)};
    }
    if (places.empty()) return refuse::schema_not_found(guid);
    const auto in = places[0].context == "." ? "" : fmt::format(":{}:", places[0].context);
    CITYBRAIN_ASSIGN(schema, registry_.by_id(places[0].id, in));
    CITYBRAIN_ASSIGN(text, in_format(schema, in));
    auto body = write_schema(schema);
    body["schema"] = text;
    body["guid"] = guid;
    return Body{std::move(body)};
  }

  Answer compatibility() {
    const auto& p = target_.path;
    if (p.size() < 4 || p.size() > 5 || p[1] != "subjects" || p[3] != "versions")
      return not_found();
    if (!post()) return wrong_method();
    std::optional<int> number;
    if (p.size() == 5) {
      CITYBRAIN_ASSIGN(n, version_of(p[4]));
      number = n;
    }
    CITYBRAIN_ASSIGN(asked, read_schema(body_));
    if (asked.schema.text.empty()) return refuse::invalid_schema("Empty schema");
    auto why = registry_.incompatibilities(subject(p[2]), asked.schema, number, flag("normalize"));
    if (!why && flag("verbose") && registry::number_of(why.error()) == 42201)
      why = std::vector<std::string>{why.error().what};
    if (!why) return why.error();
    json::object body{{"is_compatible", why->empty()}};
    if (flag("verbose")) body["messages"] = write_texts(*why);
    return Body{std::move(body)};
  }

  Answer config(const std::string& name) {
    if (get()) {
      CITYBRAIN_ASSIGN(found, registry_.config(name, flag("defaultToGlobal")));
      return Body{write_config(found)};
    }
    if (del()) {
      CITYBRAIN_ASSIGN(before, registry_.remove_config(name));
      return Body{write_config(before)};
    }
    if (!put()) return wrong_method();
    CITYBRAIN_ASSIGN(body, read_object(body_));
    CITYBRAIN_ASSIGN(change, read_config(body));
    if (body.empty()) return refuse::invalid_level();
    CITYBRAIN_TRY(registry_.set_config(name, change));
    return Body{std::move(body)};
  }

  Answer mode(const std::string& name) {
    if (get()) {
      CITYBRAIN_ASSIGN(found, registry_.mode(name, flag("defaultToGlobal")));
      return Body{json::object{{"mode", registry::name_of(found)}}};
    }
    if (del()) {
      CITYBRAIN_ASSIGN(before, registry_.remove_mode(name, flag("recursive")));
      return Body{json::object{
          {"mode", before ? json::value(registry::name_of(*before)) : json::value(nullptr)}}};
    }
    if (!put()) return wrong_method();
    CITYBRAIN_ASSIGN(body, read_object(body_));
    const auto* text = body.if_contains("mode");
    if (text != nullptr && text->is_null()) {
      CITYBRAIN_TRY(registry_.clear_mode(name));
      return Body{std::move(body)};
    }
    if (text == nullptr || !text->is_string()) return refuse::invalid_mode();
    CITYBRAIN_ASSIGN(wanted, registry::mode_of(text->get_string()));
    CITYBRAIN_TRY(registry_.set_mode(name, wanted, flag("force")));
    return Body{std::move(body)};
  }

  Answer contexts() {
    const auto& p = target_.path;
    if (p.size() == 1)
      return get() ? Answer(Body{write_texts(page(contexts_with(target_.text("contextPrefix"))))})
                   : Answer(wrong_method());
    if (!del()) return p.size() == 2 ? wrong_method() : not_found();
    if (!registry_.subjects(fmt::format(":{}:", p[1]), Deleted::kInclude).empty())
      return refuse::context_not_empty(p[1]);
    return Body{nullptr, ""};
  }

  std::vector<std::string> contexts_with(const std::string& prefix) const {
    auto out = registry_.contexts();
    std::erase_if(out, [&](const std::string& c) { return !c.starts_with(prefix); });
    return out;
  }

  Answer metadata(const std::string& what) {
    if (!get()) return wrong_method();
    if (what == "version")
      return Body{json::object{{"version", CITYBRAIN_VERSION}, {"commitId", ""}}};
    if (what == "deployment") return Body{json::object{{"attributes", json::array{}}}};
    if (what != "id") return not_found();
    return Body{json::object{
        {"id", ""},
        {"scope",
         json::object{{"path", json::array{}},
                      {"clusters", json::object{{"schema-registry-cluster", "citybrain"}}}}}}};
  }

  Registry& registry_;
  const Request& request_;
  const std::string& body_;  ///< in UTF-8
  Target target_;
};

Reply refused(const Error& error, std::string_view type) {
  const int number = registry::number_of(error);
  return {registry::status_of(number), std::string(type),
          registry::print_json(json::object{{"error_code", number}, {"message", error.what}})};
}

}  // namespace

Reply answer(Registry& registry, const Request& request) {
  const auto type = accepted_type(request.accept);
  if (!type) return refused(plain(406, "Not Acceptable"), kTypes[0]);
  auto text = body_text(request.content_type, request.body);
  if (!text) return refused(plain(415, "Unsupported Media Type"), *type);
  auto target = parse_target(request.target);
  if (!target) return refused(plain(400, "Bad Request"), *type);
  if (auto fresh = registry.refresh(); !fresh) return refused(fresh.error(), *type);
  const auto body = Service(registry, request, *text, std::move(*target)).answer();
  if (!body) return refused(body.error(), *type);
  if (body->raw && body->raw->empty()) return {204, "", ""};
  return {200, std::string(*type), body->raw ? *body->raw : registry::print_json(body->value)};
}

}  // namespace citybrain::api
