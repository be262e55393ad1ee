// One operator per line, in the style of the published operator lists.
#include "network/json_write.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mcunas {
namespace {

std::string ListText(const std::vector<int>& values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

std::string ShapeList(const Shape& s) { return ListText({s.height, s.width, s.channels}); }

std::string Number(const char* key, int64_t value) {
  return std::string(", \"") + key + "\": " + std::to_string(value);
}

std::string ExtentText(const char* key, Extent e) {
  if (e.square()) return Number(key, e.height);
  return std::string(", \"") + key + "\": " + ListText({e.height, e.width});
}

std::string PaddingText(const Padding& p) {
  if (p.even()) return Number("padding", p.top);
  return std::string(", \"padding\": ") + ListText({p.top, p.left, p.bottom, p.right});
}

std::string WindowText(const Operator& op) {
  const bool window = HasWindow(op.kind) || op.kind == OpKind::kTransposeConv;
  std::string text;
  if (window || op.kernel != 1) text += ExtentText("kernel", op.kernel);
  if (window || op.stride != 1) text += ExtentText("stride", op.stride);
  if (op.dilation != 1) text += ExtentText("dilation", op.dilation);
  const Padding usual = HasWindow(op.kind) ? CentredPadding(op.kernel, op.dilation) : Padding();
  if (op.padding != usual) text += PaddingText(op.padding);
  return text;
}

std::string OperandsText(const Operator& op, int index) {
  if (op.kind == OpKind::kConcatenation)
    return std::string(", \"inputs_from\": ") + ListText(op.inputs);
  std::string text;
  if (!op.inputs.empty() && op.inputs[0] != index - 1) text += Number("input_from", op.inputs[0]);
  if (op.inputs.size() > 1) text += Number(SecondOperandKey(op.kind), op.inputs[1]);
  return text;
}

std::string OperatorText(const Operator& op, int index) {
  std::string text = std::string("{\"op\": \"") + OpName(op.kind) +
                     "\", \"in_shape\": " + ShapeList(op.in) +
                     ", \"out_shape\": " + ShapeList(op.out);
  text += WindowText(op);
  text += OperandsText(op, index);
  if (op.constants != 0) text += Number("constants", op.constants);
  if (op.reversed) text += ", \"reversed\": true";
  if (!(op.corner == Corner{}))
    text += std::string(", \"corner\": ") +
            ListText({op.corner.row, op.corner.column, op.corner.channel});
  if (op.sampling != Sampling::kPlain)
    text += std::string(", \"sampling\": \"") + SamplingName(op.sampling) + "\"";
  if (op.weight_bits != 8) text += Number("weight_bits", op.weight_bits);
  if (op.activation != Activation::kNone)
    text += std::string(", \"activation\": \"") + ActivationName(op.activation) + "\"";
  return text + "}";
}

// A name may hold any bytes; broken UTF-8 is replaced instead of thrown at.
std::string Quote(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

const char* SecondOperandKey(OpKind kind) {
  if (kind == OpKind::kAdd) return "residual_from";
  return kind == OpKind::kMultiply ? "factor_from" : "other_from";
}

std::string NetworkToJson(const Network& network) {
  std::string text = "{\"name\": " + Quote(network.name) +
                     ", \"input\": " + ShapeList(network.input) + ", \"ops\": [";
  for (size_t i = 0; i < network.operators.size(); ++i) {
    text += i ? ",\n " : "\n ";
    text += OperatorText(network.operators[i], static_cast<int>(i));
  }
  text += "\n]";
  if (!network.inputs.empty()) text += ", \"inputs\": " + ListText(network.inputs);
  if (!network.outputs.empty()) text += ", \"outputs\": " + ListText(network.outputs);
  return text + "}\n";
}

}  // namespace mcunas
