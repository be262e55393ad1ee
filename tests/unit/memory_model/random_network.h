// Small random networks for property tests: chains and residuals, odd sizes, kernels 1/3/5/7,
// strides, non-square maps, pools, adds of every liveness.
#pragma once

#include "common/random.h"
#include "network/network_builder.h"

namespace mcunas {

inline int RandomOperator(RandomStream* random, NetworkBuilder* b, int from) {
  static const std::vector<int> kKernels = {1, 3, 5, 7};
  const int channels = static_cast<int>(random->Between(1, 9));
  const int stride = static_cast<int>(random->Between(1, 2));
  switch (random->Below(6)) {
    case 0:
      return b->Conv(from, channels, Extent(random->Pick(kKernels)), Extent(stride),
                     Activation::kRelu);
    case 1:
    case 2:
      return b->Pointwise(from, channels, Activation::kRelu6);
    case 3:
    case 4:
      return b->Depthwise(from, Extent(random->Pick(kKernels)), Extent(stride), Activation::kNone);
    default: {
      const Shape in = b->shape(from);
      const int kernel = static_cast<int>(random->Between(1, 3));
      const bool fits = in.height + 2 * ((kernel - 1) / 2) >= kernel &&
                        in.width + 2 * ((kernel - 1) / 2) >= kernel;
      return b->AveragePool(from, Extent(fits ? kernel : 1), Extent(stride));
    }
  }
}

// Adds `tensor` to any earlier tensor of its shape, now and then to itself.
inline int RandomAdd(RandomStream* random, NetworkBuilder* b, int tensor) {
  std::vector<int> partners = {tensor};
  for (int t = kNetworkInput; t < tensor; ++t)
    if (b->shape(t) == b->shape(tensor)) partners.push_back(t);
  const int partner = random->Pick(partners);
  return random->Chance(0.5) ? b->Add(tensor, partner) : b->Add(partner, tensor);
}

struct RandomNetworkOptions {
  int max_operators = 12;
  double residual = 0.3;   // chance of an add after an operator; 0 gives chains
  double side_read = 0.1;  // chance that an operator reads an older tensor
};

inline Network RandomNetwork(RandomStream* random, const RandomNetworkOptions& options) {
  const Shape input{static_cast<int>(random->Between(1, 21)),
                    static_cast<int>(random->Between(1, 21)),
                    static_cast<int>(random->Between(1, 5))};
  NetworkBuilder b("random", input);
  const int count = static_cast<int>(random->Between(1, options.max_operators));
  while (b.last() + 1 < count) {
    int from = b.last();
    if (options.side_read > 0 && random->Chance(options.side_read))
      from = static_cast<int>(random->Between(kNetworkInput, b.last()));
    const int made = RandomOperator(random, &b, from);
    if (options.residual > 0 && random->Chance(options.residual)) RandomAdd(random, &b, made);
  }
  if (random->Chance(0.3)) b.GlobalAveragePool(b.last());
  if (random->Chance(0.3)) b.FullyConnected(b.last(), static_cast<int>(random->Between(1, 20)));
  return std::move(b).Finish();
}

}  // namespace mcunas
