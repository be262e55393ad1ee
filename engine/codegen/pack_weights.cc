#include "engine/codegen/pack_weights.h"

#include <algorithm>
#include <span>

#include "common/check.h"
#include "memory_model/scratch.h"

namespace mcunas {
namespace {

// Words of eight values: four low halves, four high ones, zeros behind the last value.
void AppendWords(std::span<const int8_t> values, std::vector<int8_t>* packed) {
  const auto half = [&](size_t i) {
    const int value = i < values.size() ? values[i] : 0;
    MCUNAS_CHECK(value >= -8 && value <= 7, "a weight of 4 bits is outside [-8, 7]");
    return value & 15;
  };
  for (size_t i = 0; i < values.size(); i += 8) {
    for (size_t k = i; k < i + 4; ++k)
      packed->push_back(static_cast<int8_t>(half(k) | half(k + 4) << 4));
  }
}

// Channels in fours, then in twos; per four inputs four values of each.
std::vector<int8_t> PackConnected(const std::vector<int8_t>& rows, size_t channels) {
  const size_t depth = rows.size() / channels;
  std::vector<int8_t> packed, values;
  for (size_t c = 0; c < channels;) {
    const size_t together = channels - c >= 4 ? 4 : 2;
    values.clear();
    for (size_t d = 0; d < depth; d += 4) {
      for (size_t i = c; i < c + together; ++i) {
        for (size_t k = d; k < d + 4; ++k)
          values.push_back(i < channels && k < depth ? rows[i * depth + k] : int8_t{0});
      }
    }
    AppendWords(values, &packed);
    c += together;
  }
  return packed;
}

}  // namespace

PackedBlock PackedBlockOf(const Operator& op) {
  const mcu_scratch_shape shape = ScratchShape(op);
  return {mcu_block_channels(KernelKind(op.kind), &shape),
          mcu_channel_values(KernelKind(op.kind), &shape)};
}

std::vector<int8_t> PackWeights(const Operator& op, const std::vector<int8_t>& rows,
                                const std::vector<int8_t>& ordered) {
  const size_t channels = static_cast<size_t>(op.out.channels);
  if (op.kind == OpKind::kFullyConnected) return PackConnected(rows, channels);
  const PackedBlock block = PackedBlockOf(op);
  const size_t step = static_cast<size_t>(block.channels) * static_cast<size_t>(block.values);
  MCUNAS_CHECK(step > 0 && ordered.size() == channels * static_cast<size_t>(block.values),
               "weights of 4 bits that the kernels cannot unpack");
  std::vector<int8_t> packed;
  for (size_t first = 0; first < ordered.size(); first += step) {
    const size_t size = std::min(step, ordered.size() - first);
    AppendWords(std::span(ordered).subspan(first, size), &packed);
  }
  return packed;
}

}  // namespace mcunas
