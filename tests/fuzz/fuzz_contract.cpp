// ODCS contracts: any text gives a contract or errors with places; what is whole can be held
// against its message and compared with itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/catalog/catalog.h"
#include "hub/catalog/evolution.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const auto read = read_contract({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  for (const auto& e : read.errors)
    if (e.code != "CB-INPUT-CONTRACT" || !e.where.starts_with("fuzz.yaml")) std::abort();
  if (!read.errors.empty()) return 0;
  if (read.contract.dataset.empty() || read.contract.department.empty()) std::abort();
  for (const auto& e : against_schema(read.contract))
    if (!e.where.starts_with("fuzz.yaml")) std::abort();
  if (!compare(read.contract, read.contract).changes.empty()) std::abort();
  return 0;
}
