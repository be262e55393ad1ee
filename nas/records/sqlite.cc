#include <cmath>
#include <limits>

#include "nas/records/sqlite_internal.h"

namespace mcunas {

Error SqliteError(sqlite3* db, int code, const std::string& path) {
  const std::string reason = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::kCorrupt, path + " is not a study or is damaged (" + reason + ")"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, path + " is in use by another process"};
    case SQLITE_FULL:
      return {ErrorCode::kIo, path +
                                  ": no space left on device; what was recorded is safe, free "
                                  "some space and resume"};
    default:
      return {ErrorCode::kIo, path + ": " + reason};
  }
}

Expected<Statement> Statement::Prepare(sqlite3* db, const std::string& path, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
  if (code != SQLITE_OK) return SqliteError(db, code, path);
  return Statement(db, path, statement);
}

Statement& Statement::Bind(int at, int64_t value) {
  MCUNAS_CHECK(sqlite3_bind_int64(get(), at, value) == SQLITE_OK, "bind");
  return *this;
}

Statement& Statement::Bind(int at, double value) {
  const int code =
      std::isnan(value) ? sqlite3_bind_null(get(), at) : sqlite3_bind_double(get(), at, value);
  MCUNAS_CHECK(code == SQLITE_OK, "bind");
  return *this;
}

Statement& Statement::Bind(int at, const std::string& value) {
  const int code =
      sqlite3_bind_text(get(), at, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
  MCUNAS_CHECK(code == SQLITE_OK, "bind");
  return *this;
}

Expected<bool> Statement::Step() {
  const int code = sqlite3_step(get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = SqliteError(db_, code, path_);
  sqlite3_reset(get());
  return error;
}

Expected<void> Statement::Run() {
  const auto row = Step();
  if (!row) return row.error();
  sqlite3_reset(get());
  return {};
}

double Statement::Real(int column) const {
  return sqlite3_column_type(get(), column) == SQLITE_NULL
             ? std::numeric_limits<double>::quiet_NaN()
             : sqlite3_column_double(get(), column);
}

std::string Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(get(), column);
  const auto bytes = static_cast<size_t>(sqlite3_column_bytes(get(), column));
  return text == nullptr ? "" : std::string(reinterpret_cast<const char*>(text), bytes);
}

Expected<void> Execute(sqlite3* db, const std::string& path, const char* sql) {
  const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(db, code, path);
  return {};
}

Expected<Transaction> Transaction::Begin(sqlite3* db, const std::string& path) {
  auto begun = Execute(db, path, "BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  return Transaction(db, path);
}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself (disk full): then this fails and nothing is left to do.
  if (db_ != nullptr) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Expected<void> Transaction::Commit() {
  auto committed = Execute(db_, path_, "COMMIT");
  if (committed) db_ = nullptr;
  return committed;
}

}  // namespace mcunas
