// The schema registry's REST interface as Confluent documents it ("Schema Registry API Reference"):
// paths, parameters, bodies, error codes, content types. A pure function of the registry and the
// request. Errors of a request become replies {"error_code", "message"}.
#pragma once

#include "hub/api/api.h"
#include "hub/registry/registry.h"

namespace citybrain::api {

/// `registry` is changed by POST, PUT and DELETE.
Reply answer(registry::Registry& registry, const Request& request);

}  // namespace citybrain::api
