#include "tests/support/fault_proxy.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <charconv>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

namespace citybrain::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostHeld = 256 * 1024;  // bytes of a connection and direction
constexpr std::size_t kChunk = 16 * 1024;

enum class State { kOpen, kCut, kClosed };
enum Direction { kUp, kDown };

void reset_socket(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);  // RST instead of FIN
  socket.close(ignored);
}

/// A program that is started meanwhile must not hold the port or the connection open.
template <class Socket>
void keep_to_ourselves(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

class Connection;

/// One port and its target. Lives on the proxy's thread.
struct Link {
  Link(asio::io_context& io, std::uint16_t port, std::uint16_t target_port)
      : context(io),
        acceptor(io),
        here(asio::ip::address_v4::loopback(), port),
        target(asio::ip::address_v4::loopback(), target_port) {
    open();
  }
  void open();
  void accept();
  void reset_all();
  void wake_all();

  asio::io_context& context;
  tcp::acceptor acceptor;
  tcp::endpoint here, target;
  State state = State::kOpen;
  std::chrono::milliseconds delay{0};
  std::uint64_t rate = 0;
  std::array<Clock::time_point, 2> free_at{};  ///< when the wire of a direction is free again
  std::array<std::uint64_t, 2> passed{};
  std::uint64_t connections_ever = 0;
  std::set<std::shared_ptr<Connection>> connections;
};

/// One direction of a connection: reads while there is room, writes what is due.
class Pipe {
 public:
  Pipe(Link& link, Direction direction, tcp::socket& from, tcp::socket& to,
       std::function<void()> on_broken)
      : link_(link),
        direction_(direction),
        from_(from),
        to_(to),
        broken_(std::move(on_broken)),
        timer_(link.context) {}

  void read(const std::shared_ptr<Connection>& self);
  void write(const std::shared_ptr<Connection>& self);
  bool ended() const { return ended_; }
  void stop() { timer_.cancel(); }

 private:
  struct Piece {
    Clock::time_point due;
    std::string bytes;  ///< empty: the sender has ended
  };
  void take(std::size_t n);
  void send(const std::shared_ptr<Connection>& self, std::string bytes);

  Link& link_;
  const Direction direction_;
  tcp::socket& from_;
  tcp::socket& to_;
  std::function<void()> broken_;
  asio::steady_timer timer_;
  std::array<char, kChunk> buffer_{};
  std::deque<Piece> held_;
  std::size_t held_bytes_ = 0;
  bool reading_ = false, writing_ = false, sender_ended_ = false, ended_ = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Link& link, tcp::socket client)
      : link_(link),
        client_(std::move(client)),
        server_(link.context),
        up_(link, kUp, client_, server_, [this] { end(true); }),
        down_(link, kDown, server_, client_, [this] { end(true); }) {}

  void start();
  /// Goes on where it waited: after a cut, a delay or a rate has changed.
  void wake() {
    if (connected_) {
      up_.write(shared_from_this());
      down_.write(shared_from_this());
    } else if (!connecting_ && link_.state == State::kOpen) {
      start();
    }
  }
  void end(bool with_reset);
  void end_when_done() {
    if (up_.ended() && down_.ended()) end(false);
  }

 private:
  Link& link_;
  tcp::socket client_, server_;
  Pipe up_, down_;
  bool connecting_ = false, connected_ = false;
};

void Pipe::read(const std::shared_ptr<Connection>& self) {
  if (reading_ || sender_ended_ || held_bytes_ >= kMostHeld) return;
  reading_ = true;
  from_.async_read_some(asio::buffer(buffer_), [this, self](error_code error, std::size_t n) {
    reading_ = false;
    if (error == asio::error::operation_aborted) return;
    if (error && error != asio::error::eof) return broken_();
    if (error) sender_ended_ = true;
    take(error ? 0 : n);
    write(self);
    read(self);
  });
}

