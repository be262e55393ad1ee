// nlohmann-json throws; everything it throws ends here.
#include "network/json_read.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/index.h"
#include "common/text.h"
#include "network/json_write.h"
#include "network/verify.h"

namespace mcunas {
namespace {

using nlohmann::json;

constexpr Sampling kSamplings[] = {Sampling::kPlain, Sampling::kCorners, Sampling::kCentres};

// The error that stops reading; thrown inside this file only and caught at its door.
struct Failure {
  ErrorCode code;
  std::string message;
};

[[noreturn]] void Fail(const std::string& message, ErrorCode code = ErrorCode::kCorrupt) {
  throw Failure{code, message};
}

// "line 3, column 7" of a byte position, both from 1.
std::string Place(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  size_t line = 1;
  size_t column = 1;
  for (char c : before) {
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n';
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

constexpr int kMaxDepth = 16;  // the format needs 3; printing a value in a message is recursive

// nlohmann-json keeps the last of two equal keys in silence; we refuse them.
class DuplicateKeys {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kMaxDepth) Fail("nested too deeply");
    const size_t level = Index(depth);
    if (event == json::parse_event_t::object_start) {
      if (seen_.size() <= level + 1) seen_.resize(level + 2);
      seen_[level + 1].clear();
    } else if (event == json::parse_event_t::key) {
      std::vector<std::string>& keys = seen_[level];
      const std::string key = parsed.get<std::string>();
      if (std::find(keys.begin(), keys.end(), key) != keys.end())
        Fail("the key \"" + key + "\" stands twice in one object");
      keys.push_back(key);
    }
    return true;
  }

 private:
  std::vector<std::vector<std::string>> seen_;  // keys of the open object of each depth
};

json Parse(std::string_view text) {
  try {
    DuplicateKeys duplicates;
    return json::parse(text.begin(), text.end(),
                       [&](int depth, json::parse_event_t event, json& parsed) {
                         return duplicates(depth, event, parsed);
                       });
  } catch (const json::parse_error& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what": keep the what.
    std::string what = e.what();
    const size_t colon = what.find(": ");
    if (colon != std::string::npos) what = what.substr(colon + 2);
    Fail(Place(text, e.byte == 0 ? 0 : e.byte - 1) + ": not valid JSON: " + what);
  }
}

void CheckKeys(const json& object, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = NearestName(key, known);
    if (!nearest.empty()) Fail("unknown key \"" + key + "\"; did you mean \"" + nearest + "\"?");
  }
}

const json& Field(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) Fail(std::string("misses \"") + key + "\"");
  return *found;
}

int ToInt(const json& value, const std::string& what) {
  if (!value.is_number_integer()) Fail(what + " must be an integer, found " + value.dump());
  const bool fits = value.is_number_unsigned()
                        ? value.get<uint64_t>() <= std::numeric_limits<int32_t>::max()
                        : value.get<int64_t>() >= std::numeric_limits<int32_t>::min() &&
                              value.get<int64_t>() <= std::numeric_limits<int32_t>::max();
  if (!fits) Fail(what + " " + value.dump() + " does not fit 32 bits");
  return value.get<int>();
}

int IntOr(const json& object, const char* key, int fallback) {
  const auto found = object.find(key);
  return found == object.end() ? fallback : ToInt(*found, std::string("\"") + key + "\"");
}

bool BoolOr(const json& object, const char* key, bool fallback) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  if (!found->is_boolean())
    Fail(std::string("\"") + key + "\" must be true or false, found " + found->dump());
  return found->get<bool>();
}

std::string Quoted(const char* key) { return std::string("\"") + key + "\""; }

std::vector<int> ToInts(const json& value, const std::string& what) {
  if (!value.is_array()) Fail(what + " must be a list of integers, found " + value.dump());
  std::vector<int> result;
  for (const json& entry : value) result.push_back(ToInt(entry, what));
  return result;
}

