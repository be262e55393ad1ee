// A thin, checked layer over SQLite: statements that finalize themselves, errors as values.
// Thread rule: one thread at a time per database; JobStore holds the lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/expected.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mcunas {

class SqliteStatement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;

  // Parameters ?1, ?2, ... in the order of the calls.
  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& Bind(int64_t value);
  SqliteStatement& Bind(double value);

  // true: a row is there; false: no more rows.
  Expected<bool> Step();
  std::string Text(int column) const;
  int64_t Integer(int column) const;
  double Real(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
};

class SqliteDatabase {
 public:
  // Opens or creates. WAL, synchronous=FULL: a commit that returned survives power loss.
  static Expected<std::unique_ptr<SqliteDatabase>> Open(const std::filesystem::path& file);
  ~SqliteDatabase();

  // Statements without parameters, ';'-separated.
  Expected<void> Execute(const std::string& sql);
  // The SQL is ours: text that does not compile is a bug and stops.
  SqliteStatement Prepare(std::string_view sql);
  // Rows touched by the last statement.
  int64_t Changes() const;

 private:
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
};

}  // namespace mcunas
