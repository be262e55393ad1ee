// The tables of a study in SQLite.
#pragma once

#include "common/sqlite.h"

namespace mcunas {

inline constexpr int kStudySchemaVersion = 1;

// Creates the tables of an empty file; of any other, checks that they are those of this version.
// Errors: kUnsupported (names both versions), kCorrupt (a database, but not a study).
Expected<void> PrepareStudyTables(SqliteDatabase& database);
// The check alone.
Expected<void> CheckStudyTables(SqliteDatabase& database);

}  // namespace mcunas
