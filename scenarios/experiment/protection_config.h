// What a scenario says of the protection of persons (docs/personal-data.md). Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace citybrain::experiment {

/// By default nothing is masked, signed or sealed.
struct ProtectionConfig {
  enum class Signatures : std::uint8_t { kOff, kChecked, kRequired };
  struct Erasure {
    std::string kind, identity;  ///< of the person: "client", "42"
    std::uint32_t at_s = 0;      ///< of the run
    std::string reason;
  };
  bool masking = false;            ///< the contracts' masking rules hold for every desk
  bool purposes_required = false;  ///< every desk must declare one
  Signatures signatures = Signatures::kOff;
  bool sealing = false;        ///< personal fields go along sealed
  std::filesystem::path keys;  ///< key file, resolved; empty: the run makes one from its seed
  std::vector<Erasure> erasures;

  bool needs_keys() const { return sealing || signatures != Signatures::kOff; }
};

}  // namespace citybrain::experiment
