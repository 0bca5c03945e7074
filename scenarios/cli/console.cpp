#include "scenarios/cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdlib>
#include <thread>

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

Result<Language> language(const std::string& given) {
  std::string name = given;
  if (name.empty()) {
    for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
      const char* value = std::getenv(variable);
      if (value != nullptr && *value != '\0') {
        return std::string_view(value).starts_with("zh") ? Language::kChinese : Language::kEnglish;
      }
    }
    return Language::kEnglish;
  }
  if (name == "en") return Language::kEnglish;
  if (name == "zh") return Language::kChinese;
  return Error{"CB-USAGE-LANG", fmt::format("expected en or zh, found \"{}\"", name), "--lang", ""};
}

int terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col >= 40)
    return size.ws_col;
  return 80;
}

bool colour_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

ProgressLine::ProgressLine(bool enabled, Language language)
    : enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) != 0),
      language_(language),
      start_(Clock::now()),
      last_(start_) {}

ProgressLine::~ProgressLine() { clear(); }

namespace {

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                   : fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string bar(double fraction) {
  constexpr int kCells = 24;
  const int full = static_cast<int>(fraction * kCells);
  std::string out;
  for (int i = 0; i < kCells; ++i) out += i < full ? "█" : "░";
  return out;
}

}  // namespace

void ProgressLine::show(std::string_view what, double fraction, double simulated_s) {
  if (!enabled_) return;
  const auto now = Clock::now();
  if (first_fraction_ < 0) {
    first_fraction_ = fraction;
    first_simulated_s_ = simulated_s;
    start_ = now;
  }
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  if (now - last_ < pause) return;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double done = fraction - first_fraction_;
  const double left = done > 0 ? elapsed * (1 - fraction) / done : 0;
  const double speed = elapsed > 0 ? (simulated_s - first_simulated_s_) / elapsed : 0;
  const bool zh = language_ == Language::kChinese;
  const std::string rest = zh ? fmt::format("仿真时间 {}  {:.0f} 倍速  剩余 {}",
                                            clock_text(simulated_s), speed, clock_text(left))
                              : fmt::format("simulated {}  {:.0f}x real time  {} left",
                                            clock_text(simulated_s), speed, clock_text(left));
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{} {} {:3.0f}%  {}", what, bar(fraction), fraction * 100, rest);
    drawn_ = true;
  } else {
    fmt::print(stderr, "{} {:.0f}%  {}\n", what, fraction * 100, rest);
  }
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

struct Interruption::Impl {
  std::atomic<bool> flag{false};
  boost::asio::io_context io;
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  std::thread thread;

  void wait() {
    signals.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (flag.exchange(true)) std::_Exit(130);
      wait();
    });
  }
};

Interruption::Interruption() : impl_(std::make_unique<Impl>()) {
  impl_->wait();
  impl_->thread = std::thread([this] { impl_->io.run(); });
}

Interruption::~Interruption() {
  impl_->io.stop();
  impl_->thread.join();
}

const std::atomic<bool>& Interruption::flag() const { return impl_->flag; }

int fail(const Error& error, Language language) {
  const bool zh = language == Language::kChinese;
  fmt::print(stderr, "{}{}\n", zh ? "citybrain 错误:" : "citybrain: error: ", error.text());
  if (error.code == "CB-RUN-INTERRUPTED") return 130;
  return error.is_input() ? 2 : 1;
}

}  // namespace citybrain::cli