/// What was read gets its time: the wire carries one piece after the other at its rate, then the
/// delay passes.
void Pipe::take(std::size_t n) {
  auto& free_at = link_.free_at[direction_];
  free_at = std::max(free_at, Clock::now());
  if (link_.rate > 0) free_at += std::chrono::microseconds(n * 1'000'000 / link_.rate);
  held_.push_back({free_at + link_.delay, std::string(buffer_.data(), n)});
  held_bytes_ += n;
}

void Pipe::write(const std::shared_ptr<Connection>& self) {
  if (writing_ || ended_ || held_.empty() || link_.state != State::kOpen) return;
  if (held_.front().due > Clock::now()) {
    timer_.expires_at(held_.front().due);
    timer_.async_wait([this, self](error_code error) {
      if (!error) write(self);
    });
    return;
  }
  std::string bytes = std::move(held_.front().bytes);
  held_.pop_front();
  if (bytes.empty()) {
    ended_ = true;
    error_code ignored;
    to_.shutdown(tcp::socket::shutdown_send, ignored);
    return self->end_when_done();
  }
  send(self, std::move(bytes));
}

void Pipe::send(const std::shared_ptr<Connection>& self, std::string bytes) {
  writing_ = true;
  auto owned = std::make_shared<std::string>(std::move(bytes));
  // Counted before it is written: who has received it finds it counted.
  link_.passed[direction_] += owned->size();
  asio::async_write(to_, asio::buffer(*owned),
                    [this, self, owned](error_code error, std::size_t n) {
                      writing_ = false;
                      link_.passed[direction_] -= owned->size() - n;
                      if (error == asio::error::operation_aborted) return;
                      if (error) return broken_();
                      held_bytes_ -= n;
                      write(self);
                      read(self);
                    });
}

void Connection::start() {
  if (link_.state != State::kOpen) return;  // accepted during a cut: waits for it to heal
  connecting_ = true;
  server_.async_connect(link_.target, [this, self = shared_from_this()](error_code error) {
    connecting_ = false;
    if (error == asio::error::operation_aborted) return;
    if (error) return end(true);
    connected_ = true;
    keep_to_ourselves(server_);
    error_code ignored;
    client_.set_option(tcp::no_delay(true), ignored);
    server_.set_option(tcp::no_delay(true), ignored);
    up_.read(self);
    down_.read(self);
  });
}

void Connection::end(bool with_reset) {
  const auto self = shared_from_this();
  if (link_.connections.erase(self) == 0) return;
  up_.stop();
  down_.stop();
  error_code ignored;
  for (auto* socket : {&client_, &server_}) {
    if (with_reset)
      reset_socket(*socket);
    else
      socket->close(ignored);
  }
}

void Link::open() {
  acceptor.open(tcp::v4());
  keep_to_ourselves(acceptor);
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(here);
  acceptor.listen();
  here = acceptor.local_endpoint();
  accept();
}

void Link::accept() {
  acceptor.async_accept([this](error_code error, tcp::socket client) {
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (!error) {
      keep_to_ourselves(client);
      ++connections_ever;
      auto connection = std::make_shared<Connection>(*this, std::move(client));
      connections.insert(connection);
      connection->start();
    }
    accept();
  });
}

void Link::reset_all() {
  const auto all = connections;
  for (const auto& c : all) c->end(true);
}

void Link::wake_all() {
  const auto all = connections;
  for (const auto& c : all) c->wake();
}

/// A whole number without sign; nothing where the word is none.
std::optional<std::uint64_t> number(const std::string& word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value > 1'000'000'000)
    return std::nullopt;
  return value;
}

}  // namespace

struct FaultProxy::Impl {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::unique_ptr<Link>> links;
  std::thread thread{[this] { context.run(); }};

  /// Runs `f` on the proxy's thread and returns what it returns or throws.
  template <class F>
  auto on_thread(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    asio::post(context, [&task] { task(); });
    return result.get();
  }
  template <class F>
  void each(std::size_t link, F f) {
    on_thread([&] {
      for (std::size_t i = 0; i < links.size(); ++i)
        if (link == 0 || link == i + 1) f(*links[i]);
    });
  }
};

