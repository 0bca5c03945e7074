// Words of the reports in both languages, and the sentence of a reason. Private to
// scenarios/experiment.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// A term of the interface by its key; the key itself when it is unknown (a test over all keys
/// prevents that).
const char* word(std::string_view key, Language language);
/// Why a signal was changed, for people.
std::string reason_sentence(const KeyDecision& decision, Language language);
std::string mode_name(std::string_view mode, Language language);

}  // namespace citybrain::experiment
