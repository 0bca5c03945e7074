// Words: https://sumo.dlr.de/docs/Definition_of_Vehicles,_Vehicle_Types,_and_Routes.html
#include "scenarios/city/sumo_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <optional>

namespace citybrain::city {

namespace {

struct Attribute {
  const char* name;
  std::string_view usual;  ///< the word for what happens anyway
  bool zero;               ///< 0 means the same
  const char* what_happens;
};
constexpr std::array<Attribute, 4> kAttributes = {
    {{"departSpeed", "0", true, "they appear standing"},
     {"departPos", "base", true, "they appear at the beginning of their first edge"},
     {"arrivalPos", "max", false, "they leave at the end of their last edge"},
     {"arrivalLane", "current", false, "they leave on whichever lane they are"}}};

std::optional<double> number_in(std::string_view word) {
  double v = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), v);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(v)) return {};
  return v;
}

/// One of the words, or a number from `least` on; missing is fine.
bool fits(std::string_view word, std::initializer_list<std::string_view> words, double least) {
  if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) return true;
  const auto v = number_in(word);
  return v && *v >= least;
}

std::string expected(const char* attribute, const char* words, std::string_view found) {
  return fmt::format("{}: expected {}, found \"{}\"", attribute, words, found.substr(0, 32));
}

bool is_followed(const Attribute& a, std::string_view word) {
  return word.empty() || word == a.usual || (a.zero && number_in(word) == 0.0);
}

}  // namespace

std::string SumoEntries::read(const pugi::xml_node& n, VehicleKind& kind) {
  constexpr double kAny = -1e9;  // counted from the edge's end
  const std::string_view lane = n.attribute("departLane").value(),
                         speed = n.attribute("departSpeed").value(),
                         from = n.attribute("departPos").value(),
                         to = n.attribute("arrivalPos").value();
  if (!fits(speed, {"random", "max", "desired", "speedLimit", "last", "avg"}, 0))
    return expected("departSpeed", "random, max, desired, speedLimit, last, avg or m/s", speed);
  if (!fits(from, {"random", "free", "random_free", "base", "last", "stop", "splitFront"}, kAny))
    return expected("departPos", "random, free, random_free, base, last, stop, splitFront or m",
                    from);
  if (!fits(to, {"random", "center", "max"}, kAny))
    return expected("arrivalPos", "random, center, max or m", to);
  const std::string_view leaves = n.attribute("arrivalLane").value();
  if (!fits(leaves, {"current", "first", "random"}, 0))
    return expected("arrivalLane", "current, first, random or a lane's number", leaves);
  kind.enters = 0;
  if (lane == "best" || lane == "allowed") {
    kind.enters = VehicleKind::kLeads;
  } else if (lane == "random" || lane == "free") {
    kind.enters = VehicleKind::kAnyLane;
  } else if (!lane.empty() && lane != "first") {
    const auto [end, error] = std::from_chars(lane.data(), lane.data() + lane.size(), kind.enters);
    if (error != std::errc{} || end != lane.data() + lane.size() || kind.enters > 31)
      return expected("departLane", "first, best, allowed, free, random or a lane's number", lane);
  }
  return {};
}

void SumoEntries::count(const pugi::xml_node& n, const pugi::xml_node& named, const Xml& xml) {
  for (std::size_t i = 0; i < kAttributes.size(); ++i) {
    const std::string_view word = n.attribute(kAttributes[i].name).value();
    if (is_followed(kAttributes[i], word)) continue;
    NotFollowed& some = not_followed_[i];
    if (some.vehicles++ == 0)
      some.first = fmt::format("{}: {}=\"{}\"", xml.place(n), kAttributes[i].name, word);
  }
  const pugi::xml_node own = n.child("route");
  for (const pugi::xml_node& with : {n, own, own ? pugi::xml_node{} : named}) {
    const pugi::xml_node stop = with.child("stop");
    if (!stop) continue;
    if (stops_.vehicles++ == 0) stops_.first = xml.place(stop);
    break;
  }
}

void SumoEntries::warn(std::string_view file, std::vector<std::string>& warnings) const {
  const auto say = [&](const NotFollowed& some, const char* what, const char* what_happens) {
    if (some.vehicles > 0)
      warnings.push_back(fmt::format("{}: {} is not followed for {} vehicle{}, {}; the first: {}",
                                     file, what, some.vehicles, some.vehicles == 1 ? "" : "s",
                                     what_happens, some.first));
  };
  for (std::size_t i = 0; i < kAttributes.size(); ++i)
    say(not_followed_[i], kAttributes[i].name, kAttributes[i].what_happens);
  say(stops_, "<stop>", "they drive on");
}

}  // namespace citybrain::city