// A number, or [height, width]; 1 where there is none.
Extent ToExtent(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_array()) return Extent(ToInt(*found, Quoted(key)));
  const std::vector<int> sides = ToInts(*found, Quoted(key));
  if (sides.size() != 2) Fail(Quoted(key) + " must be a number or [height, width]");
  return {sides[0], sides[1]};
}

// A number, or [top, left, bottom, right].
Padding PaddingOr(const json& object, Padding fallback) {
  const auto found = object.find("padding");
  if (found == object.end()) return fallback;
  if (!found->is_array()) return Padding(ToInt(*found, "\"padding\""));
  const std::vector<int> sides = ToInts(*found, "\"padding\"");
  if (sides.size() != 4) Fail("\"padding\" must be a number or [top, left, bottom, right]");
  return {sides[0], sides[1], sides[2], sides[3]};
}

std::string ToText(const json& value, const std::string& what) {
  if (!value.is_string()) Fail(what + " must be a text, found " + value.dump());
  return value.get<std::string>();
}

Shape ToShape(const json& object, const char* key) {
  const json& value = Field(object, key);
  const std::string what = std::string("\"") + key + "\"";
  if (!value.is_array() || value.size() != 3) Fail(what + " must be [height, width, channels]");
  return {ToInt(value[0], what), ToInt(value[1], what), ToInt(value[2], what)};
}

