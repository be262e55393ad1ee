// NetworkToJson: one operator per line, in the style of the published operator lists.
#include <nlohmann/json.hpp>
#include <string>

#include "network/network_json.h"

namespace mcunas {
namespace {

std::string ShapeText(const Shape& s) {
  return std::string("[") + std::to_string(s.height) + ", " + std::to_string(s.width) + ", " +
         std::to_string(s.channels) + "]";
}

std::string Number(const char* key, int value) {
  return std::string(", \"") + key + "\": " + std::to_string(value);
}

std::string OperatorText(const Operator& op, int index) {
  std::string text = std::string("{\"op\": \"") + OpName(op.kind) +
                     "\", \"in_shape\": " + ShapeText(op.in) +
                     ", \"out_shape\": " + ShapeText(op.out);
  const bool window = HasWindow(op.kind);
  if (window || op.kernel != 1) text += Number("kernel", op.kernel);
  if (window || op.stride != 1) text += Number("stride", op.stride);
  if (op.padding != (window ? (op.kernel - 1) / 2 : 0)) text += Number("padding", op.padding);
  if (!op.inputs.empty() && op.inputs[0] != index - 1) text += Number("input_from", op.inputs[0]);
  if (op.inputs.size() > 1) text += Number("residual_from", op.inputs[1]);
  if (op.activation != Activation::kNone)
    text += std::string(", \"activation\": \"") + ActivationName(op.activation) + "\"";
  return text + "}";
}

// A name may hold any bytes; broken UTF-8 is replaced instead of thrown at.
std::string Quote(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string NetworkToJson(const Network& network) {
  std::string text = "{\"name\": " + Quote(network.name) +
                     ", \"input\": " + ShapeText(network.input) + ", \"ops\": [";
  for (size_t i = 0; i < network.operators.size(); ++i) {
    text += i ? ",\n " : "\n ";
    text += OperatorText(network.operators[i], static_cast<int>(i));
  }
  return text + "\n]}\n";
}

}  // namespace mcunas
