// Float tensors as vectors of the host, and back.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace mcunas {

// The elements, last axis fastest, wherever the tensor lies and whatever it is made of.
std::vector<float> ToVector(const at::Tensor& tensor);
// A copy. Pre-condition: as many values as the shape has elements.
at::Tensor ToTensor(const std::vector<float>& values, at::IntArrayRef shape, at::Device device);

}  // namespace mcunas
