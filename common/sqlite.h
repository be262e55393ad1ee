// SQLite as values: a file, statements that own themselves, transactions; errors name the file.
//
// Every file is kept in WAL mode with synchronous = FULL: a commit that returned survives a power
// cut, not only a kill, and other processes read meanwhile. Foreign keys are enforced.
// Thread rule: one thread at a time per database, its statements and transactions included.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/expected.h"

struct sqlite3_stmt;

namespace mcunas {

enum class SqliteAccess {
  kCreate,  // reads and writes; makes the file where there is none
  kWrite,   // reads and writes a file that exists
  kRead,    // changes nothing
};

struct SqliteOptions {
  SqliteAccess access = SqliteAccess::kCreate;
  std::string what = "database";  // what messages call the file: "study"
  // How long a lock of another process is waited for.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

// One statement. Parameters count in the order of the Bind calls (?1, ?2, ...), columns from 0.
// SQL that does not compile (a table is missing: the file is another than was thought) is told by
// the first Step. Must end before its database.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();  // back to the database, which keeps it compiled

  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& Bind(double value);  // NaN becomes NULL
  template <std::integral T>
  SqliteStatement& Bind(T value) {
    return BindInteger(static_cast<int64_t>(value));
  }

  // True while there is a row.
  Expected<bool> Step();
  // Runs to the end; the statement is then ready for the next values.
  Expected<void> Run();

  int64_t Integer(int column) const;   // NULL becomes 0
  double Real(int column) const;       // NULL becomes NaN
  std::string Text(int column) const;  // NULL becomes ""
  bool IsNull(int column) const;

 private:
  friend class SqliteDatabase;
  struct Database;
  SqliteStatement(Database* database, std::string_view sql);
  SqliteStatement& BindInteger(int64_t value);

  Database* database_;
  std::string sql_;
  sqlite3_stmt* statement_ = nullptr;  // nullptr: did not compile, or moved from
  Expected<void> compiled_;
  int next_parameter_ = 1;
};

// BEGIN IMMEDIATE ... COMMIT; rolls back unless Commit succeeded. Must end before its database.
class SqliteTransaction {
 public:
  SqliteTransaction(SqliteTransaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)) {}
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();

  Expected<void> Commit();

 private:
  friend class SqliteDatabase;
  explicit SqliteTransaction(class SqliteDatabase* database) : database_(database) {}
  SqliteDatabase* database_;  // nullptr: nothing to roll back
};

class SqliteDatabase {
 public:
  // Errors: kNotFound where the file must exist and does not; kCorrupt for a file that is no
  // database or is damaged; kUnavailable for one that stays locked; kIo.
  static Expected<std::unique_ptr<SqliteDatabase>> Open(const std::string& path,
                                                        const SqliteOptions& options);
  ~SqliteDatabase();

  // All that it holds, in memory; messages about the copy name the same path. The file stays as it
  // is, whatever happens to the copy. Cost: reads every page.
  Expected<std::unique_ptr<SqliteDatabase>> CopyToMemory();

  // Errors of all that follow: as of Open; a full disk is kIo, and nothing of the transaction (or
  // of the statement outside of one) has happened then.

  // Statements without parameters and results, ';'-separated.
  Expected<void> Execute(const std::string& sql);
  // Cheap for SQL that was prepared before: it stays compiled.
  SqliteStatement Prepare(std::string_view sql);
  Expected<SqliteTransaction> Begin();

  // Rows that the last INSERT, UPDATE or DELETE changed.
  int64_t Changes() const;
  // Statements compiled so far.
  int64_t compiled() const;
  const std::string& path() const;

 private:
  friend class SqliteTransaction;
  explicit SqliteDatabase(std::unique_ptr<SqliteStatement::Database> state);
  std::unique_ptr<SqliteStatement::Database> state_;
};

// Version of the SQLite library, "3.40.1".
std::string SqliteVersion();

}  // namespace mcunas
