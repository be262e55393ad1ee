// Generated C, compiled for this machine and loaded: the code of the board, run over whole test
// sets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/emit_c.h"

namespace mcunas {

class HostNetwork {
 public:
  // Compiles with the host C compiler (-Wall -Wextra -Werror) in `work_folder` and loads the
  // result. optimisation: whole test sets run through this; the bytes do not depend on it. The
  // Error carries the compiler's output.
  static Expected<HostNetwork> Build(const GeneratedSources& sources,
                                     const std::string& work_folder,
                                     const std::string& optimisation = "-O3");

  HostNetwork(HostNetwork&&) noexcept;
  HostNetwork& operator=(HostNetwork&&) noexcept;
  ~HostNetwork();

  size_t output_bytes() const;

  // One inference. Thread rule: may be called from several threads at once; each call has its own
  // arena.
  std::vector<int8_t> Run(std::span<const int8_t> input) const;

  // The same through net_run_profiled: hook(op, arena) right after operator `op`, in longer groups
  // after each of its segments. Pre-condition: one memory region.
  using OperatorHook = std::function<void(int op, const int8_t* arena)>;
  std::vector<int8_t> RunProfiled(std::span<const int8_t> input, const OperatorHook& hook) const;

  // net_run_rows of generated code that streams its input: 0, or what read_row returned. output:
  // as many bytes as the network has. Pre-condition: the plan streams.
  int RunRows(int (*read_row)(void* user, int row, int8_t* destination), void* user,
              std::span<int8_t> output) const;

 private:
  struct Impl;
  explicit HostNetwork(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The outputs for consecutive inputs of `input_bytes` each, one after the other, raw. Uses
// `threads` threads; the result does not depend on how many.
std::vector<int8_t> RunAll(const HostNetwork& network, std::span<const int8_t> inputs,
                           int64_t input_bytes, int threads);

}  // namespace mcunas
