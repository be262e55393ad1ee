// A kernel of kernels/mcu_kernels.h as the code generator knows it.
#pragma once

#include <array>
#include <string>

namespace mcunas {

struct GenerationInput;
struct KernelParameters;

// What a parameter struct is called, and what it calls in its turn.
struct ParameterNames {
  std::string own;  // "op_5"
  // mcu_packed, mcu_with_constants: the kernel that does the work.
  const char* inner_kernel = nullptr;
  std::string inner;  // mcu_with_constants: the struct of that kernel
};

// "static const struct KIND NAME = {...};"
using ParameterWriter = std::string (*)(const GenerationInput& input, const KernelParameters& p,
                                        const ParameterNames& names);

struct Kernel {
  const char* name;  // C function
  // Of kernels/, beside those of every project; nullptr behind the last one.
  std::array<const char*, 4> files;
  ParameterWriter parameters;
  const char* header = nullptr;  // that declares it and its struct, where mcu_kernels.h does not
};

struct KernelChoice {
  const Kernel* kernel = nullptr;  // never nullptr
  // What mcu_unpack (weights of 4 bits) and mcu_apply_constants call in their turn; mostly nullptr.
  const Kernel* inner = nullptr;
  bool inner_has_struct = false;  // of its own: mcu_with_constants points at it
};

}  // namespace mcunas
