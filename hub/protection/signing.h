// Batches signed by departments. The records that a publisher sends to one partition together are
// the leaves of a Merkle tree; its root is signed once (Ed25519), and each record carries the
// signature and its way to the root in a header (schemas' BatchSignature): one slow verification a
// batch, and one forged or altered record is found without touching its neighbours. What is signed:
// dataset, partition, publish time, source, id, schema, payload, sealed fields. Outcome code:
// verdicts depend on the records, the key file and the records' own times alone.
// Errors: CB-RUN-KEY. A Signature is const and safe from many threads; a Verifier is one thread's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hub/network/signer.h"
#include "hub/protection/key_file.h"

namespace citybrain::protection {

/// Signs what `department` says in its own datasets ("<department>.<dataset>"), with its key at the
/// records' publish time; with the last one it had where that is over, so that the hub can say so.
/// Error CB-RUN-KEY when the department has no key at all.
model::Result<std::shared_ptr<const network::Signer>> make_signer(
    std::shared_ptr<const KeyFile> keys, std::string department);

class Verifier {
 public:
  explicit Verifier(std::shared_ptr<const KeyFile> keys);
  ~Verifier();
  Verifier(Verifier&&) noexcept;

  /// Nothing when the header shows that `department` said this; else the reason why not, naming
  /// the key where it is at fault.
  std::optional<std::string> doubt(std::string_view department, std::string_view topic,
                                   std::uint32_t partition, const network::Statement& statement,
                                   std::string_view header);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::protection
