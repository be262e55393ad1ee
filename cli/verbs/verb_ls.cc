#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/model/named_option.h"
#include "cli/verbs.h"
#include "common/file.h"
#include "memory_model/board_profile.h"

namespace mcunas {
namespace {

int ListBoards() {
  std::printf("%-18s %-10s %9s %9s %8s  %s\n", "board", "core", "flash kB", "SRAM kB", "MHz",
              "description");
  for (const std::string& name : BoardNames()) {
    const auto board = LoadBoardProfile(name);
    if (!board) return ReportError(board.error());
    std::printf("%-18s %-10s %9lld %9lld %8lld  %s\n", name.c_str(), NameOf(kCores, board->core),
                static_cast<long long>(board->flash().value / 1024),
                static_cast<long long>(board->sram_total().value / 1024),
                static_cast<long long>(board->clock_hz / 1000000), board->description.c_str());
  }
  return 0;
}

// YAML files of a folder, or run folders, sorted by name.
int ListFolder(const std::filesystem::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code ignored;  // a missing folder lists as empty
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    std::error_code dangling;
    if (entry.is_directory(dangling) == folders) names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) std::printf("%s\n", name.c_str());
  return 0;
}

int ListExperiments() { return ListFolder(DataRoot() / "configs/experiments", false); }

int ListRuns() { return ListFolder("runs", true); }

constexpr Named<int (*)()> kLists[] = {
    {ListBoards, "boards"}, {ListExperiments, "experiments"}, {ListRuns, "runs"}};

}  // namespace

void AddListVerb(CLI::App& app, Invocation& invocation) {
  auto list = std::make_shared<int (*)()>(ListBoards);
  CLI::App* verb = app.add_subcommand("ls", "list boards, experiments or runs");
  verb->footer("Example: mcunas ls boards");
  AddNamedOption(verb, "what", list.get(), kLists, "boards, experiments or runs");
  verb->callback([&invocation, list] { invocation.action = *list; });
}

}  // namespace mcunas
