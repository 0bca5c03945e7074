// Reading JSON that outsiders wrote: every access checks the kind of the value, and the first thing
// that is wrong is kept with its place ("roads[3].lanes[0].width"). Private to scenarios/city.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::city {

/// Parses the whole text. Errors carry `code` and file:line:column.
model::Result<boost::json::value> parse_json(std::string_view text, std::string_view name,
                                             std::string_view code);

/// A value and its place. Copies are views; the document must outlive them.
class Json {
 public:
  struct Problem {
    std::string file;
    std::string code;
    std::optional<model::Error> first;
  };
  Json(const boost::json::value* value, std::string path, Problem& problem)
      : value_(value), path_(std::move(path)), problem_(&problem) {}

  bool ok() const { return value_ != nullptr; }
  bool has(std::string_view key) const;
  Json operator[](std::string_view key) const;  ///< fails when this is no object or lacks the key
  Json at(std::size_t index) const;             ///< of an array; the index is in range
  std::size_t size() const;                     ///< of an array; fails when it is none
  double number(double least, double most) const;
  double number_or(std::string_view key, double least, double most, double otherwise) const;
  std::int64_t whole(std::int64_t least, std::int64_t most) const;
  std::string text() const;
  bool flag() const;
  const std::string& path() const { return path_; }
  void fail(std::string what) const;

 private:
  const boost::json::value* value_;
  std::string path_;
  Problem* problem_;
};

}  // namespace citybrain::city
