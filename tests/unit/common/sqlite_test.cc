#include "common/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "tests/unit/common/full_disk.h"
#include "tests/unit/common/temporary_folder.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
 protected:
  Expected<std::unique_ptr<SqliteDatabase>> TryOpen(SqliteAccess access = SqliteAccess::kCreate) {
    return SqliteDatabase::Open(path_, {access, "diary", std::chrono::milliseconds(20)});
  }
  std::unique_ptr<SqliteDatabase> Open(SqliteAccess access = SqliteAccess::kCreate) {
    auto database = TryOpen(access);
    EXPECT_TRUE(database.ok()) << database.error().message;
    return std::move(database).value();
  }
  // With a table of `rows` numbers: 0, 1, ...
  std::unique_ptr<SqliteDatabase> WithNumbers(int rows) {
    auto database = Open();
    EXPECT_TRUE(database->Execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)").ok());
    auto transaction = database->Begin();
    for (int n = 0; n < rows; ++n) EXPECT_TRUE(Insert(*database, n).ok());
    EXPECT_TRUE(transaction->Commit().ok());
    return database;
  }
  static Expected<void> Insert(SqliteDatabase& database, int64_t n) {
    return database.Prepare("INSERT INTO numbers VALUES (?)").Bind(n).Run();
  }
  static int64_t Count(SqliteDatabase& database) {
    auto count = database.Prepare("SELECT count(*) FROM numbers");
    const auto row = count.Step();
    EXPECT_TRUE(row.ok() && *row);
    return count.Integer(0);
  }

  fake::TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "diary.db").string();
};

TEST_F(SqliteTest, EveryTypeComesBackAsItWas) {
  auto database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT)").ok());
  auto insert = database->Prepare("INSERT INTO t VALUES (?, ?, ?)");
  const std::string odd("a\0b 'quoted' \xc2\xb5", 15);
  ASSERT_TRUE(
      insert.Bind(std::numeric_limits<int64_t>::min()).Bind(0.1 + 0.2).Bind(odd).Run().ok());
  ASSERT_TRUE(insert.Bind(uint32_t{0xffffffff}).Bind(-0.0).Bind(std::string_view()).Run().ok());
  auto rows = database->Prepare("SELECT i, r, s FROM t ORDER BY rowid");
  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.Integer(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(rows.Real(1), 0.1 + 0.2) << "to the last bit";
  EXPECT_EQ(rows.Text(2), odd);
  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.Integer(0), 0xffffffff);
  EXPECT_EQ(rows.Text(2), "");
  EXPECT_FALSE(rows.IsNull(2)) << "an empty text is a text";
  EXPECT_FALSE(*rows.Step());
}

TEST_F(SqliteTest, ANumberThatDoesNotExistIsNull) {
  auto database = Open();
  ASSERT_TRUE(database->Execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT)").ok());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_TRUE(database->Prepare("INSERT INTO t (r) VALUES (?)").Bind(nan).Run().ok());
  auto row = database->Prepare("SELECT i, r, s FROM t");
  ASSERT_TRUE(*row.Step());
  for (const int column : {0, 1, 2}) EXPECT_TRUE(row.IsNull(column)) << column;
  EXPECT_EQ(row.Integer(0), 0);
  EXPECT_TRUE(std::isnan(row.Real(1)));
  EXPECT_EQ(row.Text(2), "");
}

TEST_F(SqliteTest, SqlIsCompiledOnce) {
  auto database = WithNumbers(3);
  const int64_t before = database->compiled();
  for (int n = 10; n < 100; ++n) ASSERT_TRUE(Insert(*database, n).ok());
  EXPECT_EQ(database->compiled(), before);
  EXPECT_EQ(Count(*database), 93);
  // Two at a time are two statements; later there are two to choose from.
  {
    auto outer = database->Prepare("SELECT n FROM numbers ORDER BY n");
    auto inner = database->Prepare("SELECT n FROM numbers ORDER BY n");
    ASSERT_TRUE(*outer.Step() && *outer.Step() && *inner.Step());
    EXPECT_EQ(outer.Integer(0), 1);
    EXPECT_EQ(inner.Integer(0), 0);
  }
  EXPECT_EQ(database->compiled(), before + 3);
  auto again = database->Prepare("SELECT n FROM numbers ORDER BY n");
  ASSERT_TRUE(*again.Step());
  EXPECT_EQ(again.Integer(0), 0) << "from the beginning";
  EXPECT_EQ(database->compiled(), before + 3);
}

TEST_F(SqliteTest, AKeptStatementForgetsItsValues) {
  auto database = WithNumbers(0);
  ASSERT_TRUE(database->Execute("CREATE TABLE t (a, b)").ok());
  const char* sql = "INSERT INTO t VALUES (?, ?)";
  ASSERT_TRUE(database->Prepare(sql).Bind("x").Bind("y").Run().ok());
  ASSERT_TRUE(database->Prepare(sql).Bind("z").Run().ok());
  auto rows = database->Prepare("SELECT b FROM t ORDER BY rowid");
  ASSERT_TRUE(*rows.Step() && *rows.Step());
  EXPECT_TRUE(rows.IsNull(0));
}

