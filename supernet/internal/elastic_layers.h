// ElasticLayers: the weights of the largest network, and which slice of them every sub-network
// uses.
//
// Which layers there are and which of them an architecture has, nas/space says by LayerTag: blocks
// of different kinds at one place have weights of their own. A sub-network takes the first channels
// of every tensor, the first hidden channels of every expansion, the centre of every kernel and the
// first blocks of every stage (Yu et al. 2019, Cai et al. 2020). All parameters live in one flat
// buffer, so that the optimiser, the moving average and the checkpoint are each a few operations on
// one tensor.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

#include "nas/space/layer_tag.h"
#include "nas/space/tagged_network.h"
#include "nas/space/task_shape.h"
#include "network/operator_kinds.h"

namespace mcunas {

struct LargestLayer;  // nas/space/largest_layers.h
struct SpaceConfig;   // nas/space/space_config.h

struct Parameter {
  std::string name;            // "s1.b0.expand.weight"
  std::vector<int64_t> shape;  // conv [O,k,k,I], pointwise [O,I], depthwise [k,k,C], fc [O,I]
  int64_t offset = 0;          // in the flat buffer
  int64_t elements = 0;
};

// Indices into parameters(); -1 where a layer has none.
struct ElasticLayer {
  std::string name;
  OpKind kind = OpKind::kConv;
  int weight = -1;
  int gamma = -1;               // batch norm; squeeze, excite and classifier have none
  int beta = -1;                // or the bias of those
  std::vector<int> transforms;  // k -> k - 2, largest first; empty without kernel_transform
};

// The part of a layer that one sub-network uses.
struct LayerSlice {
  at::Tensor weight;
  at::Tensor gamma;  // undefined where there is no batch norm
  at::Tensor beta;
};

class ElasticLayers {
 public:
  ElasticLayers(const SpaceConfig& space, const TaskShape& task, bool kernel_transform);

  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::vector<ElasticLayer>& layers() const { return layers_; }
  int64_t total() const { return total_; }
  // Weight decay applies to the first decayed() elements of the flat buffer: weights, but neither
  // batch norm nor biases nor transforms.
  int64_t decayed() const { return decayed_; }

  // Random weights from named streams; gamma 1, beta 0, transforms identity. CPU float.
  at::Tensor Initial(uint64_t seed) const;
  // One view per parameter into a flat buffer.
  std::vector<at::Tensor> Views(const at::Tensor& flat) const;

  // For every operator of a network of this space and task: the layer it belongs to, or -1.
  std::vector<int> LayersOf(const TaggedNetwork& tagged) const;
  // Differentiable slices aligned with its operators; undefined tensors without weights.
  std::vector<LayerSlice> Slices(const TaggedNetwork& tagged,
                                 const std::vector<at::Tensor>& views) const;

 private:
  void AddLayer(const LargestLayer& largest, bool kernel_transform);
  int AddParameter(const std::string& name, const std::vector<int64_t>& shape);
  void PlaceParameters();

  std::vector<Parameter> parameters_;
  std::vector<ElasticLayer> layers_;
  std::map<LayerTag, int> layer_of_;  // index into layers_
  int64_t total_ = 0;
  int64_t decayed_ = 0;
};

}  // namespace mcunas
