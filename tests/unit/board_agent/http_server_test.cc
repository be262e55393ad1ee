#include "board_agent/server/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "board_agent/client/http_client.h"
#include "board_agent/protocol/checksum.h"
#include "tests/unit/board_agent/fake_agent.h"
#include "tests/unit/board_agent/raw_connection.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Serving : public ::testing::Test {
 protected:
  void SetUp() override {
    http_.limits.header_time = milliseconds(400);
    http_.limits.body_time = milliseconds(600);
    file_ = FakeBenchFile();
    file_.blob_limit_kb = 64;
  }
  void Start() {
    agent_.reset();
    auto agent = StartFakeAgent(&bench_, file_, folder_.path(), http_);
    ASSERT_TRUE(agent.ok()) << agent.error().message;
    agent_ = *std::move(agent);
    url_ = *ParseAgentUrl("http://127.0.0.1:" + std::to_string(agent_->port()));
  }
  HttpReply Call(const std::string& method, const std::string& target, std::string_view body = "",
                 const std::string& token = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.token = token;
    auto reply = CallAgent(url_, request);
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? *reply : HttpReply{};
  }
  std::string Upload(const std::string& words = "") {
    const std::string image = FakeImage(words);
    EXPECT_EQ(Call("PUT", "/v1/blobs/" + Sha256Hex(image), image).status, 201);
    return Sha256Hex(image);
  }
  JobRequest Request(const std::string& key, const std::string& words = "") {
    JobRequest request;
    request.idempotency_key = key;
    request.blob = Upload(words);
    request.board = "qemu-m4";
    request.network_hash = kFakeHash;
    return request;
  }
  JobStatus Submit(const JobRequest& request, int expected = 202) {
    const HttpReply reply = Call("POST", "/v1/jobs", JobRequestToJson(request));
    EXPECT_EQ(reply.status, expected) << reply.body;
    auto status = JobStatusFromJson(reply.body);
    return status.ok() ? *status : JobStatus{};
  }
  std::string Raw(const std::string& text, milliseconds limit = milliseconds(3000)) {
    RawConnection connection(agent_->port());
    connection.Send(text);
    return connection.ReceiveAll(limit);
  }

  TemporaryFolder folder_;
  FakeBench bench_;
  BenchFile file_;
  HttpOptions http_;
  AgentUrl url_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(Serving, OneJobFromUploadToLog) {
  Start();
  const JobRequest request = Request("k1");
  const JobStatus accepted = Submit(request);
  const HttpReply done = Call("GET", "/v1/jobs/" + accepted.id + "?wait=10");
  ASSERT_EQ(done.status, 200);
  const auto status = JobStatusFromJson(done.body);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(status->state, JobState::kDone);
  EXPECT_EQ(status->result->ticks.size(), 20u);
  EXPECT_EQ(Submit(request, 200).id, accepted.id);
  JobRequest other = request;
  other.repetitions = 3;
  EXPECT_EQ(Call("POST", "/v1/jobs", JobRequestToJson(other)).status, 409);
  EXPECT_THAT(Call("GET", "/v1/jobs/" + accepted.id + "/log").body, HasSubstr("ran on m4-a"));
  EXPECT_EQ(Call("GET", "/v1/jobs/" + accepted.id + "/log?from=-1").status, 400);
  EXPECT_EQ(Call("HEAD", "/v1/blobs/" + request.blob).status, 200);
  EXPECT_EQ(Call("HEAD", "/v1/blobs/" + std::string(64, '0')).status, 404);
  EXPECT_EQ(Call("DELETE", "/v1/jobs/" + accepted.id).status, 200);
}

