// The history of a search as text.
#pragma once

#include <string>

#include "nas/evaluate/study.h"

namespace mcunas {

// Candidates, metrics, rounds and decisions, without anything that a clock said: equal for equal
// searches, byte by byte, whatever the backend. Errors of the study.
Expected<std::string> DumpHistory(StudyReader& study);

}  // namespace mcunas
