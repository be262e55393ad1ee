#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/verbs.h"
#include "common/file.h"
#include "common/process.h"
#include "common/text.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

struct Finding {
  std::string name;
  std::string found;      // version or path; empty = missing
  std::string problem;    // empty = fine
  std::string remedy;     // the command that mends it
  bool optional = false;  // a problem only for those who want what it is for
};

// First "major.minor" in a text, as major * 1000 + minor; -1 if there is none.
int VersionIn(const std::string& text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    int major = 0;
    int minor = 0;
    if (std::isdigit(static_cast<unsigned char>(text[i])) &&
        std::sscanf(text.c_str() + i, "%d.%d", &major, &minor) == 2) {
      return major * 1000 + minor;
    }
  }
  return -1;
}

struct ToolRequirement {
  const char* program;
  int minimum;  // major * 1000 + minor
  const char* purpose;
  const char* remedy;
};

constexpr ToolRequirement kTools[] = {
    {"cc", 9000, "compiles generated C for this machine", "sudo apt-get install gcc"},
    {"arm-none-eabi-gcc", 10000, "compiles firmware",
     "sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"},
    {"qemu-system-arm", 7000, "virtual boards", "sudo apt-get install qemu-system-arm"},
};

Finding CheckTool(const ToolRequirement& tool) {
  Finding finding{tool.program, FindProgram(tool.program), "", tool.remedy};
  if (finding.found.empty()) {
    finding.problem = std::string("not installed: ") + tool.purpose;
    return finding;
  }
  const auto result = RunProcess({.arguments = {tool.program, "--version"}});
  if (!result || result->exit_code != 0) {
    finding.problem = "is there but does not run";
    return finding;
  }
  const std::string line = result->output.substr(0, result->output.find('\n'));
  // Distributions put their own version in parentheses before the program's.
  const size_t close = line.rfind(") ");
  const int version = VersionIn(close == std::string::npos ? line : line.substr(close + 2));
  finding.found = line;
  if (version >= 0 && version < tool.minimum) {
    finding.problem = "too old, " + std::to_string(tool.minimum / 1000) + " or newer is needed";
  }
  return finding;
}

// The compiler answers with a full path only for files that it has.
Finding CheckNewlib() {
  Finding finding{"newlib", "", "", "sudo apt-get install libnewlib-arm-none-eabi"};
  const auto result =
      RunProcess({.arguments = {"arm-none-eabi-gcc", "-print-file-name=nano.specs"}});
  const std::string path = result ? Trim(result->output) : "";
  if (path.find('/') == std::string::npos) {
    finding.problem = "nano.specs not found: links firmware";
  } else {
    finding.found = path;
  }
  return finding;
}

Finding CheckPyocd() {
  Finding finding{"pyocd", "", "", "scripts/quickstart  (or: pip install pyocd==0.46.0)", true};
  std::string program = (DataRoot() / ".venv/bin/pyocd").string();
  std::error_code ignored;
  if (!std::filesystem::exists(program, ignored)) program = FindProgram("pyocd");
  if (program.empty()) {
    finding.problem = "not installed: only physical boards need it";
    return finding;
  }
  const auto result = RunProcess({.arguments = {program, "--version"}});
  const int version = result ? VersionIn(result->output) : -1;
  finding.found = result ? "pyocd " + result->output.substr(0, result->output.find('\n')) : program;
  if (version < 46) finding.problem = "physical boards need 0.46 or newer";
  return finding;
}

Finding CheckData() {
  Finding finding{"configs", "", "", "set MCUNAS_HOME to the folder that holds configs/"};
  const std::filesystem::path root = DataRoot();
  std::error_code ignored;
  for (const char* needed : {"configs/boards", "firmware/harness", "kernels"}) {
    if (!std::filesystem::is_directory(root / needed, ignored)) {
      finding.problem = std::string(needed) + " not found under " + root.string();
      return finding;
    }
  }
  finding.found = root.string();
  return finding;
}

Finding CheckSupernet() {
  Finding finding{"LibTorch", "", "",
                  "scripts/quickstart  (builds supernet/ against the torch wheel)"};
  const auto library = CheckSupernetLibrary();
  if (library) {
    finding.found = *library;
  } else {
    finding.problem = "no training and no search: " + library.error().message;
  }
  return finding;
}

int Doctor(bool quiet) {
  std::vector<Finding> findings;
  for (const ToolRequirement& tool : kTools) findings.push_back(CheckTool(tool));
  findings.push_back(CheckNewlib());
  findings.push_back(CheckPyocd());
  findings.push_back(CheckData());
  findings.push_back(CheckSupernet());
  int problems = 0;
  for (const Finding& finding : findings) {
    if (finding.problem.empty()) {
      if (!quiet) std::printf("ok       %-18s %s\n", finding.name.c_str(), finding.found.c_str());
      continue;
    }
    if (!finding.optional) ++problems;
    std::printf("%-8s %-18s %s\n         %-18s mend it: %s\n",
                finding.optional ? "note" : "problem", finding.name.c_str(),
                finding.problem.c_str(), "", finding.remedy.c_str());
  }
  if (problems > 0) std::printf("%d problem%s\n", problems, problems == 1 ? "" : "s");
  return problems == 0 ? 0 : 2;
}

}  // namespace

void AddDoctorVerb(CLI::App& app, Invocation& invocation) {
  auto quiet = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("doctor", "name every missing or too old dependency");
  verb->footer("Example: mcunas doctor");
  verb->add_flag("--quiet", *quiet, "print problems and notes only");
  verb->callback([&invocation, quiet] { invocation.action = [quiet] { return Doctor(*quiet); }; });
}

}  // namespace mcunas
