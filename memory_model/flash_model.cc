#include "memory_model/flash_model.h"

#include <set>

#include "memory_model/overlap.h"

namespace mcunas {

Bytes OperatorConstantBytes(const Operator& op) {
  const int64_t channels = OperatorBiases(op);
  return kParameterBytes + Bytes(8 * channels + RoundUp(channels, 4));
}

Bytes CodeBytesEstimate(const Network& network) {
  std::set<OpKind> kinds;
  for (const Operator& op : network.operators) kinds.insert(op.kind);
  return kBaseCodeBytes + kKernelCodeBytes * static_cast<int64_t>(kinds.size());
}

}  // namespace mcunas
