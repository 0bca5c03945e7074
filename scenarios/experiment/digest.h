// Hashes of configurations: XXH3-128 as 32 hexadecimal digits. Private to scenarios/experiment.
#pragma once

#include <string>
#include <string_view>

namespace citybrain::experiment {

std::string digest_text(std::string_view bytes);

}  // namespace citybrain::experiment
