#include "engine/codegen/program_text.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "engine/codegen/pack_weights.h"
#include "engine/codegen/text_format.h"
#include "engine/quantize/requantization.h"
#include "network/resize.h"

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

const char* RoundingText(mcu_rounding rounding) {
  switch (rounding) {
    case MCU_ROUND_DOUBLE:
      return "MCU_ROUND_DOUBLE";
    case MCU_ROUND_SINGLE:
      return "MCU_ROUND_SINGLE";
    case MCU_ROUND_DOUBLE_FAST:
      return "MCU_ROUND_DOUBLE_FAST";
    case MCU_ROUND_RELU_FAST:
      return "MCU_ROUND_RELU_FAST";
    case MCU_ROUND_SINGLE_FAST:
      break;
  }
  return "MCU_ROUND_SINGLE_FAST";
}

// "5" or, of a run of channels, "5_2".
std::string ParameterLabel(const KernelParameters& p) {
  std::string label = std::to_string(p.op);
  if (p.tile >= 0) label += "_" + std::to_string(p.tile);
  return label;
}

std::string ReachText(int kernel, int stride, int before, int dilation) {
  return Format("{%d, %d, %d, %d}", kernel, stride, before, dilation);
}

// Fully connected sees its input as one long pixel.
std::string WindowText(const Operator& op, const KernelParameters& p) {
  if (op.kind == OpKind::kFullyConnected) {
    return Format("{1, %lld, %d, %d, {1, 1, 0, 1}, {1, 1, 0, 1}}",
                  static_cast<long long>(op.in.elements()), op.out.channels, op.out.channels);
  }
  int in_channels = op.in.channels, out_channels = op.out.channels;
  if (p.tile >= 0) {
    out_channels = p.slice.out_end - p.slice.out_begin;
    in_channels = op.kind == OpKind::kDepthwise ? out_channels : p.slice.in_end - p.slice.in_begin;
  }
  return Format(
      "{%d, %d, %d, %d, %s, %s}", op.in.width, in_channels, out_channels, out_channels,
      ReachText(op.kernel.height, op.stride.height, op.padding.top, op.dilation.height).c_str(),
      ReachText(op.kernel.width, op.stride.width, op.padding.left, op.dilation.width).c_str());
}

std::string WeightsName(const GenerationInput& input, const KernelParameters& p) {
  return input.lower + "_weights_" + ParameterLabel(p);
}

// Every table of weights, in order, once.
template <typename Visitor>
void ForEachWeights(const GenerationInput& input, Visitor visit) {
  for (const KernelParameters& p : input.tables.parameters) {
    const std::vector<int8_t>& whole = input.constants[static_cast<size_t>(p.op)].weights;
    if (whole.empty()) continue;
    visit(p, p.tile < 0 ? whole : SliceWeights(input.network, p.op, p.slice));
  }
}

// Tables of operators without weights: visit(type, name, values).
template <typename Visitor>
void ForEachOtherTable(const GenerationInput& input, size_t i, Visitor visit) {
  const int op = static_cast<int>(i);
  const std::vector<int8_t> lookup = LookupTable(input.network, op);
  if (!lookup.empty()) visit("int8_t", "lookup", lookup);
  const std::vector<int32_t> exponentials = ExponentialTable(input.network, op);
  if (!exponentials.empty()) visit("int32_t", "exponentials", exponentials);
  const Operator& described = input.network.network.operators[i];
  const std::vector<int16_t> rows = PickedRows(described), columns = PickedColumns(described);
  if (!rows.empty()) visit("int16_t", "rows", rows);
  if (!columns.empty()) visit("int16_t", "columns", columns);
  const std::vector<int8_t> constants = ConstantTable(input.network, op);
  if (!constants.empty()) visit("int8_t", "constants", constants);
}

std::string WeightedText(const GenerationInput& input, const KernelParameters& p, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = q.network.operators[i];
  // The tables of a run begin at its first output channel.
  const auto table = [&](const char* what) {
    const std::string name = TableName(input, what, i);
    const int begin = p.tile < 0 ? 0 : p.slice.out_begin;
    return begin == 0 ? name : name + " + " + std::to_string(begin);
  };
  const std::string weighted =
      Format("{\n    %s, %d, %s,\n    {%s, %s, %s, %d, %d, %d, %s}}", WindowText(op, p).c_str(),
             q.tensor(op.inputs[0]).zero_point, WeightsName(input, p).c_str(),
             p.adds_bias ? table("bias").c_str() : "NULL", table("multiplier").c_str(),
             table("shift").c_str(), q.parameters[i].output.zero_point, clamp.low, clamp.high,
             RoundingText(input.constants[i].rounding));
  const std::string label = ParameterLabel(p);
  if (op.weight_bits == 8 || op.kind == OpKind::kFullyConnected)
    return Format("static const struct mcu_weighted op_%s = %s;\n", label.c_str(),
                  weighted.c_str());
  const PackedBlock block = PackedBlockOf(op);
  return Format("static const struct mcu_packed op_%s = {%s,\n    %s, %d, %d, %d};\n",
                label.c_str(), weighted.c_str(), PackedKernelName(op), block.channels, block.values,
                op.kind == OpKind::kDepthwise ? op.out.channels / op.in.channels : 0);
}

