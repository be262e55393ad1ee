// A user's folder, and the command line called in it as if it had been typed there.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "common/file.h"
#include "engine/quantize/random_network.h"
#include "engine/tflite/write_tflite.h"
#include "network/hash_network.h"
#include "network/json_write.h"
#include "network/network_builder.h"

namespace mcunas {

// What a call of the program said.
struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

class UsersFolder : public ::testing::Test {
 protected:
  UsersFolder() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "mcunas-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::current_path(folder_);
  }
  ~UsersFolder() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  static Said Run(const std::vector<std::string>& arguments) {
    StopToken stop;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Said said;
    said.code = RunCommandLine(arguments, &stop);
    said.err = testing::internal::GetCapturedStderr();
    said.out = testing::internal::GetCapturedStdout();
    return said;
  }

  static void Write(const std::string& file, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(file, text));
  }

  // [8, 8, 3] -> conv -> depthwise -> 4 classes.
  static Network SmallNetwork() {
    NetworkBuilder b("small", {8, 8, 3});
    const int conv = b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu6);
    const int depthwise = b.Depthwise(conv, {3, 3}, {1, 1}, Activation::kRelu6);
    b.FullyConnected(b.GlobalAveragePool(depthwise), 4);
    return std::move(b).Finish();
  }

  static QuantizedNetwork SmallModel() {
    return RandomQuantizedNetwork(SmallNetwork(), 1, RoundingMode::kTflite);
  }

  static void WriteModel(const std::string& file) {
    ASSERT_TRUE(WriteBytesAtomically(file, WriteTflite(SmallModel())));
  }

  // Folders and files here, sorted.
  static std::vector<std::string> Here() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("."))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::filesystem::path folder_;

 private:
  std::filesystem::path before_;
};

// The least that an experiment file must say, with a task that needs no data and no boards.
inline std::string SmallExperiment() {
  return "version: 1\n"
         "name: small\n"
         "target: {board: nucleo-f446re}\n"
         "evaluate: {latency: model}\n";
}

}  // namespace mcunas
