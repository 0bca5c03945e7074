// The server; forward.cpp is the other translation unit that includes Beast.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <utility>

#include "hub/api/server_impl.h"

namespace citybrain::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Response = http::response<http::string_body>;

Response response_of(const Reply& reply, unsigned version, bool keep_alive) {
  Response r{http::int_to_status(static_cast<unsigned>(reply.status)), version};
  r.set(http::field::server, "citybrain");
  if (!reply.content_type.empty()) r.set(http::field::content_type, reply.content_type);
  r.keep_alive(keep_alive);
  r.body() = reply.body;
  r.prepare_payload();
  return r;
}

/// What is answered to bytes that are no request that can be served.
Reply refusal(beast::error_code ec) {
  Reply r{400, "application/json", ""};
  if (ec == http::error::body_limit) r.status = 413;
  if (ec == http::error::header_limit) r.status = 431;
  r.body = "{\"error_code\":" + std::to_string(r.status) + ",\"message\":\"" + ec.message() + "\"}";
  return r;
}

/// A handler's reply at once.
asio::awaitable<Reply> answered(std::shared_ptr<const Handler> handler, Request request) {
  co_return (*handler)(request);
}

}  // namespace

/// One request and its reply; whether the connection goes on.
asio::awaitable<bool> Server::Impl::exchange(beast::tcp_stream& stream,
                                             beast::flat_buffer& buffer) {
  http::request_parser<http::string_body> parser;
  parser.body_limit(options.max_body_bytes);
  parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
  beast::error_code ec;
  const auto token = [&ec] { return asio::redirect_error(asio::use_awaitable, ec); };
  stream.expires_after(std::chrono::seconds(options.idle_s));
  co_await http::async_read_header(stream, buffer, parser, token());
  if (!ec && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    http::response<http::empty_body> go_on{http::status::continue_, parser.get().version()};
    co_await http::async_write(stream, go_on, token());
  }
  if (!ec) co_await http::async_read(stream, buffer, parser, token());
  if (ec == http::error::end_of_stream || ec == beast::error::timeout ||
      ec == asio::error::connection_reset || ec == asio::error::operation_aborted)
    co_return false;
  Response response;
  if (ec) {
    response = response_of(refusal(ec), 11, false);
  } else {
    const auto& message = parser.get();
    Request request{std::string(message.method_string()),
                    std::string(message.target()),
                    std::string(message[http::field::accept]),
                    std::string(message[http::field::content_type]),
                    message.body(),
                    beast::iequals(message["Confluent-Accept-Unknown-Properties"], "true")};
    const bool head = message.method() == http::verb::head;
    if (head) request.method = "GET";
    const auto reply = co_await respond(std::move(request));
    response = response_of(reply, message.version(), message.keep_alive());
    if (head) response.body().clear();  // the length stays: what GET would have sent
  }
  stream.expires_after(std::chrono::seconds(options.idle_s));
  beast::error_code sent;
  co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, sent));
  co_return !ec && !sent && response.keep_alive();
}

asio::awaitable<void> Server::Impl::session(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(options.max_header_bytes + options.max_body_bytes + 4096);
  while (co_await exchange(stream, buffer)) {
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  // Let the client read the refusal before bytes that nobody reads reset the connection.
  stream.expires_after(std::chrono::seconds(1));
  char rest[4096];
  std::size_t drained = 0;
  while (!ignored && drained < options.max_body_bytes)
    drained += co_await stream.async_read_some(asio::buffer(rest),
                                               asio::redirect_error(asio::use_awaitable, ignored));
  --connections;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

model::Result<Server> listening_server(const ServerOptions& options, Respond respond) {
  auto impl = std::make_unique<Server::Impl>();
  impl->options = options;
  impl->respond = std::move(respond);
  CITYBRAIN_TRY(
      impl->listen(options.address, options.port, "choose another --port, or 0 for any free one"));
  return Server(std::move(impl));
}

model::Result<Server> Server::listen(const ServerOptions& options, Handler handler) {
  const auto shared = std::make_shared<const Handler>(std::move(handler));
  return listening_server(
      options, [shared](Request request) { return answered(shared, std::move(request)); });
}

std::uint16_t Server::port() const { return impl_->port(); }

void Server::serve(bool stop_on_signal) {
  impl_->serve(stop_on_signal, impl_->options.max_connections,
               [this](tcp::socket socket) { return impl_->session(std::move(socket)); });
}

void Server::stop() { impl_->io.stop(); }

}  // namespace citybrain::api
