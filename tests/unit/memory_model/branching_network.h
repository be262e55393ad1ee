// Random branching networks for tests: DAGs of any kind, feature pyramids, cells.
#pragma once

#include <algorithm>
#include <vector>

#include "common/random.h"
#include "network/network_builder.h"

namespace mcunas {

// Joins `tensors`, all of one height and width, by adds after convolutions to `channels`.
inline int JoinAll(NetworkBuilder* b, const std::vector<int>& tensors, int channels) {
  int joined = -2;
  for (int tensor : tensors) {
    const int lateral = b->shape(tensor).channels == channels
                            ? tensor
                            : b->Pointwise(tensor, channels, Activation::kNone);
    joined = joined == -2 ? lateral : b->Add(joined, lateral);
  }
  return joined;
}

// `operators` operators, any tensor read at any distance; some tensors are never read. Half of the
// networks name their outputs, up to three of them.
inline Network RandomDag(RandomStream* random, int operators) {
  NetworkBuilder b("dag", {static_cast<int>(random->Between(1, 4)), 3, 2});
  while (b.last() + 1 < operators) {
    const int from = static_cast<int>(random->Between(kNetworkInput, b.last()));
    const int channels = static_cast<int>(random->Between(1, 12));
    std::vector<int> partners;
    for (int t = kNetworkInput; t <= b.last(); ++t)
      if (b.shape(t) == b.shape(from)) partners.push_back(t);
    if (random->Chance(0.4)) {
      random->Chance(0.7) ? b.Add(from, random->Pick(partners))
                          : b.Concatenation({from, random->Pick(partners)});
    } else if (random->Chance(0.2)) {
      b.Logistic(from);
    } else {
      b.Pointwise(from, channels, Activation::kNone);
    }
  }
  if (random->Chance(0.5)) {
    std::vector<int> outputs;
    for (int k = 0; k < 3; ++k) {
      const int output = static_cast<int>(random->Between(0, b.last()));
      if (std::find(outputs.begin(), outputs.end(), output) == outputs.end())
        outputs.push_back(output);
    }
    b.SetOutputs(outputs);
  }
  return std::move(b).Finish();
}

// A backbone of inverted bottlenecks with residuals whose stages are read by a top-down pathway of
// equal size and by heads of several operators each; all is joined in the end.
inline Network RandomPyramid(RandomStream* random, int stages) {
  NetworkBuilder b("pyramid", {16, 16, 3});
  std::vector<int> taps;
  int last = b.Conv(kNetworkInput, 8, {3, 3}, {1, 1}, Activation::kRelu6);
  for (int stage = 0; stage < stages; ++stage) {
    const int blocks = static_cast<int>(random->Between(1, 3));
    for (int block = 0; block < blocks; ++block) {
      const int in = last;
      const int middle = static_cast<int>(random->Between(2, 48));
      last = b.Depthwise(b.Pointwise(in, middle, Activation::kRelu6), {3, 3}, {1, 1},
                         Activation::kRelu6);
      const bool residual = block > 0 && random->Chance(0.7);
      const int out = residual ? b.shape(in).channels : static_cast<int>(random->Between(4, 40));
      last = b.Pointwise(last, out, Activation::kNone);
      if (residual) last = b.Add(last, in);
    }
    taps.push_back(last);
  }
  const int width = static_cast<int>(random->Between(4, 16));
  std::vector<int> heads;
  int pathway = -2;
  for (size_t i = taps.size(); i-- > 0;) {
    const int lateral = b.Pointwise(taps[i], width, Activation::kNone);
    pathway = pathway == -2 ? lateral : b.Add(pathway, lateral);
    int head = pathway;
    const int depth = static_cast<int>(random->Between(1, 3));
    for (int k = 0; k < depth; ++k)
      head = b.Pointwise(head, static_cast<int>(random->Between(1, 24)), Activation::kRelu);
    heads.push_back(head);
  }
  JoinAll(&b, heads, 2);
  return std::move(b).Finish();
}

// One tensor read by many different branches that sums join one by one.
inline Network RandomFan(RandomStream* random, int branches) {
  NetworkBuilder b("fan", {8, 8, 4});
  const int source =
      b.Pointwise(kNetworkInput, static_cast<int>(random->Between(1, 64)), Activation::kRelu);
  std::vector<int> ends;
  for (int i = 0; i < branches; ++i) {
    int last = source;
    const int depth = static_cast<int>(random->Between(1, 3));
    for (int k = 0; k < depth; ++k)
      last = b.Pointwise(last, static_cast<int>(random->Between(1, 64)), Activation::kRelu);
    ends.push_back(b.Pointwise(last, 8, Activation::kNone));
  }
  JoinAll(&b, ends, 8);
  return std::move(b).Finish();
}

// Cells in which every node reads one or two earlier nodes of the cell; all nodes are joined.
inline Network RandomCells(RandomStream* random, int cells, int nodes) {
  NetworkBuilder b("cells", {8, 8, 4});
  int last = b.Conv(kNetworkInput, 8, {3, 3}, {1, 1}, Activation::kRelu);
  for (int cell = 0; cell < cells; ++cell) {
    std::vector<int> made = {last};
    for (int node = 0; node < nodes; ++node) {
      const int from = random->Pick(made);
      int tensor = b.Pointwise(from, static_cast<int>(random->Between(1, 64)), Activation::kRelu);
      if (random->Chance(0.5)) tensor = b.Depthwise(tensor, {3, 3}, {1, 1}, Activation::kRelu);
      tensor = b.Pointwise(tensor, 8, Activation::kNone);
      made.push_back(random->Chance(0.6) ? b.Add(tensor, random->Pick(made)) : tensor);
      if (b.shape(made.back()) != b.shape(last)) made.pop_back();
    }
    last = JoinAll(&b, made, 8);
  }
  return std::move(b).Finish();
}

}  // namespace mcunas
