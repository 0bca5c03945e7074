#include "hub/api/forward.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "hub/api/server_impl.h"

namespace citybrain::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

model::Error gone(const std::string& address, const std::string& why) {
  return {"CB-CLOUD-SERVICE", "the node does not answer: " + why, address,
          "look whether its process is running"};
}

http::request<http::string_body> request_to(const std::string& address, const Request& request,
                                            http::verb verb) {
  http::request<http::string_body> out{verb, request.target, 11};
  out.set(http::field::host, address);
  if (!request.accept.empty()) out.set(http::field::accept, request.accept);
  if (!request.content_type.empty()) out.set(http::field::content_type, request.content_type);
  if (request.all_fields) out.set("Confluent-Accept-Unknown-Properties", "true");
  out.keep_alive(false);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

/// One exchange over a connection of its own; every wait ends with the stream's time.
asio::awaitable<model::Result<Reply>> exchange(std::string address, Request request,
                                               ForwardOptions options) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) co_return gone(address, "expected host:port");
  const auto verb = http::string_to_verb(request.method);
  if (verb == http::verb::unknown) co_return Reply{501, "text/plain", "unknown method\n"};
  const auto out = request_to(address, request, verb);
  const auto executor = co_await asio::this_coro::executor;
  beast::error_code ec;
  const auto token = [&ec] { return asio::redirect_error(asio::use_awaitable, ec); };
  tcp::resolver resolver(executor);
  const auto to =
      co_await resolver.async_resolve(address.substr(0, colon), address.substr(colon + 1), token());
  beast::tcp_stream stream(executor);
  stream.expires_after(options.one_call);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(options.max_body_bytes);
  if (!ec) co_await stream.async_connect(to, token());
  if (!ec) co_await http::async_write(stream, out, token());
  if (!ec) co_await http::async_read(stream, buffer, parser, token());
  if (ec) co_return gone(address, ec.message());
  auto in = parser.release();
  co_return Reply{static_cast<int>(in.result_int()), std::string(in[http::field::content_type]),
                  std::move(in.body())};
}

asio::awaitable<void> keep(asio::awaitable<model::Result<Reply>> reply,
                           std::optional<model::Result<Reply>>& out) {
  out.emplace(co_await std::move(reply));
}

/// Tries again, with the address looked up anew, until a node replies or the patience is over.
asio::awaitable<Reply> forwarded(std::shared_ptr<const Resolve> resolve, ForwardOptions options,
                                 Request request) {
  const auto until = std::chrono::steady_clock::now() + options.patience;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    std::string why;
    if (const auto address = (*resolve)()) {
      const auto reply = co_await exchange(*address, request, options);
      if (reply && reply->status != 503) co_return *reply;
      why = reply ? reply->body : reply.error().text();
    } else {
      why = address.error().text();
    }
    if (std::chrono::steady_clock::now() >= until) co_return Reply{503, "text/plain", why + "\n"};
    pause.expires_after(options.pause);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

}  // namespace

model::Result<Reply> call(const std::string& address, const Request& request,
                          const ForwardOptions& options) {
  asio::io_context io(1);
  std::optional<model::Result<Reply>> out;
  asio::co_spawn(io, keep(exchange(address, request, options), out), asio::detached);
  io.run();
  return std::move(*out);
}

model::Result<Server> front(const ServerOptions& server, Resolve resolve,
                            const ForwardOptions& options) {
  const auto shared = std::make_shared<const Resolve>(std::move(resolve));
  return listening_server(server, [shared, options](Request request) {
    return forwarded(shared, options, std::move(request));
  });
}

}  // namespace citybrain::api
