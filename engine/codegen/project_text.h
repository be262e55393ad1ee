// The files around the program: header, CMake project, toolchain file, host example, README.
#pragma once

#include <string>
#include <vector>

namespace mcunas {

struct GenerationInput;  // engine/codegen/generation_input.h

// NET.h: everything a caller needs to know, in macros and comments.
std::string HeaderText(const GenerationInput& input);
// sources: .c files of the library.
std::string CMakeText(const GenerationInput& input, const std::vector<std::string>& sources);
std::string ToolchainText();
std::string ExampleText(const GenerationInput& input);
std::string ReadmeText(const GenerationInput& input);

}  // namespace mcunas
