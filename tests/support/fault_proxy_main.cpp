// fault_proxy [LISTEN:]TARGET ... [--control PORT]: the fault proxy as a program of its own. A link
// a pair of ports on 127.0.0.1; LISTEN 0 or absent is a free one. Prints "link N: 127.0.0.1:PORT ->
// 127.0.0.1:TARGET" a link (and "control: 127.0.0.1:PORT"), then obeys lines from standard input
// or, with --control, from whoever connects to that port, and answers each with a line
// (tests/support/fault_proxy.h lists them). Ends at the end of standard input, with --control on
// SIGTERM.
#include <fmt/format.h>

#include <boost/asio.hpp>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fault_proxy.h"

namespace {

using boost::asio::ip::tcp;

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

int usage(std::string_view found) {
  fmt::print(stderr, "fault_proxy: expected [LISTEN:]TARGET ports and --control PORT, found '{}'\n",
             found);
  return 2;
}

/// One controller after the other; each says lines until it goes.
void serve(citybrain::test::FaultProxy& proxy, std::uint16_t port) {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), port});
  fmt::print("control: 127.0.0.1:{}\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  for (;;) {
    tcp::iostream lines(acceptor.accept());
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines << proxy.execute(line) << std::endl;
    }
  }
}

int work(int argc, char** argv) {
  citybrain::test::FaultProxy proxy;
  std::optional<std::uint16_t> control;
  std::size_t links = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--control") {
      control = i + 1 < argc ? port_of(argv[i + 1]) : std::nullopt;
      if (!control) return usage(i + 1 < argc ? argv[i + 1] : "--control");
      ++i;
      continue;
    }
    const auto colon = word.find(':');
    const auto listen = colon == word.npos ? std::uint16_t{0} : port_of(word.substr(0, colon));
    const auto target = port_of(colon == word.npos ? word : word.substr(colon + 1));
    if (!listen || !target || *target == 0) return usage(word);
    fmt::print("link {}: 127.0.0.1:{} -> 127.0.0.1:{}\n", ++links, proxy.add_link(*listen, *target),
               *target);
  }
  if (links == 0) return usage("no link");
  std::fflush(stdout);
  if (control) serve(proxy, *control);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << proxy.execute(line) << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return work(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "fault_proxy: {}\n", e.what());
    return 1;
  }
}