TEST_F(Serving, TheStateFolderMayBeRelative) {
  const auto agent =
      StartFakeAgent(&bench_, file_, std::filesystem::proximate(folder_.path() / "state"), http_);
  ASSERT_TRUE(agent.ok()) << agent.error().message;
  url_ = *ParseAgentUrl("http://127.0.0.1:" + std::to_string((*agent)->port()));
  const JobStatus accepted = Submit(Request("k1"));
  const auto done = JobStatusFromJson(Call("GET", "/v1/jobs/" + accepted.id + "?wait=10").body);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->state, JobState::kDone) << done->failure.value_or(BoardFailure{}).message;
}

TEST_F(Serving, ListsSeveralJobsAndNamesTheUnknown) {
  Start();
  const JobStatus job = Submit(Request("k1"));
  const HttpReply reply = Call("GET", "/v1/jobs?ids=" + job.id + ",nobody");
  const auto list = JobListFromJson(reply.body);
  ASSERT_TRUE(list.ok()) << reply.body;
  EXPECT_EQ(list->jobs.size(), 1u);
  EXPECT_EQ(list->unknown, std::vector<std::string>{"nobody"});
  EXPECT_EQ(Call("GET", "/v1/jobs").status, 400);
}

TEST_F(Serving, LongPollsReturnWhenTheJobEndsAndWhenTheTimeIsUp) {
  Start();
  const JobStatus job = Submit(Request("k1", "slow=300"));
  const auto begin = steady_clock::now();
  auto early = JobStatusFromJson(Call("GET", "/v1/jobs/" + job.id + "?wait=0.05").body);
  EXPECT_FALSE(IsFinal(early->state));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(45));
  auto late = JobListFromJson(Call("GET", "/v1/jobs?wait=9&ids=" + job.id).body);
  EXPECT_EQ(late->jobs.at(0).state, JobState::kDone);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(5000));
}

TEST_F(Serving, ManyLongPollsDoNotBlockTheAgent) {
  Start();
  const JobStatus job = Submit(Request("k1", "slow=60000"));
  std::vector<std::unique_ptr<RawConnection>> polls;
  for (int i = 0; i < 100; ++i) {
    polls.push_back(std::make_unique<RawConnection>(agent_->port()));
    polls.back()->Send("GET /v1/jobs/" + job.id + "?wait=30 HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  const auto begin = steady_clock::now();
  EXPECT_EQ(Call("GET", "/healthz").status, 200);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1000));
  EXPECT_EQ(Call("DELETE", "/v1/jobs/" + job.id).status, 202);
  for (const auto& poll : polls) {
    bool closed = false;
    // All of them are answered at once; the header limit then closes the idle connection.
    EXPECT_THAT(poll->ReceiveAll(milliseconds(5000), &closed), HasSubstr("cancelled"));
  }
}

