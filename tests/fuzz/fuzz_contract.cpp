// ODCS contracts: any text gives a contract or an error with a place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/catalog/catalog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const auto contract = Catalog::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!contract && (contract.error().code != "CB-INPUT-CONTRACT" || contract.error().where.empty()))
    std::abort();
  if (contract && (contract->dataset.empty() || contract->department.empty())) std::abort();
  return 0;
}
