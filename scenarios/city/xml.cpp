#include "scenarios/city/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace citybrain::city {

std::string Xml::place(std::size_t offset) const {
  const auto before = text_.substr(0, std::min(offset, text_.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last = before.rfind('\n');
  const auto column = last == before.npos ? before.size() + 1 : before.size() - last;
  return fmt::format("{}:{}:{}", name_, line, column);
}

std::string Xml::place(const pugi::xml_node& at) const {
  const auto offset = at.offset_debug();
  return offset < 0 ? name_ : place(static_cast<std::size_t>(offset));
}

void Xml::fail(const pugi::xml_node& at, std::string what) {
  if (!problem)
    problem = model::Error{code_, fmt::format("<{}>: {}", at.name(), what), place(at), ""};
}

pugi::xml_node Xml::root(const char* element) {
  const auto read = document_.load_buffer(text_.data(), text_.size());
  if (!read) {
    problem = model::Error{code_, fmt::format("not valid XML: {}", read.description()),
                           place(static_cast<std::size_t>(read.offset)), ""};
    return {};
  }
  const auto node = document_.child(element);
  if (!node) {
    const auto first = document_.first_child();
    problem = model::Error{
        code_, fmt::format("expected <{}>, found <{}>", element, first ? first.name() : ""), name_,
        ""};
  }
  return node;
}

std::string Xml::text(const pugi::xml_node& at, const char* attribute) {
  const auto a = at.attribute(attribute);
  if (!a) fail(at, fmt::format("the attribute \"{}\" is missing", attribute));
  return a.value();
}

double Xml::number(const pugi::xml_node& at, const char* attribute, double least, double most) {
  const std::string word = text(at, attribute);
  double value = least;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) {
    fail(at, fmt::format("{}=\"{}\" is not a number", attribute, word));
    return least;
  }
  if (!(value >= least && value <= most)) {
    fail(at,
         fmt::format("{}=\"{}\" is out of range; expected {} to {}", attribute, word, least, most));
    return least;
  }
  return value;
}

double Xml::number_or(const pugi::xml_node& at, const char* attribute, double least, double most,
                      double otherwise) {
  return at.attribute(attribute) ? number(at, attribute, least, most) : otherwise;
}

}  // namespace citybrain::city