std::string FactorText(FoldedFactor factor) {
  return Format("{%d, %d}", factor.multiplier, factor.right_shift);
}

// "struct mcu_addition NAME" of operator i.
std::string AdditionText(const GenerationInput& input, size_t i, const std::string& name) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, q.parameters[i].output);
  const FoldedAddition add = FoldAddition(q, static_cast<int>(i));
  return Format(
      "static const struct mcu_addition %s = {\n    %d, %d, %d, %d, %d, %d, %d, %d, %s, %s, %s,\n"
      "    %d, %d, %d};\n",
      name.c_str(), op.out.channels, q.tensor(op.inputs[0]).zero_point,
      SecondOperand(q, static_cast<int>(i)).zero_point, q.parameters[i].output.zero_point,
      clamp.low, clamp.high, add.first_sign, add.second_sign, FactorText(add.first).c_str(),
      FactorText(add.second).c_str(), FactorText(add.output).c_str(), add.first_slope,
      add.second_slope, add.offset);
}

std::string ProductText(const GenerationInput& input, size_t i, const std::string& name) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, q.parameters[i].output);
  const FoldedProduct product = FoldProduct(q, static_cast<int>(i));
  return Format("static const struct mcu_product %s = {\n    %d, %d, %d, %d, %d, %d, %s, %s};\n",
                name.c_str(), op.out.channels, q.tensor(op.inputs[0]).zero_point,
                SecondOperand(q, static_cast<int>(i)).zero_point, q.parameters[i].output.zero_point,
                clamp.low, clamp.high, RoundingText(product.rounding),
                FactorText(product.factor).c_str());
}

std::string ExtremumText(const GenerationInput& input, size_t i, const std::string& name) {
  const Operator& op = input.network.network.operators[i];
  const bool largest = op.kind == OpKind::kMaximum || op.kind == OpKind::kMaximumConstant;
  return Format("static const struct mcu_extremum %s = {%d, %d};\n", name.c_str(), op.out.channels,
                largest ? 1 : 0);
}

// Of operators on two, of tensors or with constants.
std::string PairText(const GenerationInput& input, size_t i, const std::string& name) {
  switch (input.network.network.operators[i].kind) {
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return ProductText(input, i, name);
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return ExtremumText(input, i, name);
    default:
      return AdditionText(input, i, name);
  }
}

const char* PairKernel(OpKind kind) {
  switch (kind) {
    case OpKind::kMultiplyConstant:
      return "mcu_multiply";
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      return "mcu_extreme";
    default:
      return "mcu_add";
  }
}

std::string LookupText(const GenerationInput& input, size_t i) {
  return Format("static const struct mcu_lookup op_%zu = {%d, %s};\n", i,
                input.network.network.operators[i].in.channels,
                TableName(input, "lookup", i).c_str());
}

// The constants as a map of one pixel or of all.
std::string ConstantsText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  const std::string inner = Format("inner_%zu", i);
  const bool whole = op.constants != op.in.channels;
  return PairText(input, i, inner) +
         Format(
             "static const struct mcu_with_constants op_%zu = {\n    %s, &%s, {%s, %d, %d, %d, "
             "%d, 0}};\n",
             i, PairKernel(op.kind), inner.c_str(), TableName(input, "constants", i).c_str(),
             op.in.channels, whole ? op.in.height * op.in.width : 1, whole ? op.in.width : 0,
             op.in.height);
}

std::string PoolingText(const GenerationInput& input, const KernelParameters& p, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = q.network.operators[i];
  const QuantizedParameters& parameters = q.parameters[i];
  const FoldedProduct mean = parameters.mean ? FoldMean(q, p.op) : FoldedProduct{};
  const char* arithmetic = !parameters.mean                         ? "MCU_DIVIDE"
                           : mean.rounding == MCU_ROUND_DOUBLE_FAST ? "MCU_MEAN_FAST"
                                                                    : "MCU_MEAN";
  return Format("static const struct mcu_pooling op_%zu = {\n    %s, %d, %d, %s, %d, %d, %s};\n", i,
                WindowText(op, p).c_str(), clamp.low, clamp.high, arithmetic,
                q.tensor(op.inputs[0]).zero_point, parameters.output.zero_point,
                FactorText(mean.factor).c_str());
}

