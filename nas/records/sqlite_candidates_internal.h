// The candidates of a study in SQLite: tables candidates and metrics. Private to nas/records.
#pragma once

#include <span>
#include <vector>

#include "common/expected.h"
#include "nas/evaluate/candidate.h"

namespace mcunas {

class SqliteDatabase;  // common/sqlite.h

// In one transaction; replaces those of the same index.
Expected<void> WriteCandidates(std::span<const CandidateRecord> candidates,
                               SqliteDatabase* database);
// All, by index. kCorrupt names the file.
Expected<std::vector<CandidateRecord>> ReadCandidates(SqliteDatabase* database);

}  // namespace mcunas
