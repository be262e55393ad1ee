// The open file behind a StudyDatabase.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "nas/records/sqlite_internal.h"
#include "nas/records/study_database.h"

namespace mcunas {

class StudyDatabase::Connection {
 public:
  // Opens, checks the version, creates the tables of a new file.
  static Expected<std::unique_ptr<Connection>> Open(const std::string& path, bool create);

  Expected<Statement> Prepare(const char* sql) { return Statement::Prepare(db_.get(), path_, sql); }
  Expected<Transaction> Begin() { return Transaction::Begin(db_.get(), path_); }
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  Connection(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  Expected<void> SetUp();
  Expected<void> CheckVersion();
  Expected<void> CreateTables();

  std::unique_ptr<sqlite3, Close> db_;
  std::string path_;
};

}  // namespace mcunas
