#include "board_agent/server/agent.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "common/log.h"

namespace mcunas {
namespace {

constexpr double kSecondsPerDay = 86400;

// Held as long as the agent lives; the kernel lets go of it when the process dies, however it dies.
class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock() {
    if (file_ >= 0) close(file_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  Expected<void> Take(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / "lock";
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) return Error{ErrorCode::kIo, path.string() + ": " + std::strerror(errno)};
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
      return Error{ErrorCode::kUnavailable, "another agent is using the state folder " +
                                                folder.string() +
                                                ": stop it, or give this one its own with --state"};
    }
    return {};
  }

 private:
  int file_ = -1;
};

Expected<std::vector<BenchBoard>> MakeBoards(const BenchFile& bench,
                                             const RunnerFactory& make_runner) {
  std::vector<BenchBoard> boards;
  for (const BoardConfig& config : bench.boards) {
    Expected<std::unique_ptr<Runner>> runner = make_runner(config);
    if (!runner.ok()) return runner.error().WithContext("board " + config.name);
    boards.push_back({config, *std::move(runner)});
  }
  return boards;
}

// Forgets what is older than keep_days. Failing here is no reason not to serve.
void CleanUp(const AgentOptions& options, JobStore* store, const BlobStore& blobs) {
  const double age = options.bench.keep_days * kSecondsPerDay;
  const auto forgotten = store->ForgetFinishedBefore(UnixTime() - age);
  if (!forgotten.ok()) return LogWarning(forgotten.error().message);
  std::error_code ignored;
  for (const std::string& id : *forgotten) {
    std::filesystem::remove(options.state_folder / "logs" / (id + ".log"), ignored);
  }
  const auto used = store->BlobsInUse();
  if (!used.ok()) return LogWarning(used.error().message);
  const int swept = blobs.Sweep({used->begin(), used->end()}, kSecondsPerDay);
  if (swept > 0) LogInfo("removed " + std::to_string(swept) + " unused images");
}

}  // namespace

// In this order: what comes later uses what comes earlier and goes first.
struct Agent::State {
  FolderLock lock;
  std::unique_ptr<JobStore> store;
  std::optional<BlobStore> blobs;
  std::unique_ptr<Dispatcher> dispatcher;
  std::optional<Api> api;
  std::unique_ptr<HttpServer> http;
};

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}
Agent::~Agent() { Stop(); }

Expected<std::unique_ptr<Agent>> Agent::Start(AgentOptions options,
                                              const RunnerFactory& make_runner) {
  std::error_code failed;
  // Tools run in folders of their own, where a relative path names something else.
  options.state_folder = std::filesystem::absolute(options.state_folder, failed);
  std::filesystem::create_directories(options.state_folder, failed);
  if (failed) {
    return Error{ErrorCode::kIo, options.state_folder.string() + ": " + failed.message()};
  }
  auto state = std::make_unique<State>();
  if (auto taken = state->lock.Take(options.state_folder); !taken.ok()) return taken.error();
  auto store = JobStore::Open(options.state_folder / "jobs.db");
  if (!store.ok()) return store.error();
  state->store = *std::move(store);
  auto recovered = state->store->RecoverActive(static_cast<int>(options.bench.restarts));
  if (!recovered.ok()) return recovered.error();
  if (*recovered > 0) LogInfo(std::to_string(*recovered) + " interrupted jobs recovered");
  auto blobs = BlobStore::Open(options.state_folder / "blobs");
  if (!blobs.ok()) return blobs.error();
  state->blobs = *std::move(blobs);
  CleanUp(options, state->store.get(), *state->blobs);

  auto boards = MakeBoards(options.bench, make_runner);
  if (!boards.ok()) return boards.error();
  DispatcherOptions dispatch;
  dispatch.health = PolicyOf(options.bench);
  dispatch.queue_limit = options.bench.queue_limit;
  dispatch.attempts = static_cast<int>(options.bench.attempts);
  dispatch.logs_folder = options.state_folder / "logs";
  dispatch.work_folder = options.state_folder / "work";
  auto dispatcher =
      Dispatcher::Create(dispatch, state->store.get(), &*state->blobs, *std::move(boards));
  if (!dispatcher.ok()) return dispatcher.error();
  state->dispatcher = *std::move(dispatcher);
  state->api.emplace(state->dispatcher.get(), &*state->blobs);
  HttpOptions http = options.http;
  http.limits.blob_bytes = static_cast<uint64_t>(options.bench.blob_limit_kb) * 1024;
  auto server = HttpServer::Start(http, &*state->api, &*state->blobs);
  if (!server.ok()) return server.error();
  state->http = *std::move(server);
  state->dispatcher->Start();
  return std::unique_ptr<Agent>(new Agent(std::move(state)));
}

uint16_t Agent::port() const { return state_->http->port(); }

void Agent::Stop() {
  state_->http->Stop();
  state_->dispatcher->Stop();
}

}  // namespace mcunas
