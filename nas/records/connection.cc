#include "nas/records/connection_internal.h"

#include <filesystem>

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
  ticks TEXT NOT NULL,             -- JSON
  operator_ticks TEXT NOT NULL,    -- JSON
  seconds REAL NOT NULL);
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
  infeasible INTEGER NOT NULL, measured INTEGER NOT NULL, best_accuracy REAL, hypervolume REAL,
  latency_error REAL, latency_tau REAL, predictor TEXT NOT NULL);
CREATE TABLE decisions (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql";

constexpr int kBusyMilliseconds = 20000;

}  // namespace

Expected<std::unique_ptr<StudyDatabase::Connection>> StudyDatabase::Connection::Open(
    const std::string& path, bool create) {
  std::error_code ignored;
  if (!create && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kNotFound, "there is no study at " + path};
  }
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(db, path));
  if (code != SQLITE_OK) return SqliteError(db, code, path);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  if (auto ready = connection->SetUp(); !ready) return ready.error();
  return connection;
}

Expected<void> StudyDatabase::Connection::SetUp() {
  // FULL: a record that was acknowledged survives a power cut, not only a kill.
  auto set = Execute(db_.get(), path_,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA foreign_keys = ON;");
  if (!set) return set;
  auto transaction = Begin();
  if (!transaction) return transaction.error();
  auto tables = Prepare("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (auto row = tables->Step(); !row) return row.error();
  const bool fresh = tables->Int(0) == 0;
  auto ready = fresh ? CreateTables() : CheckVersion();
  if (!ready) return ready;
  tables = Prepare("SELECT 1");  // releases the reader before the commit
  return transaction->Commit();
}

Expected<void> StudyDatabase::Connection::CreateTables() {
  if (auto created = Execute(db_.get(), path_, kSchema); !created) return created;
  auto version = Prepare("INSERT INTO meta VALUES ('schema_version', ?)");
  if (!version) return version.error();
  return version->Bind(1, std::to_string(kSchemaVersion)).Run();
}

Expected<void> StudyDatabase::Connection::CheckVersion() {
  const Error foreign{ErrorCode::kCorrupt, path_ + " is a database, but not a study"};
  auto table = Prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
  if (!table) return table.error();
  const auto there = table->Step();
  if (!there) return there.error();
  if (!*there) return foreign;
  auto version = Prepare("SELECT value FROM meta WHERE key = 'schema_version'");
  if (!version) return foreign;
  const auto row = version->Step();
  if (!row) return row.error();
  if (!*row) return foreign;
  if (version->Text(0) == std::to_string(kSchemaVersion)) return {};
  return Error{ErrorCode::kUnsupported, path_ + " is a study of version " + version->Text(0) +
                                            "; this program reads and writes version " +
                                            std::to_string(kSchemaVersion)};
}

}  // namespace mcunas
