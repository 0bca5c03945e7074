// The steps of the state machine of requests, one at a time. Private to hub/catalog.
#pragma once

#include "hub/catalog/request.h"

namespace citybrain::catalog {

/// A new request, as its draft says.
model::Result<Request> drafted(const Rules& rules, const Event& event, const Book& book);
/// Any other step; after an error the request is not to be used.
model::Result<void> stepped(const Rules& rules, const Event& event, Request& request);

}  // namespace citybrain::catalog
