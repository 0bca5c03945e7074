// Erasures: a record of governance.erasures says whose key is to be destroyed and from when; every
// vault destroys it and leaves a signed receipt on governance.receipts. The record is the one point
// at which an erasure begins: killed before it is on the disk, nothing has begun; killed later,
// whoever opens the custodian next carries it out to the end, and doing so twice does no more than
// once. Errors: CB-NETWORK-*, CB-RUN-KEY (no key of the custodian), CB-RUN-WRITE, CB-INPUT-ERASURE
// (a receipt that proves nothing). One thread a Custodian; the log and the vaults must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/protection/key_file.h"
#include "hub/protection/vault.h"

namespace citybrain::protection {

/// As on governance.erasures.
struct ErasureRequest {
  std::string subject;  ///< tag, 32 hexadecimal digits
  std::string reason;
  model::EventTime effective;
};

/// As on governance.receipts: what one vault did.
struct Receipt {
  std::string subject;
  std::string vault;
  bool held = false;
  Bytes32 fingerprint{};
  std::uint32_t overwrites = 0;
  model::EventTime effective;
  std::string key;  ///< of the custodian, that signed it
  std::string signature;
};

/// Values of records; nothing where the bytes are none.
std::optional<ErasureRequest> parse_erasure(std::string_view payload);
std::optional<Receipt> parse_receipt(std::string_view payload);
/// The signature is the custodian's, and its key was valid when the erasure took effect.
model::Result<void> check(const Receipt& receipt, const KeyFile& keys);

class Custodian {
 public:
  /// Makes the topics where they are not there yet and reads what they hold.
  static model::Result<std::unique_ptr<Custodian>> open(network::Log& log,
                                                        std::vector<Vault*> vaults,
                                                        std::shared_ptr<const KeyFile> keys);
  ~Custodian();

  /// Begins an erasure, unless that person's has begun; on the disk when it returns.
  model::Result<void> request(const ErasureRequest& erasure);
  /// Carries out what is effective at `now` and was not carried out yet by these vaults.
  model::Result<void> carry_out(model::EventTime now);

  const std::map<std::string, ErasureRequest>& erasures() const;  ///< by subject
  const std::vector<Receipt>& receipts() const;                   ///< in the log's order
  /// Where records stand that are neither, which somebody else wrote; they are passed over.
  const std::vector<std::string>& strangers() const;

 private:
  struct Impl;
  explicit Custodian(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::protection
