#include "scenarios/city/json.h"

#include <fmt/format.h>

#include <cmath>

namespace citybrain::city {

namespace bj = boost::json;

namespace {

std::string place(std::string_view text, std::size_t offset, std::string_view name) {
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return fmt::format("{}:{}:{}", name, line, column);
}

}  // namespace

model::Result<bj::value> parse_json(std::string_view text, std::string_view name,
                                    std::string_view code) {
  bj::parse_options options;
  options.max_depth = 32;
  bj::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read == text.size()) parser.finish(error);
  if (!error && read < text.size()) {
    const auto rest = text.substr(read);
    const auto extra = rest.find_first_not_of(" \t\r\n");
    if (extra != rest.npos)
      return model::Error{std::string(code), "something follows the end of the JSON document",
                          place(text, read + extra, name), ""};
  }
  if (error) {
    return model::Error{std::string(code), "not valid JSON: " + error.message(),
                        place(text, read, name),
                        "the file must be one JSON document, as CityFlow reads it"};
  }
  return parser.release();
}

void Json::fail(std::string what) const {
  if (!problem_->first)
    problem_->first = model::Error{problem_->code,
                                   fmt::format("{}: {}", path_.empty() ? "document" : path_, what),
                                   problem_->file, ""};
}

bool Json::has(std::string_view key) const {
  return value_ != nullptr && value_->is_object() && value_->as_object().contains(key);
}

Json Json::operator[](std::string_view key) const {
  std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  if (value_ == nullptr) return {nullptr, std::move(path), *problem_};
  if (!value_->is_object()) {
    fail("expected an object { ... }");
    return {nullptr, std::move(path), *problem_};
  }
  const auto* found = value_->as_object().if_contains(key);
  if (found == nullptr) fail(fmt::format("\"{}\" is missing", key));
  return {found, std::move(path), *problem_};
}

Json Json::at(std::size_t index) const {
  const auto* found =
      value_ != nullptr && value_->is_array() ? value_->as_array().if_contains(index) : nullptr;
  return {found, fmt::format("{}[{}]", path_, index), *problem_};
}

std::size_t Json::size() const {
  if (value_ == nullptr) return 0;
  if (!value_->is_array()) {
    fail("expected a list [ ... ]");
    return 0;
  }
  return value_->as_array().size();
}

double Json::number(double least, double most) const {
  if (value_ == nullptr) return least;
  if (!value_->is_number()) {
    fail("expected a number");
    return least;
  }
  const double v = value_->to_number<double>();
  if (!(v >= least && v <= most)) {
    fail(fmt::format("{} is out of range, expected {} to {}", v, least, most));
    return least;
  }
  return v;
}

double Json::number_or(std::string_view key, double least, double most, double otherwise) const {
  return has(key) ? (*this)[key].number(least, most) : otherwise;
}

std::int64_t Json::whole(std::int64_t least, std::int64_t most) const {
  const double v = number(static_cast<double>(least), static_cast<double>(most));
  if (v != std::floor(v)) fail(fmt::format("{} is no whole number", v));
  return static_cast<std::int64_t>(v);
}

std::string Json::text() const {
  if (value_ == nullptr) return {};
  if (!value_->is_string()) {
    fail("expected a text in quotes");
    return {};
  }
  return std::string(value_->as_string());
}

bool Json::flag() const {
  if (value_ == nullptr) return false;
  if (!value_->is_bool()) {
    fail("expected true or false");
    return false;
  }
  return value_->as_bool();
}

}  // namespace citybrain::city
