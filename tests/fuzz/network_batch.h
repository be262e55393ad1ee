// Many generated networks in one shared object: compiling is what a fuzzer of plans spends its time
// on.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "engine/codegen/emit_c.h"

namespace mcunas {

class NetworkBatch {
 public:
  // `sources` have different names. Kernels are compiled once per folder and used again.
  static Expected<NetworkBatch> Build(const std::vector<GeneratedSources>& sources,
                                      const std::string& folder);
  NetworkBatch(NetworkBatch&&) noexcept;
  NetworkBatch& operator=(NetworkBatch&&) noexcept;
  ~NetworkBatch();

  // One inference of network `index` in an arena of exactly its size that held garbage before, with
  // guards around arena and output. Error: a guard was hit, or the code refused its buffers.
  Expected<std::vector<int8_t>> Run(size_t index, std::span<const int8_t> input,
                                    uint8_t garbage) const;

 private:
  struct Impl;
  explicit NetworkBatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mcunas
