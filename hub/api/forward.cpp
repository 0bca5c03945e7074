#include "hub/api/forward.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <thread>
#include <utility>

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

/// One exchange; every wait ends with the stream's time.
class Exchange {
 public:
  Exchange(const ForwardOptions& options) : stream_(io_) {
    parser_.body_limit(options.max_body_bytes);
    stream_.expires_after(options.one_call);
  }

  beast::error_code run(const tcp::resolver::results_type& to,
                        const http::request<http::string_body>& request) {
    beast::error_code ec;
    const auto wait = [&](auto start) {
      if (ec) return;
      io_.restart();
      start([&ec](const beast::error_code& e, const auto&...) { ec = e; });
      io_.run();
    };
    wait([&](auto done) { stream_.async_connect(to, done); });
    wait([&](auto done) { http::async_write(stream_, request, done); });
    wait([&](auto done) { http::async_read(stream_, buffer_, parser_, done); });
    return ec;
  }
  http::response<http::string_body> take() { return parser_.release(); }
  asio::io_context& io() { return io_; }

 private:
  asio::io_context io_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

model::Result<Reply> call(const std::string& address, const Request& request,
                          const ForwardOptions& options) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return gone(address, "expected host:port");
  const auto verb = http::string_to_verb(request.method);
  if (verb == http::verb::unknown) return Reply{501, "text/plain", "unknown method\n"};
  http::request<http::string_body> out{verb, request.target, 11};
  out.set(http::field::host, address);
  if (!request.accept.empty()) out.set(http::field::accept, request.accept);
  if (!request.content_type.empty()) out.set(http::field::content_type, request.content_type);
  out.keep_alive(false);
  out.body() = request.body;
  out.prepare_payload();
  Exchange exchange(options);
  beast::error_code ec;
  tcp::resolver resolver(exchange.io());
  const auto to = resolver.resolve(address.substr(0, colon), address.substr(colon + 1), ec);
  if (!ec) ec = exchange.run(to, out);
  if (ec) return gone(address, ec.message());
  auto in = exchange.take();
  return Reply{static_cast<int>(in.result_int()), std::string(in[http::field::content_type]),
               std::move(in.body())};
}

Handler forward(Resolve resolve, const ForwardOptions& options) {
  return [resolve = std::move(resolve), options](const Request& request) {
    const auto until = std::chrono::steady_clock::now() + options.patience;
    std::string why;
    for (;;) {
      const auto address = resolve();
      if (address) {
        auto reply = call(*address, request, options);
        if (reply && reply->status != 503) return std::move(*reply);
        why = reply ? reply->body : reply.error().text();
      } else {
        why = address.error().text();
      }
      if (std::chrono::steady_clock::now() >= until) return Reply{503, "text/plain", why + "\n"};
      std::this_thread::sleep_for(options.pause);
    }
  };
}

}  // namespace citybrain::api
