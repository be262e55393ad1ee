#include "engine/codegen/constants_text.h"

#include "common/index.h"
#include "engine/codegen/generation_input.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"

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

// Every table of weights, in order, once.
template <typename Visitor>
void ForEachWeights(const GenerationInput& input, Visitor visit) {
  for (const KernelParameters& p : input.tables.parameters) {
    const std::vector<int8_t>& whole = input.constants[Index(p.op)].weights;
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

}  // namespace

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
    const Operator& op = input.network.network.op(p.op);
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

}  // namespace mcunas
