#include "supernet/data/data_files.h"

#include <filesystem>
#include <string>

#include "nas/space/task_shape.h"
#include "supernet/data/cifar10.h"
#include "supernet/data/fashion_mnist.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr int kFewestClasses = 2;
constexpr const char* kFolders =
    " (data.root needs train/ and test/, each with one folder of PNG or JPEG files per class)";

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Error Missing(const fs::path& path, const std::string& hint) {
  return {ErrorCode::kNotFound, path.string() + " does not exist" + hint};
}

Expected<int> CountClasses(const fs::path& folder) {
  if (!Exists(folder)) return Missing(folder, kFolders);
  int classes = 0;
  std::error_code failed, no_target;  // of a link in a circle
  for (const auto& entry : fs::directory_iterator(folder, failed))
    classes += entry.is_directory(no_target);
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
  if (config.kind == DataKind::kCifar10) return CheckCifar10(config.root);
  if (config.kind == DataKind::kFashionMnist) return CheckFashionMnist(config.root);
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
