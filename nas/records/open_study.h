// OpenStudy: a study by its URL.
//
//   sqlite:///runs/a/study.db     a file, from the current folder
//   sqlite:////data/study.db      a file, from the root
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/expected.h"
#include "nas/evaluate/study.h"

namespace mcunas {

// kUsage, with the forms that exist, where `url` is none of them. Says nothing of what is there.
Expected<void> CheckStudyUrl(const std::string& url);

// Opens for writing; creates the study where there is none. Errors: kUsage as above; kUnsupported
// for a study of another version (names both), kCorrupt for what is no study or is damaged, kIo,
// kUnavailable.
Expected<std::unique_ptr<Study>> OpenStudy(const std::string& url);
// Opens to look; nothing is changed, and a search may be writing. A study of an older version is
// read too, from a copy in memory. kNotFound where there is none.
Expected<std::unique_ptr<StudyReader>> OpenStudyReader(const std::string& url);

// The URL of a file: "sqlite:///" and the path.
std::string SqliteUrl(const std::filesystem::path& file);
// `url`, written by somebody in `folder`, as it reads anywhere. Pre-condition: CheckStudyUrl.
std::string StudyUrlFrom(const std::string& url, const std::filesystem::path& folder);

}  // namespace mcunas
