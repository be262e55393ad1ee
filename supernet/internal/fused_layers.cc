#include "supernet/internal/fused_layers.h"

namespace mcunas {
namespace {

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

int OutputSide(int side, int kernel, int stride, int padding) {
  return (side + 2 * padding - kernel) / stride + 1;
}

// Of the first dimension, in its order.
at::Tensor AddParts(const at::Tensor& partials) {
  at::Tensor total = partials[0].clone();
  for (int64_t part = 1; part < partials.size(0); ++part) total.add_(partials[part]);
  return total;
}

// Where a layer leaves the gradient of its input, and what it adds to.
class InputGradient {
 public:
  InputGradient(const LayerBackward& layer, const ImageParts& parts) : in_(layer.in) {
    if (layer.din == nullptr) return;
    const at::Tensor& before = layer.din->values;
    // In place where no other layer holds the same gradient.
    values_ = before.defined() && before.use_count() == 1 ? before : at::empty_like(in_.values);
    if (before.defined()) addend_ = before.data_ptr<float>();
    written_ = values_.data_ptr<float>();
    if (layer.last && in_.normalised) sums_ = GradientPartials(parts, in_.channels());
  }
  // From an element on; null where nobody wants it.
  float* at(int64_t element) const { return written_ == nullptr ? nullptr : written_ + element; }
  const float* addend(int64_t element) const {
    return addend_ == nullptr ? nullptr : addend_ + element;
  }
  GradientSums sums(int64_t part) const {
    return sums_.defined() ? GradientSumsOf(in_, RowsView(sums_), part) : GradientSums{};
  }
  MapGradient Take() { return {values_, sums_}; }

