// The tables of a study in SQLite.
#pragma once

#include "common/sqlite.h"

namespace mcunas {

inline constexpr int kStudySchemaVersion = 2;

// Creates the tables of an empty file, brings those of an older version to this one, checks.
// Errors: kUnsupported (names both versions), kCorrupt (a database, but not a study).
Expected<void> PrepareStudyTables(SqliteDatabase& database);
// The check alone.
Expected<void> CheckStudyTables(SqliteDatabase& database);

}  // namespace mcunas