OpKind ToKind(const std::string& name) {
  if (const std::optional<OpKind> kind = FindOpKind(name)) return *kind;
  std::vector<std::string> names;
  for (const OperatorTraits& row : AllOperatorTraits()) names.push_back(row.name);
  const std::string nearest = NearestName(name, names);
  Fail("unknown operator \"" + name + "\"" +
           (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
           " (known: " + Join(names, ", ") + ")",
       ErrorCode::kUnsupported);
}

Activation ToActivation(const json& object) {
  const auto found = object.find("activation");
  if (found == object.end()) return Activation::kNone;
  const std::string name = ToText(*found, "\"activation\"");
  std::vector<std::string> names;
  for (Activation activation : kActivations) {
    if (name == ActivationName(activation)) return activation;
    names.push_back(ActivationName(activation));
  }
  Fail("unknown activation \"" + name + "\" (known: " + Join(names, ", ") + ")",
       ErrorCode::kUnsupported);
}

Sampling ToSampling(const json& object) {
  const auto found = object.find("sampling");
  if (found == object.end()) return Sampling::kPlain;
  const std::string name = ToText(*found, "\"sampling\"");
  for (Sampling sampling : kSamplings)
    if (name == SamplingName(sampling)) return sampling;
  Fail("unknown sampling \"" + name + "\" (known: plain, corners, centres)",
       ErrorCode::kUnsupported);
}

Corner ToCorner(const json& object) {
  const auto found = object.find("corner");
  if (found == object.end()) return {};
  const std::vector<int> place = ToInts(*found, "\"corner\"");
  if (place.size() != 3) Fail("\"corner\" must be [row, column, channel]");
  return {place[0], place[1], place[2]};
}

Padding CentredOrNone(const Operator& op) {
  if (!HasWindow(op.kind)) return {};
  // Sizes that the verifier refuses need no default.
  for (int size : {op.kernel.height, op.kernel.width, op.dilation.height, op.dilation.width})
    if (size < 1 || size > kMaxKernel) return {};
  return CentredPadding(op.kernel, op.dilation);
}

int CheckedOperand(int tensor, const char* key, int index) {
  if (tensor < kNetworkInput || tensor >= index)
    Fail(Quoted(key) + " " + std::to_string(tensor) +
         " is not an earlier operator (a cycle or a forward reference)");
  return tensor;
}

// Operand `key`, which must name an operator before `index` or the network input.
int Operand(const json& object, const char* key, int fallback, int index) {
  return CheckedOperand(IntOr(object, key, fallback), key, index);
}

std::vector<int> Operands(const json& object, OpKind kind, int index) {
  if (kind == OpKind::kConcatenation) {
    std::vector<int> tensors = ToInts(Field(object, "inputs_from"), "\"inputs_from\"");
    for (int tensor : tensors) CheckedOperand(tensor, "inputs_from", index);
    if (tensors.size() < 2) Fail("\"inputs_from\" must name two operators or more");
    return tensors;
  }
  std::vector<int> tensors = {Operand(object, "input_from", index - 1, index)};
  for (const char* key : {"residual_from", "factor_from", "other_from"}) {
    if (IsPairwise(kind) && std::string_view(SecondOperandKey(kind)) == key) {
      Field(object, key);
      tensors.push_back(Operand(object, key, 0, index));
    } else if (object.contains(key)) {
      Fail(std::string(OpName(kind)) + " has no " + Quoted(key));
    }
  }
  return tensors;
}

Operator ReadOperator(const json& object, const Network& network) {
  CheckKeys(object, {"op", "in_shape", "out_shape", "kernel", "stride", "padding", "dilation",
                     "residual_from", "factor_from", "other_from", "input_from", "inputs_from",
                     "constants", "reversed", "activation", "corner", "sampling", "weight_bits"});
  const int index = network.operator_count();
  Operator op;
  op.kind = ToKind(ToText(Field(object, "op"), "\"op\""));
  op.in = ToShape(object, "in_shape");
  op.out = ToShape(object, "out_shape");
  op.kernel = ToExtent(object, "kernel");
  op.stride = ToExtent(object, "stride");
  op.dilation = ToExtent(object, "dilation");
  op.padding = PaddingOr(object, CentredOrNone(op));
  op.constants = IntOr(object, "constants", 0);
  op.corner = ToCorner(object);
  op.sampling = ToSampling(object);
  op.weight_bits = IntOr(object, "weight_bits", 8);
  op.activation = ToActivation(object);
  op.inputs = Operands(object, op.kind, index);
  op.reversed = BoolOr(object, "reversed", false);
  op.broadcast = IsPairwise(op.kind) && network.tensor_shape(op.inputs[1]) != op.in;
  return op;
}

// `name` is the operator's kind where the file gives one, for the message.
std::string OperatorLabel(const json& object, size_t index) {
  std::string kind;
  if (object.is_object() && object.contains("op") && object["op"].is_string())
    kind = " (" + object["op"].get<std::string>() + ")";
  return "operator " + std::to_string(index) + kind + ": ";
}

Network Read(const json& root) {
  if (!root.is_object()) Fail("the file must hold one object {\"name\", \"input\", \"ops\"}");
  CheckKeys(root, {"name", "input", "ops", "inputs", "outputs"});
  Network network;
  if (root.contains("name")) network.name = ToText(root["name"], "\"name\"");
  network.input = ToShape(root, "input");
  const json& operators = Field(root, "ops");
  if (!operators.is_array()) Fail("\"ops\" must be a list");
  for (size_t i = 0; i < operators.size(); ++i) {
    try {
      if (!operators[i].is_object()) Fail("must be an object");
      network.operators.push_back(ReadOperator(operators[i], network));
    } catch (const Failure& failure) {
      Fail(OperatorLabel(operators[i], i) + failure.message, failure.code);
    }
  }
  if (root.contains("inputs")) {
    network.inputs = ToInts(root["inputs"], "\"inputs\"");
    if (network.inputs.empty()) Fail("\"inputs\" must name an operator");
  }
  if (root.contains("outputs")) {
    network.outputs = ToInts(root["outputs"], "\"outputs\"");
    if (network.outputs.empty()) Fail("\"outputs\" must name an operator");
  }
  return network;
}

}  // namespace

Expected<Network> NetworkFromJson(std::string_view text, const std::string& origin) {
  try {
    Network network = Read(Parse(text));
    const Expected<void> verified = VerifyNetwork(network);
    if (!verified) return verified.error().WithContext(origin);
    return network;
  } catch (const Failure& failure) {
    return Error{failure.code, origin + ": " + failure.message};
  } catch (const json::exception& e) {
    return Error{ErrorCode::kCorrupt, origin + ": " + e.what()};
  }
}

}  // namespace mcunas
