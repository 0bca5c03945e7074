// "Did you mean ...?": the name that a wrong one was probably meant to be. Pure function.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace citybrain::model {

/// The name among `names` with the smallest edit distance to `wrong` (ties: the first); empty when
/// none is near (more than a third of the letters, and more than two, differ).
std::string nearest(std::string_view wrong, std::span<const std::string> names);

}  // namespace citybrain::model
