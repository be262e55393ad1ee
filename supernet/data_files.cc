#include "supernet/data_files.h"

#include <array>
#include <filesystem>
#include <span>
#include <string>

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr int kFewestClasses = 2;
constexpr const char* kFolders =
    " (data.root needs train/ and test/, each with one folder of PNG or JPEG files per class)";

constexpr std::array kCifar10 = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                 "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
constexpr std::array kFashionMnist = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Error Missing(const fs::path& path, const std::string& hint) {
  return {ErrorCode::kNotFound, path.string() + " does not exist" + hint};
}

// Each plain or packed, as ReadMaybeCompressed takes them.
Expected<void> FindFiles(const fs::path& root, std::span<const char* const> names) {
  for (const char* name : names) {
    const std::string file = (root / name).string();
    if (!Exists(file) && !Exists(file + ".xz") && !Exists(file + ".gz"))
      return Missing(file, ", nor with .xz or .gz (see data.root)");
  }
  return {};
}

Expected<int> CountClasses(const fs::path& folder) {
  if (!Exists(folder)) return Missing(folder, kFolders);
  int classes = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) classes += entry.is_directory();
  if (failed)
    return Error{ErrorCode::kNotFound,
                 "cannot look into " + folder.string() + ": " + failed.message()};
  return classes;
}

Expected<int> TrainingClasses(const fs::path& root) {
  const auto classes = CountClasses(root / "train");
  if (!classes || *classes >= kFewestClasses) return classes;
  return Error{ErrorCode::kNotFound,
               (root / "train").string() +
                   ": needs one folder of PNG or JPEG files per class, at least two"};
}

Expected<void> CheckImageFolders(const fs::path& root) {
  if (const auto classes = TrainingClasses(root); !classes) return classes.error();
  const auto tested = CountClasses(root / "test");
  if (!tested) return tested.error();
  if (*tested > 0) return {};
  return Error{ErrorCode::kNotFound, (root / "test").string() + ": has no class folders"};
}

}  // namespace

Expected<void> CheckDataFiles(const DataConfig& config) {
  if (config.kind == DataKind::kSynthetic) return {};
  if (!Exists(config.root)) return Missing(config.root, " (data.root)");
  if (config.kind == DataKind::kCifar10) return FindFiles(config.root, kCifar10);
  if (config.kind == DataKind::kFashionMnist) return FindFiles(config.root, kFashionMnist);
  return CheckImageFolders(config.root);
}

Expected<TaskShape> TaskShapeOf(const DataConfig& config) {
  TaskShape task;
  if (config.kind == DataKind::kFashionMnist) task.image_channels = 1;
  if (config.kind != DataKind::kImageFolder) return task;
  const auto classes = TrainingClasses(config.root);
  if (!classes) return classes.error();
  task.classes = *classes;
  return task;
}

}  // namespace mcunas
