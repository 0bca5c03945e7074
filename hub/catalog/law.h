// A law of sharing (schemas/laws/*.yaml, or a file of one's own): who may have what how, and within
// how many working days each step is to be done. Values after loading. Errors: CB-INPUT-LAW with
// file, line, column and what was expected.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::catalog {

/// How datasets of a sharing class are had.
enum class Access : std::uint8_t {
  kOpen,       ///< delivered at the moment of filing
  kOnRequest,  ///< checked, answered, delivered
  kRefused,    ///< refused at the moment of filing; nobody can be asked again
};

/// Limits in working days; the day on which a step begins does not count.
struct Limits {
  std::uint32_t check = 0;          ///< conformity check, from filing
  std::uint32_t unconditional = 0;  ///< the provider's answer, by the dataset's class
  std::uint32_t conditional = 0;
  std::uint32_t on_platform = 0;  ///< of what is conditional and on the platform already
  std::uint32_t delivery = 0;     ///< from the grant
  std::uint32_t completion = 0;   ///< what was returned, by the requester
  std::uint32_t negotiation = 0;  ///< during which the provider's clock stands still
  std::uint32_t escalation = 0;   ///< the authority's decision, also of disputes
  std::uint32_t correction = 0;   ///< the provider's answer (校核)
};

struct Law {
  std::string name;
  std::string title_en, title_zh;
  std::string source;
  std::string file;
  Access unconditional = Access::kOnRequest;
  Access conditional = Access::kOnRequest;
  Limits limits;
  std::uint32_t returns = 1;  ///< how often a request may be returned

  static model::Result<Law> load(const std::filesystem::path& file);
  static model::Result<Law> parse(std::string_view text, std::string_view name);
};

}  // namespace citybrain::catalog
