// The verbs of the command line, one file each. A verb registers its subcommand;
// RunCommandLine runs the chosen one.
#pragma once

#include <functional>
#include <string>

#include "common/expected.h"

namespace CLI {
class App;
}

namespace mcunas {

class StopToken;  // common/stop.h

// What a verb leaves for RunCommandLine: the action of the subcommand that the user chose.
struct Invocation {
  StopToken* stop = nullptr;    // set by Ctrl-C
  std::function<int()> action;  // returns the exit code
};

void AddSearchVerb(CLI::App& app, Invocation& invocation);
void AddResumeVerb(CLI::App& app, Invocation& invocation);
void AddTrainVerb(CLI::App& app, Invocation& invocation);
void AddSpaceVerb(CLI::App& app, Invocation& invocation);
void AddValidateVerb(CLI::App& app, Invocation& invocation);
void AddPlanVerb(CLI::App& app, Invocation& invocation);
void AddCompileVerb(CLI::App& app, Invocation& invocation);
void AddProfileVerb(CLI::App& app, Invocation& invocation);
void AddMeasureVerb(CLI::App& app, Invocation& invocation);
void AddReportVerb(CLI::App& app, Invocation& invocation);
void AddBoardsVerb(CLI::App& app, Invocation& invocation);
void AddListVerb(CLI::App& app, Invocation& invocation);
void AddDoctorVerb(CLI::App& app, Invocation& invocation);

// Prints "error: ..." to stderr and returns the exit code that belongs to it.
int ReportError(const Error& error);

}  // namespace mcunas
