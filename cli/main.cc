#include "cli/command_line.h"
#include "common/stop.h"

int main(int argc, char** argv) {
  static mcunas::StopToken stop;  // signal handlers need an address that outlives main
  mcunas::StopOnSignals(&stop);
  return mcunas::RunCommandLine({argv + 1, argv + argc}, &stop);
}
