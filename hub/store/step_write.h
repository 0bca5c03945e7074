// What a StepWrite gathers: operations in one arena. Private to hub/store.
#pragma once

#include <string>
#include <vector>

#include "hub/store/store.h"

namespace citybrain::store {

struct StepWrite::Impl {
  struct Operation {
    Family family = Family::kBase;
    enum class Kind : std::uint8_t { kPut, kErase, kEraseRange } kind = Kind::kPut;
    std::size_t key_at = 0, key_size = 0, value_size = 0;  ///< the value (a range's end) follows
  };
  model::Step step = 0;
  std::string arena;
  std::vector<Operation> operations;

  std::string_view key(const Operation& o) const {
    return std::string_view(arena).substr(o.key_at, o.key_size);
  }
  std::string_view value(const Operation& o) const {
    return std::string_view(arena).substr(o.key_at + o.key_size, o.value_size);
  }
};

}  // namespace citybrain::store
