#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "board_agent/protocol/api_error.h"
#include "board_agent/protocol/board_info.h"
#include "board_agent/protocol/checksum.h"
#include "board_agent/protocol/job_request.h"
#include "board_agent/protocol/job_status.h"
#include "board_agent/protocol/routes.h"

namespace mcunas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kBlob(64, 'a');
const std::string kHash(32, '1');

JobRequest SomeRequest() {
  JobRequest request;
  request.idempotency_key = "run7/candidate-12";
  request.blob = kBlob;
  request.board = "qemu-m7";
  request.kind = JobKind::kValidate;
  request.repetitions = 21;
  request.timeout_s = 12.5;
  request.golden_crc32 = 0xFFFFFFFFu;
  request.network_hash = kHash;
  return request;
}

JobResult SomeResult() {
  JobResult result;
  result.board = "m7-a";
  result.board_class = "qemu-m7";
  result.is_virtual = true;
  result.unit = "instructions";
  result.ticks = {1, 2, int64_t{1} << 50};
  result.operator_ticks = {7};
  result.profiled_ticks = 9;
  result.clock_hz = 216'000'000;
  result.stack_peak_bytes = 11;
  result.arena_peak_bytes = 12;
  result.output_crc32 = 0xDEADBEEF;
  result.warmup = 3;
  result.nonce = 0xFFFFFFFFu;
  result.network_hash = kHash;
  result.tool = "qemu 7.2";
  return result;
}

// The request's JSON with one piece of text replaced.
std::string Mutated(const std::string& from, const std::string& to) {
  std::string text = JobRequestToJson(SomeRequest());
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return text.replace(at, from.size(), to);
}

std::string ErrorFor(const std::string& text) {
  const auto parsed = JobRequestFromJson(text);
  EXPECT_FALSE(parsed.ok()) << text;
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(Messages, RequestSurvivesTheRoundTrip) {
  const auto again = JobRequestFromJson(JobRequestToJson(SomeRequest()));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, SomeRequest());
}

TEST(Messages, OptionalFieldsHaveDefaults) {
  const auto parsed =
      JobRequestFromJson(R"({"idempotency_key":"k","blob":")" + kBlob +
                         R"(","board":"b","kind":"latency","network_hash":")" + kHash + R"("})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->repetitions, 20);
  EXPECT_EQ(parsed->timeout_s, 60);
  EXPECT_FALSE(parsed->golden_crc32.has_value());
}

TEST(Messages, StatusSurvivesTheRoundTripInEveryState) {
  for (int i = 0; i <= static_cast<int>(JobState::kExpired); ++i) {
    JobStatus status;
    status.id = "j1";
    status.idempotency_key = "k";
    status.state = static_cast<JobState>(i);
    status.attempt = 2;
    status.board = "m7-a";
    status.created = 1.5e9;
    if (status.state == JobState::kDone) status.result = SomeResult();
    if (status.state == JobState::kFailed) status.failure = {FailureKind::kHardFault, "pc 0x8000"};
    const auto again = JobStatusFromJson(JobStatusToJson(status));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, status);
  }
}

TEST(Messages, ListsSurviveTheRoundTrip) {
  JobStatus status;
  status.id = "j1";
  const auto list = JobListFromJson(JobListToJson({{status, status}, {"j9"}}));
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->jobs.size(), 2u);
  EXPECT_THAT(list->unknown, ElementsAre("j9"));
  BoardInfo board{"a", "qemu-m7", true, "missing", "unplugged", "left", "j1", 5, 2, 1};
  const auto boards = BoardsFromJson(BoardsToJson({board}));
  ASSERT_TRUE(boards.ok());
  EXPECT_THAT(*boards, ElementsAre(board));
}

TEST(Messages, BytesThatAreNotTextDoNotBreakTheReply) {
  JobStatus status;
  status.failure = {FailureKind::kToolMissing, "broken \xff\xfe bytes \x01"};
  const auto again = JobStatusFromJson(JobStatusToJson(status));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_THAT(again->failure->message, HasSubstr("bytes"));
}

TEST(Messages, EveryKindOfFailureSurvivesTheRoundTrip) {
  for (const FailureRow& row : kFailures) {
    const BoardFailure failure{row.value, "why"};
    EXPECT_EQ(*FailureFromJson(FailureToJson(failure)), failure) << row.name;
  }
}

