// A service behind a stable address (hub/api): requests are handed on to the node that answers for
// the service at that moment. Users keep the one address that they know, since programs that are
// not ours (Confluent's clients, curl) cannot be taught to look a name up; so the front looks it up
// for them, anew for every request.
//
// Promises: a request goes to one node; when that node is gone or moving (no connection, a
// connection that ends before the reply, 503), the name is looked up again and the request is sent
// again, until the patience is over: then the reply is 503 with the reason. So what is forwarded
// must be safe to repeat; the schema registry's requests are (registering a schema again gives its
// id again). Requests of different connections are handed on side by side: one that waits holds no
// other up. Errors of call(): CB-CLOUD-SERVICE; of front(): CB-API-LISTEN. Threading: everything on
// the thread that serves, names are looked up there too.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "hub/api/api.h"

namespace citybrain::api {

/// The address ("host:port") of whoever answers now.
using Resolve = std::function<model::Result<std::string>()>;

struct ForwardOptions {
  std::chrono::milliseconds patience{10'000};  ///< with a service that moves, wall time
  std::chrono::milliseconds pause{20};         ///< between two tries
  std::chrono::milliseconds one_call{5'000};   ///< for one node's reply
  std::size_t max_body_bytes = 16U << 20;      ///< of a reply
};

/// One request to one address, over a connection of its own.
model::Result<Reply> call(const std::string& address, const Request& request,
                          const ForwardOptions& options = {});
/// A server that hands every request on.
model::Result<Server> front(const ServerOptions& server, Resolve resolve,
                            const ForwardOptions& options = {});

}  // namespace citybrain::api