TEST_F(Serving, WrongRequestsGetTheRightStatus) {
  Start();
  EXPECT_EQ(Call("GET", "/nowhere").status, 404);
  EXPECT_EQ(Call("POST", "/v1/boards").status, 405);
  EXPECT_EQ(Call("GET", "/v1/jobs/j0").status, 404);
  EXPECT_EQ(Call("POST", "/v1/jobs", "{}").status, 400);
  EXPECT_EQ(Call("PUT", "/v1/blobs/short", "x").status, 400);
  EXPECT_EQ(Call("PUT", "/v1/blobs/" + std::string(64, 'a'), "x").status, 422);
  JobRequest request = Request("k1");
  request.board = "qemu-m5";
  const HttpReply reply = Call("POST", "/v1/jobs", JobRequestToJson(request));
  EXPECT_EQ(reply.status, 422);
  EXPECT_THAT(ApiErrorFromJson(reply.body)->message, HasSubstr("did you mean"));
  EXPECT_THAT(Raw("BREW coffee\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Raw("GET / HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Raw("PUT /v1/blobs/" + std::string(64, 'a') +
                  " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 411"));
  EXPECT_EQ(Call("GET", "/healthz").status, 200);
}

TEST_F(Serving, AFullQueueAnswers429WithRetryAfter) {
  bench_.SetAbsent("m4-a", "away");
  file_.queue_limit = 1;
  Start();
  Submit(Request("k1"));
  const HttpReply reply = Call("POST", "/v1/jobs", JobRequestToJson(Request("k2")));
  EXPECT_EQ(reply.status, 429);
  EXPECT_GT(reply.retry_after_s, 0);
}

TEST_F(Serving, OversizedBodiesAreRefusedBeforeTheyAreRead) {
  Start();
  const std::string head = "PUT /v1/blobs/" + std::string(64, 'a') +
                           " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n";
  const auto begin = steady_clock::now();
  EXPECT_THAT(Raw(head), StartsWith("HTTP/1.1 413")) << "answered although no body was ever sent";
  EXPECT_LT(steady_clock::now() - begin, milliseconds(2500));
  EXPECT_THAT(Raw("POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  const std::string large(70'000, 'x');
  EXPECT_EQ(Call("PUT", "/v1/blobs/" + Sha256Hex(large), large).status, 413);
  std::string chunked = "POST /v1/jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) chunked += "4000\r\n" + std::string(0x4000, '1') + "\r\n";
  EXPECT_THAT(Raw(chunked), StartsWith("HTTP/1.1 413")) << "also without a Content-Length";
}

TEST_F(Serving, ExpectContinueIsHonoured) {
  Start();
  const std::string image = FakeImage();
  RawConnection connection(agent_->port());
  connection.Send("PUT /v1/blobs/" + Sha256Hex(image) +
                  " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
                  std::to_string(image.size()) + "\r\n\r\n");
  EXPECT_THAT(connection.ReceiveAll(milliseconds(200)), StartsWith("HTTP/1.1 100"));
  connection.Send(image);
  EXPECT_THAT(connection.ReceiveAll(milliseconds(300)), StartsWith("HTTP/1.1 201"));
}

TEST_F(Serving, AnInterruptedUploadLeavesNothing) {
  Start();
  const std::string image = FakeImage(std::string(5000, 'x'));
  {
    RawConnection connection(agent_->port());
    connection.Send("PUT /v1/blobs/" + Sha256Hex(image) +
                    " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(image.size()) +
                    "\r\n\r\n" + image.substr(0, 3000));
  }
  EXPECT_TRUE(WaitUntil([&] { return std::filesystem::is_empty(folder_.path() / "blobs"); }));
  EXPECT_EQ(Call("HEAD", "/v1/blobs/" + Sha256Hex(image)).status, 404);
}

TEST_F(Serving, SlowClientsLoseTheirConnectionAndNobodyElses) {
  Start();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<RawConnection>(agent_->port()));
    slow.back()->Send("GET /v1/boards HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  }
  slow.push_back(std::make_unique<RawConnection>(agent_->port()));
  slow.back()->Send("POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  for (int i = 0; i < 10; ++i) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(Call("GET", "/v1/boards").status, 200);
    EXPECT_LT(steady_clock::now() - begin, milliseconds(500));
    for (const auto& connection : slow) connection->Send("x");  // trickling does not help them
    std::this_thread::sleep_for(milliseconds(20));
  }
  for (const auto& connection : slow) {
    bool closed = false;
    connection->ReceiveAll(milliseconds(4000), &closed);
    EXPECT_TRUE(closed);
  }
}

TEST_F(Serving, WhoWaitedLongestGivesTheSeatToTheNext) {
  http_.limits.connections.total = 3;
  http_.limits.header_time = milliseconds(60'000);
  Start();
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 3; ++i) idle.push_back(std::make_unique<RawConnection>(agent_->port()));
  EXPECT_EQ(Call("GET", "/healthz").status, 200);
  bool closed = false;
  idle[0]->ReceiveAll(milliseconds(3000), &closed);
  EXPECT_TRUE(closed);
  idle[2]->ReceiveAll(milliseconds(50), &closed);
  EXPECT_FALSE(closed);
}

// Tries until `call` succeeds; how many tries that took.
int TriesUntil(const std::function<bool()>& call) {
  int tries = 1;
  while (!call() && tries < 100) ++tries;
  return tries;
}

TEST_F(Serving, HalfOpenConnectionsShutNobodyOut) {
  http_.limits.connections = {.total = 120, .held = 100, .silent_per_peer = 50};
  http_.limits.header_time = milliseconds(60'000);
  http_.token = "secret";
  Start();
  const std::string authorised =
      "Host: a\r\nConnection: close\r\nAuthorization: Bearer secret\r\n\r\n";
  const auto call = [&](const std::string& method, const std::string& target,
                        std::string_view body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.token = "secret";
    const auto reply = CallAgent(url_, request);
    return reply.ok() ? *reply : HttpReply{};
  };
  const std::string image = FakeImage("slow=60000");
  ASSERT_EQ(call("PUT", "/v1/blobs/" + Sha256Hex(image), image).status, 201);
  JobRequest job{.idempotency_key = "slow", .blob = Sha256Hex(image), .board = "qemu-m4"};
  job.network_hash = kFakeHash;
  const auto slow = JobStatusFromJson(call("POST", "/v1/jobs", JobRequestToJson(job)).body);
  ASSERT_TRUE(slow.ok());
  std::vector<std::unique_ptr<RawConnection>> polls, attackers;
  for (int i = 0; i < 60; ++i) {
    polls.push_back(std::make_unique<RawConnection>(agent_->port()));
    polls.back()->Send("GET /v1/jobs/" + slow->id + "?wait=30 HTTP/1.1\r\n" + authorised);
  }
  EXPECT_LE(TriesUntil([&] { return call("GET", "/v1/boards").status == 200; }), 3);
  for (int i = 0; i < 600; ++i) {
    attackers.push_back(std::make_unique<RawConnection>(agent_->port()));
    attackers.back()->Send(i % 3 == 0 ? "" : "GET /v1/boards HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    if (i < 300 || i % 30 != 0) continue;
    EXPECT_LE(TriesUntil([&] { return call("GET", "/healthz").status == 200; }), 3) << i;
    job.idempotency_key = "k" + std::to_string(i);
    const std::string body = JobRequestToJson(job);
    EXPECT_LE(TriesUntil([&] { return call("POST", "/v1/jobs", body).status == 202; }), 3) << i;
  }
  EXPECT_EQ(call("DELETE", "/v1/jobs/" + slow->id).status, 202);
  for (const auto& poll : polls) {
    EXPECT_THAT(poll->ReceiveAll(milliseconds(5000)), HasSubstr("cancelled")) << "polls survive";
  }
}

TEST_F(Serving, ClientsThatLeftFreeTheirLongPolls) {
  http_.limits.connections.held = 5;
  Start();
  const JobStatus job = Submit(Request("k1", "slow=60000"));
  const std::string target = "/v1/jobs/" + job.id + "?wait=";
  std::vector<std::unique_ptr<RawConnection>> polls;
  // A look is a short long poll itself and may have taken the last place from one of ours: one more.
  EXPECT_TRUE(WaitUntil([&] {
    for (size_t missing = polls.size() < 5 ? 5 : 1; missing > 0; --missing) {
      polls.push_back(std::make_unique<RawConnection>(agent_->port()));
      polls.back()->Send("GET " + target + "30 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    return Call("GET", target + "0.01").status == 503;
  }));
  const auto begin = steady_clock::now();
  polls.clear();
  EXPECT_TRUE(WaitUntil([&] { return Call("GET", target + "0.01").status == 200; }));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(5000)) << "not only when their time is up";
}

TEST_F(Serving, ARequestSentDuringALongPollIsAnsweredAfterIt) {
  Start();
  const JobStatus job = Submit(Request("k1", "slow=60000"));
  RawConnection connection(agent_->port());
  connection.Send("GET /v1/jobs/" + job.id + "?wait=0.2 HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(50));
  connection.Send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string replies = connection.ReceiveAll(milliseconds(350));
  EXPECT_THAT(replies, HasSubstr("running"));
  EXPECT_THAT(replies, HasSubstr("\"ok\""));
}

TEST_F(Serving, ATokenIsAskedForEverywhereButHealth) {
  http_.token = "correct horse";
  Start();
  EXPECT_EQ(Call("GET", "/healthz").status, 200);
  EXPECT_EQ(Call("GET", "/readyz").status, 200);
  EXPECT_EQ(Call("GET", "/v1/boards").status, 401);
  EXPECT_EQ(Call("GET", "/v1/boards", "", "correct hors").status, 401);
  EXPECT_EQ(Call("GET", "/v1/boards", "", "correct horse ").status, 200) << "trailing blanks fall";
  EXPECT_EQ(Call("GET", "/v1/boards", "", "correct horse").status, 200);
  EXPECT_EQ(Call("GET", "/nowhere").status, 401) << "strangers learn nothing";
  EXPECT_EQ(Call("PUT", "/v1/blobs/" + std::string(64, 'a'), "x").status, 401);
}

TEST_F(Serving, WebPagesMayNotDriveATokenlessAgent) {
  Start();
  EXPECT_THAT(Raw("GET /v1/boards HTTP/1.1\r\nHost: a\r\nOrigin: http://evil\r\n\r\n"),
              StartsWith("HTTP/1.1 403"));
}

TEST_F(Serving, OnlyLoopbackWithoutAToken) {
  http_.bind = "0.0.0.0";
  const auto open = StartFakeAgent(&bench_, file_, folder_.path(), http_);
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, ErrorCode::kUsage);
  EXPECT_THAT(open.error().message, HasSubstr("--token-file"));
  http_.bind = "localhost.example";
  EXPECT_EQ(StartFakeAgent(&bench_, file_, folder_.path(), http_).error().code, ErrorCode::kUsage);
}

TEST_F(Serving, ATakenPortOrStateFolderIsOneClearError) {
  Start();
  TemporaryFolder elsewhere;
  HttpOptions same = http_;
  same.port = agent_->port();
  const auto port = StartFakeAgent(&bench_, file_, elsewhere.path(), same);
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(port.error().message, HasSubstr(std::to_string(same.port)));
  const auto folder = StartFakeAgent(&bench_, file_, folder_.path(), http_);
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(folder.error().message, HasSubstr("another agent is using the state folder"));
}

TEST_F(Serving, ReadinessFollowsTheBoards) {
  for (const char* board : {"m7-a", "m7-b", "m4-a"}) bench_.SetAbsent(board, "away");
  Start();
  EXPECT_TRUE(WaitUntil([&] { return Call("GET", "/readyz").status == 503; }));
  bench_.SetAbsent("m4-a", "");
  EXPECT_TRUE(WaitUntil([&] { return Call("GET", "/readyz").status == 200; }));
  EXPECT_EQ(Call("POST", "/v1/boards/m4-a:drain").status, 200);
  EXPECT_TRUE(WaitUntil([&] { return Call("GET", "/readyz").status == 503; }));
  EXPECT_EQ(Call("POST", "/v1/boards/m4-a:resume").status, 200);
  EXPECT_TRUE(WaitUntil([&] { return Call("GET", "/readyz").status == 200; }));
  const auto boards = BoardsFromJson(Call("GET", "/v1/boards").body);
  ASSERT_TRUE(boards.ok());
  EXPECT_EQ(boards->size(), 3u);
}

TEST_F(Serving, KeepAliveServesSeveralRequestsOnOneConnection) {
  Start();
  RawConnection connection(agent_->port());
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  connection.Send(get + get);
  const std::string replies = connection.ReceiveAll(milliseconds(300));
  EXPECT_NE(replies.find("200 OK", replies.find("200 OK") + 1), std::string::npos) << replies;
}

}  // namespace
}  // namespace mcunas