TEST(Messages, WhatANewerAgentAddsNeverCountsAgainstANetwork) {
  const auto read = [](const std::string& side, const std::string& kind) {
    return *FailureFromJson(R"({"class":")" + side + R"(","kind":")" + kind +
                            R"(","message":"why"})");
  };
  EXPECT_EQ(read("candidate", "melted"), (BoardFailure{FailureKind::kUnknown, "melted: why"}));
  EXPECT_EQ(read("infrastructure", "melted").message, "melted: why");
  EXPECT_FALSE(BlamesCandidate(read("infrastructure", "hard_fault").kind));
  EXPECT_FALSE(BlamesCandidate(read("candidate", "probe_missing").kind));
  EXPECT_EQ(read("candidate", "hard_fault").kind, FailureKind::kHardFault);
  EXPECT_FALSE(FailureFromJson(R"({"class":"weather","kind":"rain","message":""})").ok());
}

TEST(Messages, HostileRequestsAreRefusedWithTheFieldsName) {
  EXPECT_THAT(ErrorFor(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorFor("[]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(ErrorFor("{}"), HasSubstr("'idempotency_key' is missing"));
  EXPECT_THAT(ErrorFor("{\"a\":"), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorFor(std::string(30000, '[')), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorFor("{\"blob\":\"\xff\"}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorFor(Mutated("\"board\"", "\"boad\"")), HasSubstr("'board' is missing"));
  EXPECT_THAT(ErrorFor(Mutated("{", "{\"sudo\":1,")), HasSubstr("unknown field 'sudo'"));
  EXPECT_THAT(ErrorFor(Mutated("{", "{\"board\":\"x\",")), HasSubstr("'board' is given twice"));
  EXPECT_THAT(ErrorFor(Mutated(":21", ":\"21\"")), HasSubstr("'repetitions' must be a whole"));
  EXPECT_THAT(ErrorFor(Mutated(":21", ":2.5")), HasSubstr("'repetitions' must be a whole"));
  EXPECT_THAT(ErrorFor(Mutated(":21", ":0")), HasSubstr("between 1 and 64"));
  EXPECT_THAT(ErrorFor(Mutated(":21", ":65")), HasSubstr("between 1 and 64"));
  EXPECT_THAT(ErrorFor(Mutated(":21", ":18446744073709551615")), HasSubstr("between 1 and 64"));
  EXPECT_THAT(ErrorFor(Mutated("12.5", "0")), HasSubstr("'timeout_s' is out of range"));
  EXPECT_THAT(ErrorFor(Mutated("12.5", "1e999")), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorFor(Mutated("4294967295", "-1")), HasSubstr("'golden_crc32'"));
  EXPECT_THAT(ErrorFor(Mutated("4294967295", "4294967296")), HasSubstr("'golden_crc32'"));
  EXPECT_THAT(ErrorFor(Mutated("validate", "sudo")), HasSubstr("'kind' must be"));
  EXPECT_THAT(ErrorFor(Mutated("\"golden_crc32\":4294967295,", "")), HasSubstr("needs field"));
  EXPECT_THAT(ErrorFor(Mutated(kBlob, "../../etc/passwd")), HasSubstr("'blob' must be 64"));
  EXPECT_THAT(ErrorFor(Mutated(kBlob, std::string(64, 'A'))), HasSubstr("'blob' must be 64"));
  EXPECT_THAT(ErrorFor(Mutated(kHash, "zz")), HasSubstr("'network_hash'"));
  EXPECT_THAT(ErrorFor(Mutated("run7/candidate-12", "")), HasSubstr("'idempotency_key'"));
  EXPECT_THAT(ErrorFor(Mutated("run7/", "run 7/")), HasSubstr("'idempotency_key'"));
  EXPECT_THAT(ErrorFor(Mutated("run7/", std::string(200, 'k'))), HasSubstr("'idempotency_key'"));
}

TEST(Messages, HostileRepliesAreRefused) {
  JobStatus status;
  const std::string text = JobStatusToJson(status);
  std::string done = text;
  done.replace(done.find("queued"), 6, "done");
  EXPECT_FALSE(JobStatusFromJson(done).ok()) << "a done job without a result";
  std::string strange = text;
  strange.replace(strange.find("queued"), 6, "sleeping");
  EXPECT_FALSE(JobStatusFromJson(strange).ok());
  EXPECT_FALSE(JobListFromJson(R"({"jobs":{},"unknown":[]})").ok());
  EXPECT_FALSE(JobListFromJson(R"({"jobs":[],"unknown":[1]})").ok());
  EXPECT_FALSE(ApiErrorFromJson("<html>").ok());
  std::string result = JobResultToJson(SomeResult());
  result.replace(result.find("instructions"), 12, "milliseconds");
  EXPECT_FALSE(JobResultFromJson(result).ok());
}

TEST(JobStates, NamesAreReadBack) {
  for (int i = 0; i <= static_cast<int>(JobState::kExpired); ++i) {
    const auto state = static_cast<JobState>(i);
    EXPECT_EQ(JobStateFromName(JobStateName(state)), state);
  }
  EXPECT_FALSE(JobStateFromName("Queued").has_value());
}

TEST(JobStates, OnlyLegalTransitions) {
  using enum JobState;
  const std::vector<std::pair<JobState, JobState>> legal = {
      {kQueued, kLeased},      {kQueued, kCancelled},  {kQueued, kExpired},
      {kLeased, kFlashing},    {kLeased, kRunning},    {kFlashing, kRunning},
      {kRunning, kCollecting}, {kCollecting, kDone},   {kCollecting, kFailed},
      {kRunning, kQueued},     {kCollecting, kQueued}, {kRunning, kCancelled}};
  for (const auto& [from, to] : legal) EXPECT_TRUE(IsLegalTransition(from, to));
  const std::vector<std::pair<JobState, JobState>> illegal = {
      {kQueued, kDone},    {kQueued, kRunning},  {kDone, kQueued},
      {kFailed, kQueued},  {kRunning, kDone},    {kRunning, kLeased},
      {kCancelled, kDone}, {kRunning, kExpired}, {kQueued, kQueued}};
  for (const auto& [from, to] : illegal) EXPECT_FALSE(IsLegalTransition(from, to));
}

TEST(Checksums, KnownValues) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 pieces;
  pieces.Add("a");
  pieces.Add("bc");
  EXPECT_EQ(pieces.Finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(ConstantTimeEqual("token", "token"));
  EXPECT_FALSE(ConstantTimeEqual("token", "tokem"));
  EXPECT_FALSE(ConstantTimeEqual("token", "toke"));
  EXPECT_NE(SecureRandom(), SecureRandom());
}

TEST(Routing, MatchesPathsAndDecodesParameters) {
  const RouteMatch job = MatchRoute("GET", "/v1/jobs/j%201");
  ASSERT_NE(job.route, nullptr);
  EXPECT_EQ(job.route->id, RouteId::kGetJob);
  EXPECT_THAT(job.parameters, ElementsAre("j 1"));
  const RouteMatch drain = MatchRoute("POST", "/v1/boards/qemu-m7:drain");
  ASSERT_NE(drain.route, nullptr);
  EXPECT_EQ(drain.route->id, RouteId::kDrainBoard);
  EXPECT_THAT(drain.parameters, ElementsAre("qemu-m7"));
  EXPECT_EQ(MatchRoute("PATCH", "/v1/jobs").route, nullptr);
  EXPECT_EQ(MatchRoute("PATCH", "/v1/jobs").allowed, "POST, GET");
  for (const char* path : {"", "/", "/v1", "/v1/jobs/", "/v1/jobs/a/b", "/v1/boards/:drain",
                           "/v1/boards/x:explode", "v1/jobs", "//v1/jobs", "/v1/jobs/a/log/"}) {
    EXPECT_EQ(MatchRoute("GET", path).route, nullptr) << path;
    EXPECT_EQ(MatchRoute("POST", path).route, nullptr) << path;
  }
}

TEST(Routing, ReadsQueries) {
  EXPECT_EQ(QueryValue("ids=a%2Cb&wait=3", "ids"), "a,b");
  EXPECT_EQ(QueryValue("ids=a&wait=3", "wait"), "3");
  EXPECT_EQ(QueryValue("await=3", "wait"), "");
  EXPECT_EQ(QueryValue("wait", "wait"), "");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("%zz%41"), "%zzA");
}

}  // namespace
}  // namespace mcunas
