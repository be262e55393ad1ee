// SQLite in the shape that this room needs: statements that own themselves, errors as values.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/expected.h"

namespace mcunas {

// What SQLite says about `path`, as a person reads it: kIo for a full disk, kCorrupt for a damaged
// file, kUnavailable for a file in use elsewhere.
Error SqliteError(sqlite3* db, int code, const std::string& path);

// One prepared statement. Bind* count parameters from 1, columns from 0. Borrows the connection.
class Statement {
 public:
  static Expected<Statement> Prepare(sqlite3* db, const std::string& path, const char* sql);

  Statement& Bind(int at, int64_t value);
  Statement& Bind(int at, double value);  // NaN becomes NULL
  Statement& Bind(int at, const std::string& value);

  // True while there is a row.
  Expected<bool> Step();
  // Runs to the end and makes the statement ready for the next values.
  Expected<void> Run();

  int64_t Int(int column) const { return sqlite3_column_int64(get(), column); }
  // NULL becomes NaN.
  double Real(int column) const;
  std::string Text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  Statement(sqlite3* db, std::string path, sqlite3_stmt* statement)
      : db_(db), path_(std::move(path)), statement_(statement) {}
  sqlite3_stmt* get() const { return statement_.get(); }

  sqlite3* db_;
  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Runs SQL without results, several statements allowed.
Expected<void> Execute(sqlite3* db, const std::string& path, const char* sql);

// BEGIN IMMEDIATE ... COMMIT; rolls back unless Commit was reached.
class Transaction {
 public:
  static Expected<Transaction> Begin(sqlite3* db, const std::string& path);
  Transaction(Transaction&& other) noexcept
      : db_(std::exchange(other.db_, nullptr)), path_(std::move(other.path_)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Expected<void> Commit();

 private:
  Transaction(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  sqlite3* db_;
  std::string path_;
};

}  // namespace mcunas
