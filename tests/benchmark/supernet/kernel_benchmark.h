// Times the fused layers, one by one, against ATen's operators; part of supernet_benchmark.
#pragma once

namespace mcunas {

// Layers of the CIFAR-10 experiment with their batch norm and activation, a batch of 128, one
// thread: products per second of processor time forward and back, and the share of a large sgemm's.
// JSON on stdout.
void PrintKernelTimes();

}  // namespace mcunas
