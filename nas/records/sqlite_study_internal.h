// A study in one SQLite file (WAL), the backend of sqlite:/// URLs.
//
// Tables: meta (schema version), candidates, metrics, evaluations, measurements, rounds, decisions.
// Thread rule: one thread at a time; other processes may read meanwhile.
#pragma once

#include <memory>
#include <string>

#include "common/sqlite.h"
#include "nas/evaluate/study.h"

namespace mcunas {

// Errors: kUnsupported for a study of another version (names both), kCorrupt for a file that is no
// study or is damaged, kNotFound, kIo, kUnavailable.
Expected<std::unique_ptr<Study>> OpenSqliteStudy(const std::string& path, SqliteAccess access);

}  // namespace mcunas
