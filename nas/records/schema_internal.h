// The tables of a study in SQLite.
#pragma once

#include <memory>

#include "common/sqlite.h"

namespace mcunas {

inline constexpr int kStudySchemaVersion = 2;

// Creates the tables of an empty file, brings those of an older version to this one, checks.
// Errors: kUnsupported (names both versions), kCorrupt (a database, but not a study).
Expected<void> PrepareStudyTables(SqliteDatabase& database);
// The same of a file that nobody changes: a study of an older version is replaced by a copy in
// memory that was brought to this one.
Expected<void> PrepareToRead(std::unique_ptr<SqliteDatabase>* database);

}  // namespace mcunas
