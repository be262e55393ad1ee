#include "supernet/internal/host_tensors.h"

namespace mcunas {

std::vector<float> ToVector(const at::Tensor& tensor) {
  const at::Tensor host = tensor.detach().to(at::kCPU).to(at::kFloat).contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

at::Tensor ToTensor(const std::vector<float>& values, at::IntArrayRef shape, at::Device device) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).clone().to(device);
}

}  // namespace mcunas