 private:
  const FeatureMap& in_;
  at::Tensor values_, sums_;
  float* written_ = nullptr;
  const float* addend_ = nullptr;
};

DepthwiseShape DepthwiseShapeOf(const Operator& op, const FeatureMap& in) {
  DepthwiseShape s;
  s.height = static_cast<int>(in.values.size(1));
  s.width = static_cast<int>(in.values.size(2));
  s.channels = in.channels();
  s.kernel = op.kernel.height;
  s.stride = op.stride.height;
  s.padding = op.padding.top;
  s.out_height = OutputSide(s.height, s.kernel, s.stride, s.padding);
  s.out_width = OutputSide(s.width, s.kernel, s.stride, s.padding);
  return s;
}

// work(part, image, first channel, scratch) for every image and block of channels.
template <typename Work>
void ForEachBlock(const DepthwiseShape& s, const ImageParts& parts, const Work& work) {
  parts.ForEach(Kernels().depthwise_scratch(s), [&](int64_t part, float* scratch) {
    for (int64_t i = 0; i < parts.size(part); ++i) {
      for (int channel = 0; channel < s.channels; channel += Kernels().lanes) {
        work(part, parts.first(part) + i, channel, scratch);
      }
    }
  });
}

LayerSums ForwardDepthwise(const Operator& op, const FeatureMap& in, const at::Tensor& weight) {
  const DepthwiseShape s = DepthwiseShapeOf(op, in);
  LayerSums out;
  out.values = at::empty({in.values.size(0), s.out_height, s.out_width, s.channels});
  const ImageParts parts(out.values);
  out.moments = MomentPartials(parts, s.channels);
  float* values = out.values.data_ptr<float>();
  const float* w = weight.data_ptr<float>();
  const LazyMap map = in.Lazy();
  const RowsView partials(out.moments);
  const int64_t in_size = in.image_size(), out_size = out.values.stride(0);
  ForEachBlock(s, parts, [&](int64_t part, int64_t image, int channel, float* scratch) {
    MomentSums moments = MomentsOf(partials, part);
    moments.first = image == parts.first(part);
    Kernels().depthwise_forward(
        {s, channel, At(map, image * in_size), w, values + image * out_size, moments, scratch});
  });
  return out;
}

// Partial sums [parts][blocks][k*k][lanes] -> [k,k,C].
at::Tensor FoldTaps(const DepthwiseShape& s, const at::Tensor& partials) {
  return AddParts(partials)
      .permute({1, 0, 2})
      .reshape({s.kernel, s.kernel, -1})
      .narrow(2, 0, s.channels)
      .contiguous();
}

at::Tensor BackwardDepthwise(const Operator& op, const at::Tensor& weight,
                             const LayerBackward& layer) {
  const DepthwiseShape s = DepthwiseShapeOf(op, layer.in);
  const ImageParts parts(layer.out.values);
  const int64_t lanes = Kernels().lanes, blocks = (s.channels + lanes - 1) / lanes;
  const at::Tensor taps = at::zeros({parts.count(), blocks, int64_t{s.kernel} * s.kernel, lanes});
  InputGradient din(layer, parts);
  const float* w = weight.data_ptr<float>();
  float* sums = taps.data_ptr<float>();
  const LazyMap in = layer.in.Lazy();
  const LazyGradient dout = layer.norm.Lazy(layer.out, layer.dout);
  const int64_t part_step = taps.stride(0), block_step = taps.stride(1);
  const int64_t in_size = layer.in.image_size(), out_size = layer.out.image_size();
  ForEachBlock(s, parts, [&](int64_t part, int64_t image, int channel, float* scratch) {
    const int64_t at = image * in_size;
    float* dweight = sums + part * part_step + channel / lanes * block_step;
    Kernels().depthwise_backward({s, channel, At(in, at), At(dout, image * out_size), w, dweight,
                                  din.at(at), din.addend(at), din.sums(part), scratch});
  });
  *layer.din = din.Take();
  return FoldTaps(s, taps);
}

// Of `images` images.
ProductShape ProductShapeOf(const Operator& op, const FeatureMap& in, int64_t images) {
  ProductShape s;
  s.height = static_cast<int>(in.values.size(1));
  s.width = static_cast<int>(in.values.size(2));
  s.kernel = op.kernel.height;
  s.stride = op.stride.height;
  s.padding = op.padding.top;
  s.out_height = OutputSide(s.height, s.kernel, s.stride, s.padding);
  s.out_width = OutputSide(s.width, s.kernel, s.stride, s.padding);
  s.inputs = s.kernel * s.kernel * in.channels();
  s.outputs = op.out.channels;
  s.rows = images * s.out_height * s.out_width;
  return s;
}

// Windows are cut from a map as it lies in memory where that is what readers see.
LazyMap ProductMap(const ProductShape& s, const FeatureMap& in) {
  LazyMap map = in.Lazy();
  if (in.plain && !s.pointwise()) map.scale = nullptr;
  return map;
}

// work(part, shape of the part, scratch).
template <typename Work>
void ForEachPart(const Operator& op, const FeatureMap& in, const ImageParts& parts,
                 const Work& work) {
  const int64_t floats = Kernels().product_scratch(ProductShapeOf(op, in, 1));
  parts.ForEach(floats, [&](int64_t part, float* scratch) {
    work(part, ProductShapeOf(op, in, parts.size(part)), scratch);
  });
}

at::Tensor Panels(const Matrix& matrix) {
  const int lanes = Kernels().lanes;
  at::Tensor panels = at::empty({matrix.depth * RoundUp(matrix.outputs, lanes)});
  PackPanels(matrix, lanes, panels.data_ptr<float>());
  return panels;
}

LayerSums ForwardProduct(const Operator& op, const FeatureMap& in, const at::Tensor& weight) {
  const ProductShape whole = ProductShapeOf(op, in, in.values.size(0));
  LayerSums out;
  out.values = at::empty({in.values.size(0), whole.out_height, whole.out_width, whole.outputs});
  const ImageParts parts(out.values);
  out.moments = MomentPartials(parts, whole.outputs);
  const at::Tensor panels =
      Panels({weight.data_ptr<float>(), whole.inputs, whole.outputs, 1, whole.inputs});
  float* values = out.values.data_ptr<float>();
  const int64_t out_size = out.values.stride(0);
  ForEachPart(op, in, parts, [&](int64_t part, const ProductShape& s, float* scratch) {
    MomentSums moments = MomentsOf(RowsView(out.moments), part);
    moments.first = true;
    const int64_t first = parts.first(part);
    const LazyMap map = At(ProductMap(whole, in), first * in.image_size());
    Kernels().product_forward(
        {s, map, panels.data_ptr<float>(), values + first * out_size, moments, scratch});
  });
  return out;
}

at::Tensor BackwardProduct(const Operator& op, const at::Tensor& weight,
                           const LayerBackward& layer) {
  const ProductShape whole = ProductShapeOf(op, layer.in, layer.in.values.size(0));
  const ImageParts parts(layer.out.values);
  const at::Tensor dweight = at::zeros({parts.count(), RoundUp(whole.outputs, Kernels().tile_rows),
                                        RoundUp(whole.inputs, Kernels().lanes)});
  InputGradient din(layer, parts);
  const at::Tensor panels =
      Panels({weight.data_ptr<float>(), whole.outputs, whole.inputs, whole.inputs, 1});
  float* sums = dweight.data_ptr<float>();
  const LazyGradient dout = layer.norm.Lazy(layer.out, layer.dout);
  ForEachPart(op, layer.in, parts, [&](int64_t part, const ProductShape& s, float* scratch) {
    const int64_t first = parts.first(part), at = first * layer.in.image_size();
    Kernels().product_backward({s, At(ProductMap(whole, layer.in), at),
                                At(dout, first * layer.out.image_size()), panels.data_ptr<float>(),
                                sums + part * dweight.stride(0), din.at(at), din.addend(at),
                                din.sums(part), scratch});
  });
  if (layer.din != nullptr) *layer.din = din.Take();
  return AddParts(dweight)
      .narrow(0, 0, whole.outputs)
      .narrow(1, 0, whole.inputs)
      .reshape(weight.sizes());
}

}  // namespace

bool HasFusedLayer(const Operator& op) {
  const int kernel = op.kernel.height;
  const bool alike = op.kernel.square() && op.stride.square() && op.padding.even();
  switch (op.kind) {
    case OpKind::kConv:
    case OpKind::kPointwise:
      return alike;
    case OpKind::kFullyConnected:
      return op.in.height == 1 && op.in.width == 1;
    case OpKind::kDepthwise:
      return alike && (kernel == 3 || kernel == 5 || kernel == 7) && op.stride.height <= 2 &&
             op.in.channels == op.out.channels && op.inputs != std::vector<int>{kNetworkInput};
    default:
      return false;
  }
}

LayerSums FusedForward(const Operator& op, const FeatureMap& in, const at::Tensor& weight) {
  return op.kind == OpKind::kDepthwise ? ForwardDepthwise(op, in, weight)
                                       : ForwardProduct(op, in, weight);
}

at::Tensor FusedBackward(const Operator& op, const at::Tensor& weight, const LayerBackward& layer) {
  return op.kind == OpKind::kDepthwise ? BackwardDepthwise(op, weight, layer)
                                       : BackwardProduct(op, weight, layer);
}

}  // namespace mcunas
