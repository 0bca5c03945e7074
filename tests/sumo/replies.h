// Replies of TraCI as SUMO would write them, by hand.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace citybrain::test {

class Bytes {
 public:
  Bytes& byte(int v) {
    text_ += static_cast<char>(v);
    return *this;
  }
  Bytes& whole(std::uint32_t v) {
    for (int s = 24; s >= 0; s -= 8) byte(static_cast<int>((v >> s) & 255));
    return *this;
  }
  Bytes& number(double v) {
    const auto b = std::bit_cast<std::uint64_t>(v);
    return whole(static_cast<std::uint32_t>(b >> 32)).whole(static_cast<std::uint32_t>(b));
  }
  Bytes& words(std::string_view v) {
    whole(static_cast<std::uint32_t>(v.size()));
    text_ += v;
    return *this;
  }
  Bytes& raw(const std::string& v) {
    text_ += v;
    return *this;
  }
  /// A part with its length before it; the long form always, as SUMO writes answers.
  Bytes& part(const std::string& content) {
    byte(0).whole(static_cast<std::uint32_t>(content.size() + 5));
    text_ += content;
    return *this;
  }
  Bytes& status(int command, int result = 0, std::string_view why = "") {
    byte(static_cast<int>(7 + why.size())).byte(command).byte(result).words(why);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// One vehicle on we_0, one inside a junction; one light; lists of the simulation.
inline std::string step_reply() {
  const auto vehicle = [](Bytes& b, std::string_view id, std::string_view lane, double at) {
    b.words(id).byte(0x51).byte(0).byte(0x0C).words(lane);
    b.byte(0x56).byte(0).byte(0x0B).number(at);
    b.byte(0x40).byte(0).byte(0x0B).number(5.5);
    b.byte(0x53).byte(0).byte(0x0C).words("route");
    b.byte(0x69).byte(0).byte(0x09).whole(1);
    b.byte(0xB5).byte(0).byte(0x09).whole(0);
  };
  Bytes context, simulation, light;
  context.byte(0x99).words("J").byte(0xA4).byte(6).whole(2);
  vehicle(context, "a", "we_0", 12.5);
  vehicle(context, "b", ":J_0_0", 3);
  const auto list = [&](int variable, std::string_view id) {
    simulation.byte(variable).byte(0).byte(0x0E).whole(id.empty() ? 0 : 1);
    if (!id.empty()) simulation.words(id);
  };
  simulation.byte(0xEB).words("").byte(6);
  simulation.byte(0x66).byte(0).byte(0x0B).number(25201);
  list(0x72, "c");
  list(0x74, "b");
  list(0x7A, "z");
  list(0x76, "");
  list(0x94, "p");
  light.byte(0xE2).words("TL").byte(1).byte(0x20).byte(0).byte(0x0C).words("GGr");
  return Bytes()
      .status(0x02)
      .whole(3)
      .part(context.text())
      .part(simulation.text())
      .part(light.text())
      .text();
}

inline std::string about_reply() {
  const auto answer = [](int variable, std::string_view value) {
    return Bytes().byte(0xB4).byte(variable).words("a").byte(0x0C).words(value).text();
  };
  const auto edges =
      Bytes().byte(0xB4).byte(0x54).words("a").byte(0x0E).whole(2).words("we").words("je");
  return Bytes()
      .status(0xA4)
      .part(answer(0x49, "bus"))
      .status(0xA4)
      .part(answer(0xBD, "7"))
      .status(0xA4)
      .part(answer(0x53, "route"))
      .status(0xA4)
      .part(edges.text())
      .text();
}

}  // namespace citybrain::test
