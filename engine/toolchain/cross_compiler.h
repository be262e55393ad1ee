// arm-none-eabi-gcc as a function: sources in, objects and an ELF out, with a cache of objects.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/expected.h"
#include "memory_model/core.h"

namespace mcunas {

struct CrossCompiler {
  std::string program;                  // full path
  std::string version;                  // "12.2.1"
  std::vector<std::string> core_flags;  // -mcpu= ...
};

// kUnsupported with the install command where there is no compiler.
Expected<CrossCompiler> FindCrossCompiler(Core core);

// What is compiled for every image. Same flags for generated code and harness.
std::vector<std::string> CompileFlags(const CrossCompiler& compiler);

struct CompileUnit {
  std::filesystem::path source;  // absolute
  std::filesystem::path object;  // absolute
  // Text that changes whenever the object would: source, headers, special flags. Empty: not worth a
  // place in the cache, because no other image has this file.
  std::string identity;
  std::vector<std::string> flags;  // beside CompileFlags
};

// Compiles all units, two at a time. An object whose identity is in `cache_folder` is copied from
// there instead. kUnsupported with the compiler's first messages where something does not compile.
Expected<void> CompileAll(const CrossCompiler& compiler, const std::vector<CompileUnit>& units,
                          const std::filesystem::path& cache_folder);

struct LinkRequest {
  std::vector<std::filesystem::path> objects;
  std::filesystem::path script;
  std::filesystem::path script_folder;  // where INCLUDE looks
  std::filesystem::path elf;
  std::filesystem::path map;
};

// kInfeasible where a memory region overflows: the message names the region and by how many bytes.
Expected<void> Link(const CrossCompiler& compiler, const LinkRequest& request);

// Region name -> bytes too many, from what the linker printed. Empty where nothing overflows.
std::map<std::string, int64_t> ParseOverflow(const std::string& linker_output);

// The text of `name` and of every file of `files` that it includes, directly or not, in a fixed
// order.
std::string TextWithIncludes(const std::string& name,
                             const std::map<std::string, std::string>& files);

}  // namespace mcunas
