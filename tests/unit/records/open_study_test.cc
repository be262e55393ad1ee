#include "nas/records/open_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/temporary_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(OpenStudy, ThreeSlashesBeginHereAndFourAtTheRoot) {
  const fake::TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  const bool here = OpenStudy("sqlite:///a.db").ok();
  fs::current_path(before);
  EXPECT_TRUE(here);
  EXPECT_TRUE(fs::exists(folder.path() / "a.db"));
  EXPECT_TRUE(OpenStudy("sqlite:///" + (folder.path() / "b.db").string()).ok());
  EXPECT_TRUE(fs::exists(folder.path() / "b.db"));
  EXPECT_EQ(SqliteUrl("/tmp/x.db"), "sqlite:////tmp/x.db");
  EXPECT_EQ(SqliteUrl("runs/x.db"), "sqlite:///runs/x.db");
}

TEST(OpenStudy, WhatIsNoStudyIsToldWhatIs) {
  for (const char* url :
       {"", "study.db", "/tmp/study.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite://study.db",
        "SQLITE:///x.db", "mysql://host/db", "postgresql://user:secret@host/db"}) {
    const auto checked = CheckStudyUrl(url);
    const auto opened = OpenStudy(url);
    const auto looked = OpenStudyReader(url);
    ASSERT_FALSE(checked.ok() || opened.ok() || looked.ok()) << url;
    for (const Error& error : {checked.error(), opened.error(), looked.error()}) {
      EXPECT_EQ(error.code, ErrorCode::kUsage) << url;
      EXPECT_THAT(error.message, AllOf(HasSubstr("sqlite:///FILE"), Not(HasSubstr("secret"))));
    }
  }
  EXPECT_THAT(CheckStudyUrl("mysql://host/db").error().message, HasSubstr("'mysql://...'"));
  EXPECT_TRUE(CheckStudyUrl("sqlite:///nowhere/at/all.db").ok()) << "says nothing of what is there";
}

TEST(OpenStudy, ARelativeFileIsFoundFromEverywhere) {
  EXPECT_EQ(StudyUrlFrom("sqlite:///x.db", "/data/a"), "sqlite:////data/a/x.db");
  EXPECT_EQ(StudyUrlFrom("sqlite:///../b/x.db", "/data/a"), "sqlite:////data/b/x.db");
  EXPECT_EQ(StudyUrlFrom("sqlite:////x.db", "/data/a"), "sqlite:////x.db");
}

TEST(OpenStudy, AFolderIsNoStudy) {
  const fake::TemporaryFolder folder;
  EXPECT_EQ(OpenStudy(SqliteUrl(folder.path())).error().code, ErrorCode::kIo);
  EXPECT_EQ(OpenStudy(SqliteUrl(folder.path() / "no" / "s.db")).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mcunas
