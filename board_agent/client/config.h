// BenchConfig: the `bench:` section of experiments - which agents measure, and how.
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct BenchConfig {
  std::vector<std::string> agents = {"http://127.0.0.1:8801"};
  std::vector<std::string> boards = {"qemu-m7"};  // classes of boards that finalists run on
  int64_t repetitions = 20;
  double timeout_s = 60;   // of one attempt on a board
  std::string token_file;  // file with the agents' Bearer token; empty: none is sent
};

void Describe(ConfigVisitor& visitor, BenchConfig& bench);

// The Bearer token in `path`, without blanks around it; empty where `path` is empty. kNotFound or
// kIo where it cannot be read, kUsage where it holds nothing.
Expected<std::string> ReadTokenFile(const std::string& path);

}  // namespace mcunas
