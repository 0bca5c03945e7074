// Where a connector speaks: its publisher, which signs where signatures are wanted, and the sealing
// of its records' personal fields. One thread.
#pragma once

#include <utility>

#include "connectors/connector.h"
#include "hub/network/publisher.h"
#include "hub/protection/custody.h"

namespace citybrain::connectors {

struct Outlet {
  network::Publisher publisher;
  protection::Sealing sealing;
};

enum class Seals : bool { kNo, kYes };

/// Errors: CB-NETWORK-*, CB-INPUT-KEYS, CB-RUN-KEY.
inline model::Result<Outlet> make_outlet(const ConnectorContext& context, const char* source,
                                         Seals seals = Seals::kNo) {
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(*context.log, source, context.seed));
  protection::Vault* vault = nullptr;
  if (context.custody != nullptr) {
    CITYBRAIN_TRY(context.custody->sign(publisher));
    if (seals == Seals::kYes) {
      CITYBRAIN_ASSIGN(opened, context.custody->vault_of(publisher));
      vault = opened;
    }
  }
  return Outlet{std::move(publisher), protection::Sealing(vault)};
}

}  // namespace citybrain::connectors
