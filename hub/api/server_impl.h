// The inside of a Server: how a request becomes a reply is a coroutine, so that one that waits for
// others (forward.cpp) holds no other connection up. Private to hub/api, for its translation units
// that include Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <functional>
#include <utility>

#include "hub/api/api.h"
#include "hub/api/listening.h"

namespace citybrain::api {

/// Runs on the server's thread, beside those of other connections.
using Respond = std::function<boost::asio::awaitable<Reply>(Request)>;

struct Server::Impl : Listening {
  ServerOptions options;
  Respond respond;

  boost::asio::awaitable<void> session(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<bool> exchange(boost::beast::tcp_stream& stream,
                                        boost::beast::flat_buffer& buffer);
};

/// Error CB-API-LISTEN.
model::Result<Server> listening_server(const ServerOptions& options, Respond respond);

}  // namespace citybrain::api
