#include "common/sqlite.h"

#include <sqlite3.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <vector>

#include "common/check.h"

namespace mcunas {

// The open file and the statements that nobody uses at the moment, by their SQL.
struct SqliteStatement::Database {
  Database(const std::string& file, const std::string& what_it_is) : path(file), what(what_it_is) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    for (const auto& [sql, statement] : idle) sqlite3_finalize(statement);
    sqlite3_close_v2(handle);
  }

  Expected<void> Check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return {};
    return Failure(code);
  }
  Error Failure(int code) const;

  sqlite3* handle = nullptr;
  std::string path;
  std::string what;
  std::multimap<std::string, sqlite3_stmt*, std::less<>> idle;
  int64_t compiled = 0;
};

// What SQLite says, as a person reads it.
Error SqliteStatement::Database::Failure(int code) const {
  const std::string reason = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:  // our SQL is right: the tables are not those it speaks of
      return {ErrorCode::kCorrupt, path + " is no " + what + " or is damaged (" + reason + ")"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, path + " is in use by another process"};
    case SQLITE_FULL:
      return {ErrorCode::kIo, path +
                                  ": no space left on device; what was recorded is safe, free "
                                  "some space and start again"};
    default:
      return {ErrorCode::kIo, path + ": " + reason};
  }
}

SqliteStatement::SqliteStatement(Database* database, std::string_view sql)
    : database_(database), sql_(sql) {
  if (const auto known = database->idle.find(sql); known != database->idle.end()) {
    statement_ = known->second;
    database->idle.erase(known);
    return;
  }
  ++database->compiled;
  const int code = sqlite3_prepare_v3(database->handle, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  compiled_ = database->Check(code);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_),
      sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr)),
      compiled_(std::move(other.compiled_)),
      next_parameter_(other.next_parameter_) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // ends its reading; a change of this file could not commit otherwise
  sqlite3_clear_bindings(statement_);
  database_->idle.emplace(std::move(sql_), statement_);
}

SqliteStatement& SqliteStatement::Bind(std::string_view text) {
  if (!compiled_) return *this;
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code = sqlite3_bind_text64(statement_, next_parameter_++, data, text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  MCUNAS_CHECK(code == SQLITE_OK, "bind: " + sql_);
  return *this;
}

SqliteStatement& SqliteStatement::Bind(double value) {
  if (!compiled_) return *this;
  const int at = next_parameter_++;
  const int code = std::isnan(value) ? sqlite3_bind_null(statement_, at)
                                     : sqlite3_bind_double(statement_, at, value);
  MCUNAS_CHECK(code == SQLITE_OK, "bind: " + sql_);
  return *this;
}

SqliteStatement& SqliteStatement::BindInteger(int64_t value) {
  if (!compiled_) return *this;
  const int code = sqlite3_bind_int64(statement_, next_parameter_++, value);
  MCUNAS_CHECK(code == SQLITE_OK, "bind: " + sql_);
  return *this;
}

Expected<bool> SqliteStatement::Step() {
  if (!compiled_) return compiled_.error();
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = database_->Failure(code);
  sqlite3_reset(statement_);
  return error;
}

Expected<void> SqliteStatement::Run() {
  next_parameter_ = 1;
  for (auto row = Step(); !row || *row; row = Step()) {
    if (!row) return row.error();
  }
  sqlite3_reset(statement_);
  return {};
}

int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double SqliteStatement::Real(int column) const {
  return IsNull(column) ? std::numeric_limits<double>::quiet_NaN()
                        : sqlite3_column_double(statement_, column);
}

std::string SqliteStatement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto bytes = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return text == nullptr ? "" : std::string(text, bytes);
}

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

SqliteTransaction::~SqliteTransaction() {
  // SQLite may have rolled back by itself (disk full): then this fails and nothing is left to do.
  if (database_ != nullptr) (void)database_->Execute("ROLLBACK").ok();
}

Expected<void> SqliteTransaction::Commit() {
  MCUNAS_CHECK(database_ != nullptr, "a transaction ends once");
  auto committed = database_->Execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<SqliteStatement::Database> state)
    : state_(std::move(state)) {}
SqliteDatabase::~SqliteDatabase() = default;

Expected<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path,
                                                               const SqliteOptions& options) {
  std::error_code ignored;
  const bool create = options.access == SqliteAccess::kCreate;
  const bool reader = options.access == SqliteAccess::kRead;
  if (!create && !std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kNotFound, "there is no " + options.what + " at " + path};
  }
  auto state = std::make_unique<SqliteStatement::Database>(path, options.what);
  // A reader that may not write at all would leave its lock files behind.
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &state->handle, flags, nullptr);
  if (code != SQLITE_OK) return state->Failure(code);
  sqlite3_extended_result_codes(state->handle, 1);
  sqlite3_busy_timeout(state->handle, static_cast<int>(options.patience.count()));
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(std::move(state)));
  // The first statement is also the first to look into the file.
  auto ready =
      database->Execute(reader ? "PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema;"
                               : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                 "PRAGMA foreign_keys = ON;");
  if (!ready) return ready.error();
  return database;
}

Expected<std::unique_ptr<SqliteDatabase>> SqliteDatabase::CopyToMemory() {
  auto state = std::make_unique<SqliteStatement::Database>(path(), state_->what);
  const int code = sqlite3_open_v2(":memory:", &state->handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (code != SQLITE_OK) return state->Failure(code);
  sqlite3_backup* backup = sqlite3_backup_init(state->handle, "main", state_->handle, "main");
  if (backup == nullptr) return state->Failure(sqlite3_errcode(state->handle));
  const int copied = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (copied != SQLITE_DONE) return state->Failure(copied);
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(state)));
}

Expected<void> SqliteDatabase::Execute(const std::string& sql) {
  return state_->Check(sqlite3_exec(state_->handle, sql.c_str(), nullptr, nullptr, nullptr));
}

SqliteStatement SqliteDatabase::Prepare(std::string_view sql) {
  return SqliteStatement(state_.get(), sql);
}

Expected<SqliteTransaction> SqliteDatabase::Begin() {
  MCUNAS_CHECK(sqlite3_get_autocommit(state_->handle) != 0, "one transaction at a time");
  if (auto begun = Execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return SqliteTransaction(this);
}

int64_t SqliteDatabase::Changes() const { return sqlite3_changes64(state_->handle); }

int64_t SqliteDatabase::compiled() const { return state_->compiled; }

const std::string& SqliteDatabase::path() const { return state_->path; }

std::string SqliteVersion() { return sqlite3_libversion(); }

}  // namespace mcunas
