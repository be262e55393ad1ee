#include "board_agent/bench/bench_config.h"
#include "common/config.h"

namespace mcunas {
namespace {

std::string Resolve(const std::filesystem::path& folder, const std::string& path) {
  if (path.empty() || std::filesystem::path(path).is_absolute()) return path;
  return std::filesystem::absolute(folder / path).lexically_normal().string();
}

}  // namespace

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

}  // namespace mcunas
