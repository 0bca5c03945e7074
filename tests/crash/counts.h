// How many cuts, points and places a crash test tries, and from which seed: ./citybrain test
// power-cut and ./citybrain test crash set them; without, a number that fits into a few seconds.
// Threading: one.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace citybrain::crash {

inline std::uint64_t count_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  const std::string_view s = text;
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (error == std::errc{} && end == s.data() + s.size()) return n;
  fmt::print(stderr, "{} must be a number, not \"{}\"\n", variable, s);
  std::exit(2);
}

/// A line on standard error with what is done and the time left: every ten seconds, or one that
/// changes on a terminal. Silent unless somebody asked for a number of their own.
class Progress {
 public:
  Progress(std::string what, std::uint64_t all, bool shown)
      : what_(std::move(what)), all_(all), shown_(shown) {}
  void done(std::uint64_t n) {
    using Seconds = std::chrono::duration<double>;
    const auto now = std::chrono::steady_clock::now();
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (!shown_ || n == 0 || Seconds(now - last_).count() < (terminal ? 0.2 : 10)) return;
    last_ = now;
    const double passed = Seconds(now - began_).count();
    fmt::print(stderr, "{}{}: {} of {}, {:.0f} s left{}", terminal ? "\r" : "", what_, n, all_,
               passed / static_cast<double>(n) * static_cast<double>(all_ - n),
               terminal ? "\033[K" : "\n");
  }

 private:
  const std::string what_;
  const std::uint64_t all_;
  const bool shown_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = began_;
};

}  // namespace citybrain::crash
