#include "supernet/load_supernet.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libmcunas_supernet.so";

// Where the object may lie, best first. An explicit choice is the only one.
std::vector<fs::path> Places() {
  const char* chosen = std::getenv("MCUNAS_SUPERNET_LIBRARY");
  if (chosen != nullptr && *chosen != '\0') return {chosen};
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<fs::path> places = {folder / kLibrary, folder.parent_path() / kLibrary};
  for (const char* lib : {"lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"}) {
    places.push_back(folder.parent_path() / lib / "mcunas" / kLibrary);
  }
  return places;
}

Error Unsupported(const std::string& why) {
  return {ErrorCode::kUnsupported,
          why +
              "; training needs LibTorch: run scripts/quickstart, or configure with "
              "-DMCUNAS_WITH_TORCH=ON and build the target mcunas_supernet"};
}

struct Library {
  std::string file;
  CreateSupernetFn create;
};

Expected<Library> OpenLibrary() {
  const auto found = FindSupernetLibrary();
  if (!found) return found.error();
  // OpenMP threads that spin while they wait stall each other on a busy machine. Read when the
  // library is loaded; the user's own choice stays.
  setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  // Never closed: LibTorch keeps threads and registries until the process ends.
  void* library = dlopen(found->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return Unsupported(*found + " cannot be loaded: " + (reason == nullptr ? "" : reason));
  }
  void* symbol = dlsym(library, kCreateSupernetSymbol);
  if (symbol == nullptr) return Unsupported(*found + ": not a supernet library");
  return Library{*found, reinterpret_cast<CreateSupernetFn>(symbol)};
}

}  // namespace

Expected<std::string> FindSupernetLibrary() {
  std::string searched;
  for (const fs::path& place : Places()) {
    std::error_code ignored;
    if (fs::exists(place, ignored)) return place.string();
    searched += (searched.empty() ? "" : ", ") + place.string();
  }
  return Unsupported("the supernet library was not found (looked for " + searched + ")");
}

Expected<std::string> CheckSupernetLibrary() {
  const auto library = OpenLibrary();
  if (!library) return library.error();
  return library->file;
}

Expected<std::unique_ptr<SupernetService>> LoadSupernet(const SupernetRequest& request) {
  const auto library = OpenLibrary();
  if (!library) return library.error();
  return library->create(request);
}

}  // namespace mcunas
