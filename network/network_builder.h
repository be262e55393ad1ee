// Builds a Network operator by operator, with shapes and padding derived.
#pragma once

#include <string>
#include <utility>

#include "network/network.h"

namespace mcunas {

class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, Shape input);

  // Each appends one operator that reads `from` (an earlier tensor or kNetworkInput) and returns
  // the new tensor's id. Padding is (kernel - 1) / 2. Illegal arguments are caught by
  // VerifyNetwork, not here.
  int Conv(int from, int out_channels, int kernel, int stride, Activation activation);
  int Pointwise(int from, int out_channels, Activation activation);
  int Depthwise(int from, int kernel, int stride, Activation activation);
  int Add(int first, int second, Activation activation = Activation::kNone);
  int AveragePool(int from, int kernel, int stride);
  int GlobalAveragePool(int from);
  int FullyConnected(int from, int outputs, Activation activation = Activation::kNone);

  int last() const { return static_cast<int>(network_.operators.size()) - 1; }
  Shape shape(int tensor) const { return network_.tensor_shape(tensor); }
  // The finished network; VerifyNetwork holds for every sequence of legal calls.
  Network Finish() && { return std::move(network_); }

 private:
  int Append(Operator op, int from);
  Network network_;
};

}  // namespace mcunas
