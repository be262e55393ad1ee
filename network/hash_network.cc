// A text of its own, so that changing what people read never changes an identity.
#include "network/hash_network.h"

#include <string>

namespace mcunas {
namespace {

// Of the canonical encoding; frozen, whatever happens to the enum.
int HashCode(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return 0;
    case Activation::kRelu:
      return 1;
    case Activation::kRelu6:
      return 2;
    case Activation::kReluN1To1:
      return 3;
  }
  return -1;
}

void AppendNumber(int64_t value, std::string* text) {
  text->append(std::to_string(value));
  text->push_back(',');
}

void AppendShape(const Shape& s, std::string* text) {
  AppendNumber(s.height, text);
  AppendNumber(s.width, text);
  AppendNumber(s.channels, text);
}

void AppendCorner(const Corner& c, std::string* text) {
  AppendNumber(c.row, text);
  AppendNumber(c.column, text);
  AppendNumber(c.channel, text);
}

void AppendExtent(Extent e, std::string* text) {
  AppendNumber(e.height, text);
  AppendNumber(e.width, text);
}

// Three numbers where they say everything, as in the first version of this encoding; otherwise -1,
// which is no kernel, and all of them.
void AppendWindow(const Operator& op, std::string* text) {
  if (op.kernel.square() && op.stride.square() && op.padding.even() && op.dilation == 1) {
    AppendNumber(op.kernel.height, text);
    AppendNumber(op.stride.height, text);
    AppendNumber(op.padding.top, text);
    return;
  }
  AppendNumber(-1, text);
  AppendExtent(op.kernel, text);
  AppendExtent(op.stride, text);
  AppendExtent(op.dilation, text);
  for (int side : {op.padding.top, op.padding.left, op.padding.bottom, op.padding.right})
    AppendNumber(side, text);
}

}  // namespace

Hash128 NetworkHash(const Network& network) {
  std::string text = "mcunas-network-1;";
  AppendShape(network.input, &text);
  for (const Operator& op : network.operators) {
    text.push_back(';');
    AppendNumber(TraitsOf(op.kind).hash_code, &text);
    AppendNumber(static_cast<int64_t>(op.inputs.size()), &text);
    for (int tensor : op.inputs) AppendNumber(tensor, &text);
    AppendShape(op.in, &text);
    AppendShape(op.out, &text);
    AppendWindow(op, &text);
    AppendNumber(HashCode(op.activation), &text);
    if (op.constants != 0) AppendNumber(op.constants, &text);
    if (op.reversed) AppendNumber(-1, &text);
    if (op.kind == OpKind::kSlice) AppendCorner(op.corner, &text);
    if (op.sampling != Sampling::kPlain) AppendNumber(static_cast<int>(op.sampling), &text);
    // Negative, as no number of constants is.
    if (op.weight_bits != 8) AppendNumber(-op.weight_bits, &text);
  }
  if (!network.inputs.empty()) {
    text += ";inputs,";
    for (int tensor : network.inputs) AppendNumber(tensor, &text);
  }
  if (NamesOutputs(network)) {
    text += ";outputs,";
    for (int tensor : network.outputs) AppendNumber(tensor, &text);
  }
  return HashBytes(text);
}

}  // namespace mcunas
