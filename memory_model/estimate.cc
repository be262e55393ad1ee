#include <array>
#include <vector>

#include "memory_model/live_bound.h"
#include "memory_model/memory_model.h"

namespace mcunas {

Bytes EstimatePeak(const Network& network) {
  const size_t tensors = network.operators.size() + 1;
  const int64_t scratch = NetworkScratchBytes(network);
  std::array<TensorFacts, 129> small;
  if (tensors <= small.size())
    return Bytes(ComputeLiveBound(network, std::span(small).first(tensors)).bytes + scratch);
  std::vector<TensorFacts> large(tensors);
  return Bytes(ComputeLiveBound(network, large).bytes + scratch);
}

}  // namespace mcunas
