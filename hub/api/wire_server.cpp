#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <utility>

#include "hub/api/listening.h"
#include "hub/api/wire.h"
#include "hub/api/wire_service.h"

namespace citybrain::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAgain{10};  // between two looks at what has to wait

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

struct WireServer::Impl : Listening {
  WireOptions options;
  WireService service;
  std::size_t unsent = 0;  ///< bytes of replies under way

  Impl(const WireOptions& o, network::Log& log) : options(o), service(log, o.max_reply_bytes) {}
  WireEndpoint endpoint(const tcp::socket& socket) const;
  asio::awaitable<void> session(tcp::socket socket);
  asio::awaitable<bool> receive(boost::beast::tcp_stream& stream, std::string& request);
  asio::awaitable<bool> exchange(boost::beast::tcp_stream& stream, WireConnection& connection,
                                 WireExchange& one);
};

WireEndpoint WireServer::Impl::endpoint(const tcp::socket& socket) const {
  error_code ec;
  const auto local = socket.local_endpoint(ec);
  WireEndpoint out{options.advertised_host, options.advertised_port};
  if (out.host.empty()) out.host = local.address().to_string();
  if (out.port == 0) out.port = local.port();
  return out;
}

/// One request without its length; false: the connection is over.
asio::awaitable<bool> WireServer::Impl::receive(boost::beast::tcp_stream& stream,
                                                std::string& request) {
  error_code ec;
  char length[4];
  stream.expires_after(std::chrono::seconds(options.idle_s));
  co_await asio::async_read(stream, asio::buffer(length),
                            asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return false;
  const auto size = WireReader({length, sizeof length}).i32();
  if (size < 8 || static_cast<std::size_t>(size) > options.max_request_bytes) co_return false;
  request.resize(static_cast<std::size_t>(size));
  stream.expires_after(std::chrono::seconds(options.stall_s));
  co_await asio::async_read(stream, asio::buffer(request),
                            asio::redirect_error(asio::use_awaitable, ec));
  co_return !ec;
}

asio::awaitable<bool> WireServer::Impl::exchange(boost::beast::tcp_stream& stream,
                                                 WireConnection& connection, WireExchange& one) {
  error_code ec;
  asio::steady_timer pause(io);
  for (;;) {
    const bool full = unsent >= options.max_unsent_bytes;
    const auto step =
        full ? WireStep::kAgain
             : service.answer(connection, one, now(), options.max_unsent_bytes - unsent);
    if (step == WireStep::kClose) co_return false;
    if (step == WireStep::kSilence) co_return true;
    if (step == WireStep::kReply) break;
    pause.expires_after(kAgain);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return false;
  }
  const auto size = one.reply.size();
  unsent += size;
  stream.expires_after(std::chrono::seconds(options.stall_s));
  co_await asio::async_write(stream, asio::buffer(one.reply),
                             asio::redirect_error(asio::use_awaitable, ec));
  unsent -= size;
  co_return !ec;
}

asio::awaitable<void> WireServer::Impl::session(tcp::socket socket) {
  WireConnection connection;
  connection.endpoint = endpoint(socket);
  boost::beast::tcp_stream stream(std::move(socket));
  for (;;) {
    WireExchange one;
    if (!co_await receive(stream, one.request)) break;
    if (!co_await exchange(stream, connection, one)) break;
  }
  --connections;
}

WireServer::WireServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WireServer::WireServer(WireServer&&) noexcept = default;
WireServer& WireServer::operator=(WireServer&&) noexcept = default;
WireServer::~WireServer() = default;

model::Result<WireServer> WireServer::listen(const WireOptions& options, network::Log& log) {
  auto impl = std::make_unique<Impl>(options, log);
  CITYBRAIN_TRY(
      impl->listen(options.address, options.port, "choose another port, or 0 for any free one"));
  return WireServer(std::move(impl));
}

std::uint16_t WireServer::port() const { return impl_->port(); }

void WireServer::serve(bool stop_on_signal) {
  impl_->serve(stop_on_signal, impl_->options.max_connections,
               [this](tcp::socket socket) { return impl_->session(std::move(socket)); });
}

void WireServer::stop() { impl_->io.stop(); }

}  // namespace citybrain::api