TEST_F(SqliteTest, ATransactionIsAllOrNothing) {
  auto database = WithNumbers(0);
  {
    auto transaction = database->Begin();
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(Insert(*database, 1).ok());
    EXPECT_EQ(Count(*database), 1) << "it sees its own changes";
  }
  EXPECT_EQ(Count(*database), 0);
  auto transaction = database->Begin();
  ASSERT_TRUE(Insert(*database, 1).ok() && Insert(*database, 2).ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(Count(*Open()), 2);
}

TEST_F(SqliteTest, ACommitSurvivesTheLossOfTheProcess) {
  auto database = WithNumbers(5);
  // What a killed process leaves: the file and its log, never closed.
  const auto copy = folder_.path() / "copy.db";
  std::filesystem::copy_file(path_, copy);
  std::filesystem::copy_file(path_ + "-wal", copy.string() + "-wal");
  auto revived = SqliteDatabase::Open(copy.string(), {});
  ASSERT_TRUE(revived.ok());
  EXPECT_EQ(Count(**revived), 5);
}

TEST_F(SqliteTest, OthersReadWhileOneWrites) {
  auto database = WithNumbers(1);
  auto transaction = database->Begin();
  ASSERT_TRUE(Insert(*database, 7).ok());
  EXPECT_EQ(Count(*Open(SqliteAccess::kRead)), 1);
}

TEST_F(SqliteTest, ALockedFileIsUnavailableWhenPatienceEnds) {
  auto one = WithNumbers(1);
  auto other = Open();
  auto transaction = one->Begin();
  const auto refused = other->Begin();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr(path_ + " is in use"));
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_TRUE(other->Begin().ok());
}

TEST_F(SqliteTest, ChangesCountsRows) {
  auto database = WithNumbers(10);
  ASSERT_TRUE(database->Prepare("DELETE FROM numbers WHERE n >= ?").Bind(6).Run().ok());
  EXPECT_EQ(database->Changes(), 4);
  ASSERT_TRUE(database->Prepare("DELETE FROM numbers WHERE n = 99").Run().ok());
  EXPECT_EQ(database->Changes(), 0);
}

TEST_F(SqliteTest, OnlyOneWayOfOpeningMakesAFile) {
  for (const SqliteAccess access : {SqliteAccess::kWrite, SqliteAccess::kRead}) {
    const auto missing = TryOpen(access);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(missing.error().message, "there is no diary at " + path_);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  WithNumbers(1);
  EXPECT_EQ(Count(*Open(SqliteAccess::kWrite)), 1);
}

TEST_F(SqliteTest, AReaderChangesNothing) {
  WithNumbers(2);
  auto reader = Open(SqliteAccess::kRead);
  EXPECT_EQ(Count(*reader), 2);
  EXPECT_FALSE(Insert(*reader, 5).ok());
  EXPECT_EQ(Count(*reader), 2);
}

TEST_F(SqliteTest, WhatIsNoFileIsRefusedByName) {
  path_ = folder_.path().string();
  EXPECT_EQ(TryOpen().error().code, ErrorCode::kIo);
  path_ = (folder_.path() / "absent" / "diary.db").string();
  EXPECT_EQ(TryOpen().error().code, ErrorCode::kIo);
  EXPECT_THAT(TryOpen().error().message, HasSubstr(path_));
}

TEST_F(SqliteTest, ForeignAndDamagedFilesAreCorrupt) {
  std::ofstream(path_) << std::string(5000, 'x');
  for (const SqliteAccess access : {SqliteAccess::kCreate, SqliteAccess::kRead}) {
    const auto garbage = TryOpen(access);
    ASSERT_FALSE(garbage.ok());
    EXPECT_EQ(garbage.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(garbage.error().message, HasSubstr(path_ + " is no diary or is damaged"));
  }
  std::filesystem::remove(path_);
  WithNumbers(2000);
  // The file's first page keeps its header; what follows is overwritten.
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary).seekp(4096)
      << std::string(4096, '\xee');
  auto damaged = Open();
  auto rows = damaged->Prepare("SELECT n FROM numbers");
  auto row = rows.Step();
  while (row && *row) row = rows.Step();
  ASSERT_FALSE(row.ok());
  EXPECT_EQ(row.error().code, ErrorCode::kCorrupt);
}

TEST_F(SqliteTest, AMissingTableIsToldByStep) {
  auto database = Open();
  auto insert = database->Prepare("INSERT INTO nowhere VALUES (?, ?, ?)");
  const auto refused = insert.Bind(1).Bind(2.5).Bind("three").Run();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("nowhere"));
}

TEST_F(SqliteTest, AFullDiskUndoesTheTransaction) {
  fake::FullDisk disk;
  auto database = WithNumbers(2);
  disk.set_full(true);
  {
    auto transaction = database->Begin();
    ASSERT_TRUE(transaction.ok());
    for (int n = 10; n < 20; ++n) (void)Insert(*database, n).ok();
    const auto refused = transaction->Commit();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kIo);
    EXPECT_THAT(refused.error().message, HasSubstr("no space left"));
  }
  EXPECT_EQ(Count(*database), 2);
  disk.set_full(false);
  EXPECT_TRUE(Insert(*database, 2).ok()) << "space again: work again";
  EXPECT_EQ(Count(*database), 3);
}

}  // namespace
}  // namespace mcunas
