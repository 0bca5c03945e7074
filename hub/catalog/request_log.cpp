#include "hub/catalog/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "citybrain/v1/governance.pb.h"
#include "hub/model/nearest.h"

namespace citybrain::catalog {

namespace bj = boost::json;
using model::Error;
using model::Result;

namespace {

constexpr const char* kRequestLogCode = "CB-INPUT-REQUESTS";

/// One line's object, key by key; the first thing that is wrong is kept.
class Line {
 public:
  Line(std::string_view name, std::size_t number, const bj::object& object)
      : where_(fmt::format("{}:{}", name, number)), object_(object) {}

  void fail(std::string_view field, std::string what, std::string mend = {}) {
    if (!error_)
      error_ = Error{kRequestLogCode, std::move(what), fmt::format("{}: {}", where_, field),
                     std::move(mend)};
  }
  const std::optional<Error>& error() const { return error_; }

  std::string text(std::string_view key, bool required) {
    known_.emplace_back(key);
    const auto* value = object_.if_contains(bj::string_view(key.data(), key.size()));
    if (value != nullptr && value->is_string())
      return {value->get_string().data(), value->get_string().size()};
    if (value != nullptr || required) fail(key, "expected a text");
    return {};
  }
  std::vector<std::string> texts(std::string_view key) {
    known_.emplace_back(key);
    std::vector<std::string> out;
    const auto* value = object_.if_contains(bj::string_view(key.data(), key.size()));
    if (value != nullptr && !value->is_array()) fail(key, "expected a list of texts");
    if (value == nullptr || !value->is_array()) return out;
    for (const auto& v : value->get_array()) {
      if (v.is_string())
        out.emplace_back(v.get_string().data(), v.get_string().size());
      else
        fail(key, "expected a text");
    }
    return out;
  }
  bool flag(std::string_view key) {
    known_.emplace_back(key);
    const auto* value = object_.if_contains(bj::string_view(key.data(), key.size()));
    if (value != nullptr && !value->is_bool()) fail(key, "expected true or false");
    return value != nullptr && value->is_bool() && value->get_bool();
  }
  void finish() {
    for (const auto& entry : object_) {
      const std::string key(entry.key().data(), entry.key().size());
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const auto near = model::nearest(key, known_);
      fail(key, "there is no such field",
           near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near));
    }
  }

 private:
  std::string where_;
  const bj::object& object_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

Result<bj::object> parse_line(std::string_view line, std::string_view name, std::size_t number) {
  boost::system::error_code ec;
  auto value = bj::parse(bj::string_view(line.data(), line.size()), ec);
  if (!ec && value.is_object()) return std::move(value.get_object());
  return Error{kRequestLogCode, "expected one JSON object", fmt::format("{}:{}", name, number),
               "./citybrain request writes such files"};
}

void read_head(Line& line, RequestLog& out) {
  if (line.text("citybrain_requests", true) != "1")
    line.fail("citybrain_requests", "expected \"1\", the format of this file");
  out.law = line.text("law", true);
  out.calendar = line.text("calendar", true);
}

Event read_event(Line& line) {
  Event e;
  const std::string at = line.text("at", true);
  if (const auto time = parse_time(at)) {
    e.at = *time;
  } else {
    line.fail("at", "expected a time like 2026-03-02T09:00:00+08:00, found \"" + at + "\"");
  }
  const std::string act = line.text("act", true);
  if (const auto known = act_of(act)) {
    e.act = *known;
  } else {
    std::vector<std::string> names;
    for (std::uint32_t a = 0; a < kActs; ++a) names.emplace_back(name_of(static_cast<Act>(a)));
    const auto near = model::nearest(act, names);
    line.fail("act", fmt::format("there is no step \"{}\"", act),
              near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near));
  }
  e.request = line.text("request", true);
  e.by = line.text("by", true);
  e.reason = line.text("reason", false);
  e.dataset = line.text("dataset", e.act == Act::kDraft);
  e.purpose = line.text("purpose", e.act == Act::kDraft || e.act == Act::kUse);
  e.on_platform = line.flag("on_platform");
  e.item = line.text("item", false);
  e.masks = line.texts("masks");
  if (const std::string day = line.text("expires", false); !day.empty()) {
    e.expires = parse_date(day);
    if (!e.expires) line.fail("expires", "expected a day like 2026-12-31, found \"" + day + "\"");
  }
  return e;
}

}  // namespace

std::string encode(const Event& e) {
  v1::GovernanceEvent m;
  m.set_at_ms(e.at.ms);
  m.set_act(std::string(name_of(e.act)));
  m.set_request(e.request);
  m.set_by(e.by);
  m.set_reason(e.reason);
  m.set_dataset(e.dataset);
  m.set_purpose(e.purpose);
  m.set_on_platform(e.on_platform);
  m.set_expires_day(e.expires ? static_cast<std::int32_t>(e.expires->time_since_epoch().count())
                              : 0);
  m.set_item(e.item);
  for (const auto& mask : e.masks) m.add_masks(mask);
  return m.SerializeAsString();
}

std::optional<Event> decode_event(std::string_view bytes) {
  v1::GovernanceEvent m;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  const auto act = act_of(m.act());
  if (!act || m.request().empty()) return std::nullopt;
  Event e{{m.at_ms()},     *act, m.request(), m.by(), m.reason(), m.dataset(), m.purpose(),
          m.on_platform(), {},   m.item(),    {}};
  e.masks.assign(m.masks().begin(), m.masks().end());
  if (m.expires_day() > 0) e.expires = Date{std::chrono::days{m.expires_day()}};
  return e;
}

std::string head_line(std::string_view law, std::string_view calendar) {
  return bj::serialize(bj::object{{"citybrain_requests", "1"},
                                  {"law", std::string(law)},
                                  {"calendar", std::string(calendar)}}) +
         "\n";
}

std::string event_line(const Event& e, std::int32_t utc_offset_min) {
  bj::object o{{"at", time_text(e.at, utc_offset_min)},
               {"act", std::string(name_of(e.act))},
               {"request", e.request},
               {"by", e.by}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) o[key] = value;
  };
  add("dataset", e.dataset);
  add("purpose", e.purpose);
  add("reason", e.reason);
  add("item", e.item);
  if (e.on_platform) o["on_platform"] = true;
  if (!e.masks.empty()) o["masks"] = bj::array(e.masks.begin(), e.masks.end());
  if (e.expires) o["expires"] = date_text(*e.expires);
  return bj::serialize(o) + "\n";
}

Result<RequestLog> parse_request_log(std::string_view text, std::string_view name) {
  RequestLog out;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) break;  // a write that was cut short
    const auto content = text.substr(at, end - at);
    at = end + 1;
    ++number;
    CITYBRAIN_ASSIGN(object, parse_line(content, name, number));
    Line line(name, number, object);
    if (number == 1) {
      read_head(line, out);
    } else {
      out.events.push_back(read_event(line));
      out.lines.push_back(number);
    }
    line.finish();
    if (line.error()) return *line.error();
    out.whole_bytes = at;
  }
  if (number == 0)
    return Error{kRequestLogCode, "the file has no head", fmt::format("{}:1", name),
                 "./citybrain request new --log FILE --law order-809 begins one"};
  return out;
}

}  // namespace citybrain::catalog
