// MODEL on the command line: a network description (JSON), a .tflite file, or the hash of a
// candidate of a run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/expected.h"
#include "network/quantized_network.h"

namespace mcunas {

struct Model {
  Network network;
  std::optional<QuantizedNetwork> quantized;  // where the file has weights
  std::string file;
};

// `model` names a file, or is the beginning (six hexadecimal digits or more) of the hash of a
// candidate under runs/*/candidates/ of the folder `runs`. A file is told by its content, not by
// its name. kNotFound, kUsage (ambiguous), kCorrupt or kUnsupported with one clear sentence that
// names the operator at fault. VerifyNetwork holds for what it returns. `rounding`: whose bytes the
// network reproduces. `weights`: of a candidate read the .tflite rather than the description.
Expected<Model> ReadModel(const std::string& model, const std::filesystem::path& runs = "runs",
                          RoundingMode rounding = RoundingMode::kTflite, bool weights = false);

}  // namespace mcunas