std::string PlaceText(const ResizeAxis& axis) {
  const BilinearScale place = BilinearScaleOf(axis);
  return Format("{%d, %d}", place.scale, place.offset);
}

// Of slices, pads and bilinear resizes.
std::string GeometryText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  if (op.kind == OpKind::kSlice)
    return Format("static const struct mcu_slicing op_%zu = {%d, %d, %d, %d, %d, %d};\n", i,
                  op.out.channels, op.corner.channel, op.corner.row, op.corner.column,
                  op.stride.height, op.stride.width);
  if (op.kind == OpKind::kPad)
    return Format("static const struct mcu_framing op_%zu = {%d, %d, %d, %d, %d};\n", i,
                  op.in.channels, op.in.width, op.padding.top, op.padding.left,
                  input.network.tensor(op.inputs[0]).zero_point);
  return Format("static const struct mcu_bilinear op_%zu = {%d, %d, %s, %s};\n", i, op.in.channels,
                op.in.width, PlaceText(ResizeRows(op)).c_str(),
                PlaceText(ResizeColumns(op)).c_str());
}

// Of the kernels that only move bytes, and of softmax.
std::string CopyText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  switch (op.kind) {
    case OpKind::kResizeNearest:
      if (!ResizesEvenly(op))
        return Format("static const struct mcu_picking op_%zu = {%d, %s, %s};\n", i, op.in.channels,
                      TableName(input, "rows", i).c_str(), TableName(input, "columns", i).c_str());
      return Format("static const struct mcu_resizing op_%zu = {%d, %d, %d};\n", i, op.in.channels,
                    op.out.height / op.in.height, op.out.width / op.in.width);
    case OpKind::kConcatenation:
      return Format("static const struct mcu_concatenation op_%zu = {%zu};\n", i, op.inputs.size());
    case OpKind::kReshape:
      return Format("static const struct mcu_reshaping op_%zu = {%d, %d};\n", i, op.out.channels,
                    op.out.width);
    default:
      return Format("static const struct mcu_softmax_table op_%zu = {%d, %s};\n", i, op.in.channels,
                    TableName(input, "exponentials", i).c_str());
  }
}

std::string ParametersText(const GenerationInput& input, const KernelParameters& p) {
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = input.network.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, input.network.parameters[i].output);
  if (HasWeights(op.kind)) return WeightedText(input, p, clamp);
  if (IsFunctionOfByte(op)) return LookupText(input, i);
  if (HasConstants(op.kind)) return ConstantsText(input, i);
  if (IsPairwise(op.kind)) return PairText(input, i, Format("op_%zu", i));
  switch (op.kind) {
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
      return GeometryText(input, i);
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
      return PoolingText(input, p, clamp);
    default:
      return CopyText(input, i);
  }
}

std::string StepText(const ProgramTables& tables, const ProgramStep& s) {
  std::string kernel = "NULL, NULL";
  if (s.kernel != nullptr) {
    const KernelParameters& p = tables.parameters[static_cast<size_t>(s.parameters)];
    kernel = std::string(s.kernel) + ", &op_" + ParameterLabel(p);
  }
  return Format("    {%s, %d, %d, %d, %d, %d, %d, %d, %d, %d},\n", kernel.c_str(), s.operands,
                s.operand_count, s.output, s.scratch, s.height, s.width, s.limit, s.flags, s.op);
}

std::string AxisText(const ProgramAxis& axis) {
  return Format("{%d, %d, %d, %d}", axis.stride, axis.upscale, axis.first, axis.last);
}

// "static const struct mcu_<name> <name>s[] = {...};"
std::string ArrayText(const std::string& type, const std::string& name, const std::string& rows) {
  return "\nstatic const struct mcu_" + type + " " + name + "[] = {\n" + rows + "};\n";
}

std::string PlacementsText(const ProgramTables& tables) {
  std::string text;
  for (const ProgramPlacement& p : tables.placements) {
    text += Format("    {%lld, %lld, %lld, %d, %d, %d},\n", static_cast<long long>(p.offset),
                   static_cast<long long>(p.ring_pixels), static_cast<long long>(p.pixel_bytes),
                   p.width, p.height, p.region);
  }
  return ArrayText("placement", "placements", text);
}

