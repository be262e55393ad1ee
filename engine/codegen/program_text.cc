#include "engine/codegen/program_text.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "engine/codegen/text_format.h"
#include "engine/quantize/requantization.h"

namespace mcunas {
namespace {

// "  -12,34,...": lines of at most 100 columns.
template <typename T>
std::string Numbers(const std::vector<T>& values) {
  std::string text, line = " ";
  for (const T value : values) {
    const std::string number = " " + std::to_string(value) + ",";
    if (line.size() + number.size() > 100) {
      text += line + "\n";
      line = " ";
    }
    line += number;
  }
  return text + line + "\n";
}

template <typename T>
std::string Table(const char* type, const std::string& name, const std::vector<T>& values) {
  return Format("_Alignas(4) const %s %s[%zu] = {\n", type, name.c_str(), values.size()) +
         Numbers(values) + "};\n";
}

std::string TableName(const GenerationInput& input, const char* what, size_t op) {
  return Format("%s_%s_%zu", input.lower.c_str(), what, op);
}

const char* KernelName(OpKind kind) {
  switch (kind) {
    case OpKind::kConv:
      return "mcu_conv_row";
    case OpKind::kPointwise:
      return "mcu_pointwise_row";
    case OpKind::kDepthwise:
      return "mcu_depthwise_row";
    case OpKind::kAdd:
      return "mcu_add_row";
    case OpKind::kAveragePool:
      return "mcu_average_pool_row";
    case OpKind::kGlobalAveragePool:
      return "mcu_global_average_pool_row";
    case OpKind::kFullyConnected:
      break;
  }
  return "mcu_fully_connected_row";
}

const char* RoundingText(mcu_rounding rounding) {
  switch (rounding) {
    case MCU_ROUND_DOUBLE:
      return "MCU_ROUND_DOUBLE";
    case MCU_ROUND_SINGLE:
      return "MCU_ROUND_SINGLE";
    case MCU_ROUND_DOUBLE_FAST:
      break;
  }
  return "MCU_ROUND_DOUBLE_FAST";
}

// Fully connected sees its input as one long pixel.
std::string WindowText(const Operator& op) {
  Shape in = op.in;
  if (op.kind == OpKind::kFullyConnected) in = {1, 1, static_cast<int>(op.in.elements())};
  return Format("{%d, %d, %d, %d, %d, %d, %d}", in.width, in.channels, op.out.width,
                op.out.channels, op.kernel, op.stride, op.padding);
}

std::string WeightedText(const GenerationInput& input, size_t i, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  return Format(
      "static const struct mcu_weighted op_%zu = {\n    %s, %d, %s,\n    {%s, %s, %s, %d, "
      "%d, %d, %s}};\n",
      i, WindowText(op).c_str(), q.tensor(op.inputs[0]).zero_point,
      TableName(input, "weights", i).c_str(), TableName(input, "bias", i).c_str(),
      TableName(input, "multiplier", i).c_str(), TableName(input, "shift", i).c_str(),
      q.parameters[i].output.zero_point, clamp.low, clamp.high,
      RoundingText(input.constants[i].rounding));
}

std::string FactorText(FoldedFactor factor) {
  return Format("{%d, %d}", factor.multiplier, factor.right_shift);
}

std::string AdditionText(const GenerationInput& input, size_t i, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  const FoldedAddition add = FoldAddition(q, static_cast<int>(i));
  return Format(
      "static const struct mcu_addition op_%zu = {\n    %lld, %d, %d, %d, %s, %s, %s, %d, "
      "%d, %s};\n",
      i, static_cast<long long>(op.out.row_elements()), q.tensor(op.inputs[0]).zero_point,
      q.tensor(op.inputs[1]).zero_point, q.parameters[i].output.zero_point,
      FactorText(add.first).c_str(), FactorText(add.second).c_str(), FactorText(add.output).c_str(),
      clamp.low, clamp.high, RoundingText(add.rounding));
}

std::string ParametersText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, input.network.parameters[i].output);
  if (op.kind == OpKind::kAdd) return AdditionText(input, i, clamp);
  if (OperatorWeights(op) > 0) return WeightedText(input, i, clamp);
  return Format("static const struct mcu_pooling op_%zu = {%s, %d, %d};\n", i,
                WindowText(op).c_str(), clamp.low, clamp.high);
}

// Rows that output row y needs end at y * stride + reach.
std::string StepText(const Operator& op, size_t i) {
  int stride = 1, reach = 1;
  if (HasWindow(op.kind)) {
    stride = op.stride;
    reach = op.kernel - op.padding;
  } else if (op.kind != OpKind::kAdd) {
    stride = 0;
    reach = op.in.height;
  }
  const int second = op.inputs.size() > 1 ? op.inputs[1] + 1 : -1;
  return Format("    {%s, &op_%zu, {%d, %d}, %d, %d},\n", KernelName(op.kind), i, op.inputs[0] + 1,
                second, stride, reach);
}

