// How people and programs look in (hub/api): an HTTP/1.1 server on Boost.Beast, and what it serves.
// A handler is a plain function from a request to a reply; the server knows nothing of what it
// serves, and a handler nothing of sockets.
//
// Promises: requests of a connection are answered in their order (pipelining), connections are kept
// alive as HTTP/1.1 says; a request beyond the bounds is refused with 413 or 431, one that is not
// HTTP with 400, and a connection that is silent too long is closed. Errors: CB-API-LISTEN.
// Threading: serve() runs everything on the calling thread; stop() may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::api {

struct Request {
  std::string method;  ///< GET, POST, ...
  std::string target;  ///< path and query as sent
  std::string accept;
  std::string content_type;
  std::string body;
  bool all_fields = false;  ///< "Confluent-Accept-Unknown-Properties: true": newer fields, too
};

struct Reply {
  int status = 200;
  std::string content_type;
  std::string body;
};

using Handler = std::function<Reply(const Request&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                 ///< 0: any free one
  std::size_t max_body_bytes = 4U << 20;  ///< Confluent's default bound is a Kafka record's 1 MiB
  std::size_t max_header_bytes = 16U << 10;
  std::uint32_t idle_s = 30;  ///< wall time between two bytes of a client
  std::size_t max_connections = 1024;
};

class Server {
 public:
  static model::Result<Server> listen(const ServerOptions& options, Handler handler);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  std::uint16_t port() const;
  /// Returns after stop(), or after SIGINT or SIGTERM when `stop_on_signal`.
  void serve(bool stop_on_signal);
  void stop();

  struct Impl;  ///< of this room (server_impl.h), like what makes a server of it
  explicit Server(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::api