std::string MovesText(const ProgramTables& tables) {
  std::string text;
  for (const ProgramMove& m : tables.moves) {
    text += Format("    {%lld, %lld, %lld, %d, %d},\n", static_cast<long long>(m.from),
                   static_cast<long long>(m.to), static_cast<long long>(m.bytes), m.from_region,
                   m.to_region);
  }
  return text.empty() ? "" : ArrayText("move", "moves", text);
}

std::string TablesText(const GenerationInput& input) {
  const ProgramTables& tables = input.tables;
  std::string text, steps, operands, accesses, groups;
  for (const KernelParameters& p : tables.parameters) text += ParametersText(input, p);
  for (const ProgramStep& step : tables.steps) steps += StepText(tables, step);
  for (const ProgramOperand& o : tables.operands)
    operands += Format("    {%d, %d, %d, %d},\n", o.placement, o.producer, o.access, o.tile);
  for (const ProgramAccess& a : tables.accesses)
    accesses += "    {" + AxisText(a.rows) + ", " + AxisText(a.columns) + "},\n";
  for (const ProgramGroup& g : tables.groups)
    groups += Format("    {%d, %d, %d, %d, %d},\n", g.first, g.last, g.strips, g.bands, g.moves);
  text += ArrayText("step", "steps", steps) + PlacementsText(tables);
  text += ArrayText("operand", "operands", operands) + ArrayText("access", "accesses", accesses);
  text += ArrayText("group", "groups", groups);
  text += MovesText(tables);
  return text + Format(
                    "\nstatic const struct mcu_program program = {steps, placements, operands, "
                    "accesses, groups, %s, %zu};\n",
                    tables.moves.empty() ? "NULL" : "moves", tables.groups.size());
}

constexpr char kCheckText[] = R"(
/* Null pointers and arenas that are not 4-byte aligned. */
static int refused(@arena@, const void *input, const int8_t *output) {
  if (@null@input == NULL || output == NULL) return 1;
@aligned@  return 0;
}
)";

constexpr char kResidentText[] = R"(
int @name@_run_profiled(@arena@, const int8_t *input, int8_t *output,
                        @name@_profile_hook hook, void *user) {
  struct mcu_progress progress[@longest@];
  if (refused(@arguments@, input, output)) return 1;
@regions@  const struct mcu_caller caller = {regions, progress, NULL, NULL, hook, user};
  int8_t *resident = (int8_t *)regions[@input_region@] + @NAME@_INPUT_OFFSET;
  if (input != resident) memcpy(resident, input, @NAME@_INPUT_BYTES);
  mcu_run(&program, &caller);
@copies@  return 0;
}
)";

constexpr char kStreamedText[] = R"(
static int run(@arena@, @name@_read_row read_row, void *row_user, int8_t *output,
               @name@_profile_hook hook, void *user) {
  struct mcu_progress progress[@longest@];
@regions@  const struct mcu_caller caller = {regions, progress, read_row, row_user, hook, user};
  const int failed = mcu_run(&program, &caller);
  if (failed != 0) return failed;
@copies@  return 0;
}

int @name@_run_rows(@arena@, @name@_read_row read_row, void *user, int8_t *output) {
  if (read_row == NULL || refused(@arguments@, output, output)) return 1;
  return run(@arguments@, read_row, user, output, NULL, NULL);
}

/* user: where the pointer to the whole input stands. */
static int copy_row(void *user, int row, int8_t *destination) {
  const int8_t *const *input = user;
  memcpy(destination, *input + row * @NAME@_INPUT_ROW_BYTES, @NAME@_INPUT_ROW_BYTES);
  return 0;
}

int @name@_run_profiled(@arena@, const int8_t *input, int8_t *output,
                        @name@_profile_hook hook, void *user) {
  if (refused(@arguments@, input, output)) return 1;
  return run(@arguments@, copy_row, &input, output, hook, user);
}
)";

constexpr char kRunText[] = R"(
int @name@_run(@arena@, const int8_t *input, int8_t *output) {
  return @name@_run_profiled(@arguments@, input, output, NULL, NULL);
}
)";

