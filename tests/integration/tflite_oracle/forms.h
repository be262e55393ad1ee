// Small .tflite models of forms that our writer does not write but the reader reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mcunas {

struct FormModel {
  std::string name;
  std::vector<uint8_t> bytes;
};

// Always the same ones. All of them are read, and loaded by any TFLite interpreter.
std::vector<FormModel> FormModels();

}  // namespace mcunas
