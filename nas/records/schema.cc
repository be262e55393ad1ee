#include "nas/records/schema_internal.h"

#include <string>
#include <utility>

namespace mcunas {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE candidates (
  id INTEGER PRIMARY KEY,          -- order of asking, from 0
  round INTEGER NOT NULL,
  hash TEXT NOT NULL,              -- of the network
  architecture TEXT NOT NULL,      -- genotype, JSON
  failure TEXT NOT NULL,           -- none, infeasible, candidate, infrastructure
  failure_reason TEXT NOT NULL,
  violation REAL NOT NULL,
  seconds REAL NOT NULL,
  board TEXT NOT NULL DEFAULT '',  -- whose numbers speak for it; empty: none was asked
  boards TEXT NOT NULL DEFAULT '{}');  -- what each of them said, JSON
CREATE INDEX candidates_by_hash ON candidates (hash);
CREATE TABLE metrics (
  candidate INTEGER NOT NULL REFERENCES candidates(id),
  name TEXT NOT NULL, value REAL, unit TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (candidate, name)) WITHOUT ROWID;
CREATE TABLE evaluations (
  kind TEXT NOT NULL, hash TEXT NOT NULL, result TEXT NOT NULL, seconds REAL NOT NULL,
  PRIMARY KEY (kind, hash)) WITHOUT ROWID;
CREATE TABLE measurements (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL, board TEXT NOT NULL, result TEXT NOT NULL,
  utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
CREATE TABLE rounds (
  round INTEGER PRIMARY KEY, asked INTEGER NOT NULL, evaluated INTEGER NOT NULL,
  infeasible INTEGER NOT NULL, measured INTEGER NOT NULL, best_score REAL, hypervolume REAL,
  latency_error REAL, latency_tau REAL, predictor TEXT NOT NULL);
CREATE TABLE decisions (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Version 1 kept the ticks of one board, and not its name: what it said becomes that of a board
// without a name.
constexpr const char* kOldest = "1";
constexpr const char* kFromVersion1 = R"sql(
ALTER TABLE candidates ADD COLUMN board TEXT NOT NULL DEFAULT '';
ALTER TABLE candidates ADD COLUMN boards TEXT NOT NULL DEFAULT '{}';
UPDATE candidates SET boards = json_object('', json_object(
  'failure', 'none', 'failure_reason', '', 'metrics', json('{}'),
  'ticks', json(ticks), 'operator_ticks', json(operator_ticks))) WHERE ticks <> '[]';
ALTER TABLE candidates DROP COLUMN ticks;
ALTER TABLE candidates DROP COLUMN operator_ticks;
UPDATE evaluations SET result = json_remove(json_set(result, '$.board', '', '$.boards',
  json_object('', json_object(
    'failure', 'none', 'failure_reason', '', 'metrics', json('{}'),
    'ticks', json_extract(result, '$.ticks'),
    'operator_ticks', json_extract(result, '$.operator_ticks')))),
  '$.ticks', '$.operator_ticks');
ALTER TABLE rounds RENAME COLUMN best_accuracy TO best_score;
UPDATE meta SET value = '2' WHERE key = 'schema_version';
)sql";

Expected<void> CreateTables(SqliteDatabase& database) {
  if (auto created = database.Execute(kSchema); !created) return created;
  return database.Prepare("INSERT INTO meta VALUES ('schema_version', ?)")
      .Bind(std::to_string(kStudySchemaVersion))
      .Run();
}

// Number that a query of one number gives.
Expected<int64_t> Ask(SqliteDatabase& database, const char* sql) {
  auto query = database.Prepare(sql);
  if (auto row = query.Step(); !row) return row.error();
  return query.Integer(0);
}

// kCorrupt where the file is no study.
Expected<std::string> VersionOf(SqliteDatabase& database) {
  const Error foreign{ErrorCode::kCorrupt, database.path() + " is a database, but not a study"};
  const auto there =
      Ask(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
  if (!there) return there.error();
  if (*there == 0) return foreign;
  auto version = database.Prepare("SELECT value FROM meta WHERE key = 'schema_version'");
  const auto row = version.Step();
  if (!row || !*row) return foreign;
  return version.Text(0);
}

// Tables of an older version become those of this one.
Expected<void> RaiseVersion(SqliteDatabase& database) {
  const auto version = VersionOf(database);
  if (!version) return version.error();
  if (*version == kOldest) return database.Execute(kFromVersion1);
  return {};
}

Expected<void> CheckStudyTables(SqliteDatabase& database) {
  const auto version = VersionOf(database);
  if (!version) return version.error();
  if (*version == std::to_string(kStudySchemaVersion)) return {};
  return Error{ErrorCode::kUnsupported, database.path() + " is a study of version " + *version +
                                            "; this program reads and writes version " +
                                            std::to_string(kStudySchemaVersion)};
}

}  // namespace

Expected<void> PrepareStudyTables(SqliteDatabase& database) {
  auto transaction = database.Begin();  // two processes may make the same file
  if (!transaction) return transaction.error();
  const auto tables = Ask(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  auto ready = *tables == 0 ? CreateTables(database) : RaiseVersion(database);
  if (ready) ready = CheckStudyTables(database);
  if (!ready) return ready;
  return transaction->Commit();
}

Expected<void> PrepareToRead(std::unique_ptr<SqliteDatabase>* database) {
  const auto version = VersionOf(**database);
  if (!version) return version.error();
  if (*version != kOldest) return CheckStudyTables(**database);
  auto copy = (*database)->CopyToMemory();
  if (!copy) return copy.error();
  *database = std::move(*copy);
  return PrepareStudyTables(**database);
}

}  // namespace mcunas
