#include "board_agent/bench/bench_config.h"

#include <set>

#include "common/config_read.h"

namespace mcunas {
namespace {

// Names stand in URLs ("/v1/boards/NAME:drain"), so they stay within letters that need no escape.
bool IsPlainName(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string::npos;
}

bool NamesAreUnique(const std::vector<BoardConfig>& boards) {
  std::set<std::string> names;
  for (const BoardConfig& board : boards) {
    if (!names.insert(board.name).second) return false;
  }
  return true;
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

std::string Resolve(const std::filesystem::path& folder, const std::string& path) {
  if (path.empty() || std::filesystem::path(path).is_absolute()) return path;
  return std::filesystem::absolute(folder / path).lexically_normal().string();
}

}  // namespace

void Describe(ConfigVisitor& visitor, RunnerConfig& runner) {
  visitor.Mandatory("kind");
  visitor.Enum("kind", runner.kind, kRunnerKinds, {"how firmware gets onto the board", ""});
  visitor.Text("machine", runner.machine, {"qemu: machine name, e.g. mps2-an500", ""});
  visitor.Text("target", runner.target, {"pyocd: target name, e.g. stm32f412xg", ""});
  visitor.Text("probe_uid", runner.probe_uid, {"pyocd: unique id of the debug probe", ""});
  visitor.Text("pack", runner.pack, {"pyocd: path of a CMSIS pack; empty = built-in target", ""});
  visitor.Text("pyocd", runner.pyocd, {"pyocd: program; empty = .venv, then PATH", ""});
  visitor.Integer("device_id", runner.device_id, {0, 4095},
                  {"pyocd: expected DBGMCU device id; 0 = not checked", ""});
  visitor.Integer("device_id_address", runner.device_id_address, {0, 4294967295.0},
                  {"pyocd: address of the DBGMCU IDCODE register", ""});
  visitor.Integer("frequency_hz", runner.frequency_hz, {0, 50e6},
                  {"pyocd: SWD clock; 0 = the probe's default", "Hz"});
  visitor.Require(runner.kind != RunnerKind::kQemu || !runner.machine.empty(), "kind",
                  "a qemu board needs the key 'machine'");
  visitor.Require(runner.kind != RunnerKind::kPyocd || !runner.target.empty(), "kind",
                  "a pyocd board needs the key 'target'");
  visitor.Require(runner.kind != RunnerKind::kPyocd || !runner.probe_uid.empty(), "kind",
                  "a pyocd board needs the key 'probe_uid' (list them with: pyocd list)");
}

void Describe(ConfigVisitor& visitor, BoardConfig& board) {
  visitor.Mandatory("name");
  visitor.Text("name", board.name,
               {"unique name on this bench; letters, digits, '-', '_', '.'", ""});
  visitor.Require(IsPlainName(board.name), "name",
                  "must be 1 to 64 letters, digits, '-', '_' or '.'");
  visitor.Mandatory("board");
  visitor.Text("board", board.board_class,
               {"board profile that jobs ask for (configs/boards)", ""});
  visitor.Require(IsPlainName(board.board_class), "board",
                  "must be 1 to 64 letters, digits, '-', '_' or '.'");
  visitor.Text("description", board.description, {"free text for people", ""});
  visitor.Text(
      "canary", board.canary,
      {"known-good ELF run before a suspect board is trusted; empty = only look for it", ""});
  visitor.Section("runner", {"how to reach the board", ""},
                  [&](ConfigVisitor& inner) { Describe(inner, board.runner); });
}

void Describe(ConfigVisitor& visitor, BenchFile& bench) {
  visitor.Integer("version", bench.version, {1, 1}, {"version of this file format", ""});
  visitor.Text("name", bench.name, {"name of the bench, shown to people", ""});
  visitor.Integer("queue_limit", bench.queue_limit, {1, 100000},
                  {"jobs that may wait; more are refused", "jobs"});
  visitor.Integer("blob_limit_kb", bench.blob_limit_kb, {1, 1048576},
                  {"largest firmware image accepted", "kB"});
  visitor.Integer("attempts", bench.attempts, {1, 100},
                  {"infrastructure failures after which a job is given up", ""});
  visitor.Integer("restarts", bench.restarts, {1, 100},
                  {"agent deaths in mid-run after which a job is given up", ""});
  visitor.Real("keep_days", bench.keep_days, {0.01, 36500},
               {"finished jobs and their images are forgotten after this long", "days"});
  visitor.Integer("quarantine_after", bench.quarantine_after, {1, 100},
                  {"infrastructure failures in a row that quarantine a board", ""});
  visitor.Duration("first_wait", bench.first_wait_s, {0.01, 3600},
                   {"wait before a suspect board is tried again; doubles each time", "s"});
  visitor.Duration("longest_wait", bench.longest_wait_s, {0.01, 86400},
                   {"upper bound of that wait", "s"});
  visitor.Duration("probe_interval", bench.probe_interval_s, {0.1, 86400},
                   {"time between looks at an idle board", "s"});
  visitor.Mandatory("boards");
  visitor.Sections(
      "boards", {"the boards of this bench", ""}, bench.boards.size(),
      [&](size_t size) { bench.boards.resize(size); },
      [&](ConfigVisitor& inner, size_t i) { Describe(inner, bench.boards[i]); });
  visitor.Require(NamesAreUnique(bench.boards), "boards", "two boards have the same name");
}

Expected<BenchFile> LoadBenchFile(const std::filesystem::path& path) {
  BenchFile bench;
  const auto describe = [&](ConfigVisitor& visitor) { Describe(visitor, bench); };
  if (auto loaded = LoadConfig(path.string(), {}, describe); !loaded.ok()) return loaded.error();
  for (BoardConfig& board : bench.boards) {
    board.canary = Resolve(path.parent_path(), board.canary);
    board.runner.pack = Resolve(path.parent_path(), board.runner.pack);
    const bool in_path = board.runner.pyocd.find('/') == std::string::npos;
    if (!in_path) board.runner.pyocd = Resolve(path.parent_path(), board.runner.pyocd);
  }
  return bench;
}

HealthPolicy PolicyOf(const BenchFile& bench) {
  HealthPolicy policy;
  policy.quarantine_after = static_cast<int>(bench.quarantine_after);
  policy.first_wait = Milliseconds(bench.first_wait_s);
  policy.longest_wait = Milliseconds(bench.longest_wait_s);
  policy.probe_interval = Milliseconds(bench.probe_interval_s);
  return policy;
}

}  // namespace mcunas