FaultProxy::FaultProxy() : impl_(std::make_unique<Impl>()) {}

FaultProxy::~FaultProxy() {
  impl_->each(0, [](Link& l) {
    error_code ignored;
    l.acceptor.close(ignored);
    l.reset_all();
  });
  impl_->work.reset();
  impl_->thread.join();  // when the aborted operations have come back
}

std::uint16_t FaultProxy::add_link(std::uint16_t port, std::uint16_t target_port) {
  return impl_->on_thread([&] {
    impl_->links.push_back(std::make_unique<Link>(impl_->context, port, target_port));
    return impl_->links.back()->here.port();
  });
}

void FaultProxy::cut(std::size_t link) {
  impl_->each(link, [](Link& l) {
    if (l.state == State::kOpen) l.state = State::kCut;
  });
}

void FaultProxy::close(std::size_t link) {
  impl_->each(link, [](Link& l) {
    l.state = State::kClosed;
    error_code ignored;
    l.acceptor.close(ignored);
    l.reset_all();
  });
}

void FaultProxy::heal(std::size_t link) {
  impl_->each(link, [](Link& l) {
    const State before = std::exchange(l.state, State::kOpen);
    if (before == State::kClosed) l.open();
    l.wake_all();
  });
}

void FaultProxy::reset(std::size_t link) {
  impl_->each(link, [](Link& l) { l.reset_all(); });
}

void FaultProxy::delay(std::chrono::milliseconds each_way, std::size_t link) {
  impl_->each(link, [=](Link& l) { l.delay = each_way; });
}

void FaultProxy::rate(std::uint64_t bytes_per_second, std::size_t link) {
  impl_->each(link, [=](Link& l) { l.rate = bytes_per_second; });
}

LinkStatus FaultProxy::status(std::size_t link) {
  return impl_->on_thread([&] {
    const Link& l = *impl_->links.at(link - 1);
    constexpr std::array kNames = {"open", "cut", "closed"};
    return LinkStatus{kNames[static_cast<std::size_t>(l.state)], l.connections.size(),
                      l.connections_ever, l.passed[kUp], l.passed[kDown]};
  });
}

std::string FaultProxy::execute(const std::string& line) {
  constexpr const char* kExpected =
      "error: expected cut, close, heal, reset, delay MS, rate BYTES or status, and the number of "
      "a "
      "link or nothing";
  std::istringstream in(line);
  std::string verb, word;
  in >> verb;
  std::vector<std::uint64_t> numbers;
  while (in >> word) {
    const auto n = number(word);
    if (!n) return kExpected;
    numbers.push_back(*n);
  }
  const bool with_value = verb == "delay" || verb == "rate";
  if (numbers.size() > (with_value ? 2U : 1U) || (with_value && numbers.empty())) return kExpected;
  const std::size_t link = numbers.size() == (with_value ? 2U : 1U) ? numbers.back() : 0;
  if (link > impl_->links.size())
    return fmt::format("error: there are links 1 to {}", impl_->links.size());
  if (verb == "status") {
    std::string out;
    for (std::size_t i = 1; i <= impl_->links.size(); ++i) {
      if (link != 0 && link != i) continue;
      const auto s = status(i);
      out += fmt::format(R"({}{{"link": {}, "state": "{}", "connections": {}, )"
                         R"("connections_ever": {}, "bytes_up": {}, "bytes_down": {}}})",
                         out.empty() ? "" : "\n", i, s.state, s.connections, s.connections_ever,
                         s.bytes_up, s.bytes_down);
    }
    return out;
  }
  if (verb == "cut") return cut(link), "ok";
  if (verb == "close") return close(link), "ok";
  if (verb == "heal") return heal(link), "ok";
  if (verb == "reset") return reset(link), "ok";
  if (verb == "delay") return delay(std::chrono::milliseconds(numbers[0]), link), "ok";
  if (verb == "rate") return rate(numbers[0], link), "ok";
  return kExpected;
}

}  // namespace citybrain::test
