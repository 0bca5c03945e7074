// Reading XML that outsiders wrote: every access checks, and the first thing that is wrong is kept
// with file, line and column. Private to scenarios/city.
#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::city {

class Xml {
 public:
  Xml(std::string_view text, std::string_view name, std::string_view code)
      : text_(text), name_(name), code_(code) {}

  /// The root element, which must have this name; null after a failure.
  pugi::xml_node root(const char* element);
  /// A required attribute; fails and gives "" or `least` when it is missing or wrong.
  std::string text(const pugi::xml_node& at, const char* attribute);
  double number(const pugi::xml_node& at, const char* attribute, double least, double most);
  double number_or(const pugi::xml_node& at, const char* attribute, double least, double most,
                   double otherwise);
  void fail(const pugi::xml_node& at, std::string what);
  std::string place(const pugi::xml_node& at) const;

  std::optional<model::Error> problem;  ///< the first one

 private:
  std::string place(std::size_t offset) const;

  std::string_view text_;
  std::string name_, code_;
  pugi::xml_document document_;
};

}  // namespace citybrain::city