// The parts of the texts that depend on the number of memory regions.
std::map<std::string, std::string> RunValues(const GenerationInput& input) {
  const ProgramTables& tables = input.tables;
  const ProgramPlacement& in = tables.placements[static_cast<size_t>(tables.input)];
  std::string copies;
  int64_t next = 0;
  for (int at : tables.outputs) {
    const ProgramPlacement& p = tables.placements[static_cast<size_t>(at)];
    const long long bytes = p.ring_pixels * p.pixel_bytes;
    copies +=
        Format("  memcpy(output + %lld, (int8_t *)regions[%d] + %lld, %lld);\n",
               static_cast<long long>(next), p.region, static_cast<long long>(p.offset), bytes);
    next += bytes;
  }
  std::map<std::string, std::string> values = {
      {"name", input.lower},
      {"NAME", input.upper},
      {"longest", std::to_string(tables.LongestGroup())},
      {"copies", copies},
      {"input_region", std::to_string(in.region)},
      {"arena", ArenaParameter(input)},
      {"arguments", "arena"},
      {"regions", "  void *const regions[] = {arena};\n"},
      {"null", "arena == NULL || "},
      {"aligned", "  if ((uintptr_t)arena % 4 != 0) return 1;\n"}};
  if (input.regions() == 1) return values;
  values["arguments"] = "arenas";
  values["regions"] = "  void *const *regions = arenas;\n";
  values["null"] = "arenas == NULL || ";
  values["aligned"] = "";
  for (int i = 0; i < input.regions(); ++i) {
    // A region that nothing lies in needs no memory.
    if (i > 0 && input.plan.more_regions[static_cast<size_t>(i - 1)].value == 0) continue;
    values["aligned"] +=
        Format("  if (arenas[%d] == NULL || (uintptr_t)arenas[%d] %% 4 != 0) return 1;\n", i, i);
  }
  return values;
}

}  // namespace

std::string ArenaParameter(const GenerationInput& input) {
  return input.regions() == 1 ? "void *arena" : "void *const arenas[]";
}

std::string WeightsHeaderText(const GenerationInput& input) {
  std::string text =
      "/* Constant tables, one set per operator that has any. Order: mcu_kernels.h. */\n";
  text += Format("#ifndef %s_WEIGHTS_H\n#define %s_WEIGHTS_H\n\n#include <stdint.h>\n\n",
                 input.upper.c_str(), input.upper.c_str());
  ForEachWeights(input, [&](const KernelParameters& p, const std::vector<int8_t>& weights) {
    text += Format("extern const int8_t %s[%zu];\n", WeightsName(input, p).c_str(), weights.size());
  });
  for (size_t i = 0; i < input.constants.size(); ++i) {
    const FoldedConstants& c = input.constants[i];
    if (c.weights.empty()) continue;
    text += Format("extern const int32_t %s[%zu];\n", TableName(input, "bias", i).c_str(),
                   c.bias.size());
    text += Format("extern const int32_t %s[%zu];\n", TableName(input, "multiplier", i).c_str(),
                   c.bias.size());
    text += Format("extern const int8_t %s[%zu];\n", TableName(input, "shift", i).c_str(),
                   c.bias.size());
  }
  for (size_t i = 0; i < input.constants.size(); ++i) {
    ForEachOtherTable(input, i, [&](const char* type, const char* what, const auto& values) {
      text += Format("extern const %s %s[%zu];\n", type, TableName(input, what, i).c_str(),
                     values.size());
    });
  }
  return text + "\n#endif\n";
}

std::string WeightsSourceText(const GenerationInput& input) {
  std::string text = "#include \"" + input.lower + "_weights.h\"\n";
  ForEachWeights(input, [&](const KernelParameters& p, const std::vector<int8_t>& weights) {
    const Operator& op = input.network.network.operators[static_cast<size_t>(p.op)];
    text += Format("\n/* operator %d: %s */\n", p.op, OpName(op.kind));
    text += Table("int8_t", WeightsName(input, p), weights);
  });
  for (size_t i = 0; i < input.constants.size(); ++i) {
    const FoldedConstants& c = input.constants[i];
    if (c.weights.empty()) continue;
    text += Format("\n/* operator %zu */\n", i);
    text += Table("int32_t", TableName(input, "bias", i), c.bias);
    text += Table("int32_t", TableName(input, "multiplier", i), c.multiplier);
    text += Table("int8_t", TableName(input, "shift", i), c.right_shift);
  }
  for (size_t i = 0; i < input.constants.size(); ++i) {
    ForEachOtherTable(input, i, [&](const char* type, const char* what, const auto& values) {
      text += Format("\n/* operator %zu */\n", i) + Table(type, TableName(input, what, i), values);
    });
  }
  return text;
}

std::string ProgramText(const GenerationInput& input) {
  const std::map<std::string, std::string> values = RunValues(input);
  return Format("#include \"%s.h\"\n\n#include \"%s_weights.h\"\n#include \"mcu_run.h\"\n\n",
                input.lower.c_str(), input.lower.c_str()) +
         TablesText(input) + Fill(kCheckText, values) +
         Fill(input.resident() ? kResidentText : kStreamedText, values) + Fill(kRunText, values);
}

}  // namespace mcunas