std::string TablesText(const GenerationInput& input) {
  const Network& network = input.network.network;
  std::string text;
  for (size_t i = 0; i < network.operators.size(); ++i) text += ParametersText(input, i);
  text += "\nstatic const struct mcu_step steps[] = {\n";
  for (size_t i = 0; i < network.operators.size(); ++i) text += StepText(network.operators[i], i);
  text += "};\n\nstatic const struct mcu_placement placements[] = {\n";
  for (size_t t = 0; t < input.plan.tensors.size(); ++t) {
    const TensorPlacement& p = input.plan.tensors[t];
    text += Format("    {%lld, %lld, %d, %d},\n", static_cast<long long>(p.offset),
                   static_cast<long long>(p.row_bytes), p.ring_rows,
                   network.tensor_shape(static_cast<int>(t) - 1).height);
  }
  text += "};\n\nstatic const struct mcu_group groups[] = {";
  for (const PlanGroup& group : input.plan.groups)
    text += Format("{%d, %d}, ", group.first, group.last);
  text += "};\n\n";
  text +=
      Format("static const struct mcu_program program = {steps, placements, groups, %zu, %lld};\n",
             input.plan.groups.size(), static_cast<long long>(input.plan.arena.value));
  return text;
}

constexpr char kRunText[] = R"(
int @name@_run_profiled(void *arena, const int8_t *input, int8_t *output, @name@_profile_hook hook,
                        void *user) {
  int8_t *bytes = arena;
  int16_t rows_done[@longest@];
  if (arena == NULL || input == NULL || output == NULL || (uintptr_t)arena % 4 != 0) return 1;
  if (input != bytes + @NAME@_INPUT_OFFSET) {
    memcpy(bytes + @NAME@_INPUT_OFFSET, input, @NAME@_INPUT_BYTES);
  }
  mcu_run(&program, bytes, rows_done, hook, user);
  memcpy(output, bytes + @output@, @NAME@_OUTPUT_BYTES);
  return 0;
}

int @name@_run(void *arena, const int8_t *input, int8_t *output) {
  return @name@_run_profiled(arena, input, output, NULL, NULL);
}
)";

}  // namespace

int LongestGroup(const ExecutionPlan& plan) {
  int longest = 1;
  for (const PlanGroup& group : plan.groups) longest = std::max(longest, group.last - group.first);
  return longest;
}

std::string WeightsHeaderText(const GenerationInput& input) {
  std::string text =
      "/* Constant tables, one set per operator with weights. Order: mcu_kernels.h. */\n";
  text += Format("#ifndef %s_WEIGHTS_H\n#define %s_WEIGHTS_H\n\n#include <stdint.h>\n\n",
                 input.upper.c_str(), input.upper.c_str());
  for (size_t i = 0; i < input.constants.size(); ++i) {
    const FoldedConstants& c = input.constants[i];
    if (c.weights.empty()) continue;
    text += Format("extern const int8_t %s[%zu];\n", TableName(input, "weights", i).c_str(),
                   c.weights.size());
    text += Format("extern const int32_t %s[%zu];\n", TableName(input, "bias", i).c_str(),
                   c.bias.size());
    text += Format("extern const int32_t %s[%zu];\n", TableName(input, "multiplier", i).c_str(),
                   c.bias.size());
    text += Format("extern const int8_t %s[%zu];\n", TableName(input, "shift", i).c_str(),
                   c.bias.size());
  }
  return text + "\n#endif\n";
}

std::string WeightsSourceText(const GenerationInput& input) {
  std::string text = "#include \"" + input.lower + "_weights.h\"\n";
  for (size_t i = 0; i < input.constants.size(); ++i) {
    const FoldedConstants& c = input.constants[i];
    if (c.weights.empty()) continue;
    text +=
        Format("\n/* operator %zu: %s */\n", i, OpName(input.network.network.operators[i].kind));
    text += Table("int8_t", TableName(input, "weights", i), c.weights);
    text += Table("int32_t", TableName(input, "bias", i), c.bias);
    text += Table("int32_t", TableName(input, "multiplier", i), c.multiplier);
    text += Table("int8_t", TableName(input, "shift", i), c.right_shift);
  }
  return text;
}

std::string ProgramText(const GenerationInput& input) {
  std::string text =
      Format("#include \"%s.h\"\n\n#include \"%s_weights.h\"\n#include \"mcu_run.h\"\n\n",
             input.lower.c_str(), input.lower.c_str());
  text += TablesText(input);
  const std::string output = std::to_string(input.plan.tensors.back().offset);
  return text + Fill(kRunText, {{"name", input.lower},
                                {"NAME", input.upper},
                                {"longest", std::to_string(LongestGroup(input.plan))},
                                {"output", output}});
}

}  // namespace mcunas
