#include "engine/tflite/write_elements_internal.h"

#include <utility>

#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/write_context_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// Of two tensors or with constants.
int WritePairwise(WriteContext* to, const Operator& op) {
  std::vector<int32_t> operands = {to->Operand(op, 0)};
  if (op.constants > 0) {
    std::vector<int32_t> shape = Dimensions(op.in);
    if (op.constants != op.in.elements()) shape = {static_cast<int32_t>(op.constants)};
    operands.push_back(to->builder.AddConstants(to->Name("constants"), shape, to->Parameters()));
  } else {
    operands.push_back(to->Operand(op, 1));
  }
  if (op.reversed) std::swap(operands[0], operands[1]);
  const int output = to->AddOutput(Dimensions(op.out));
  to->builder.AddOperator(ElementwiseCode(op), operands, output, PairwiseOptions(op));
  return output;
}

// Functions of one byte.
int WriteFunction(WriteContext* to, const Operator& op) {
  const int output = to->AddOutput(Dimensions(op.out));
  schema::BuiltinOptionsUnion options;
  if (op.kind == OpKind::kLeakyRelu) {
    schema::LeakyReluOptionsT leaky;
    leaky.alpha = to->Parameters().alpha;
    options = Union(leaky);
  }
  to->builder.AddOperator(ElementwiseCode(op), {to->Operand(op, 0)}, output, std::move(options));
  return output;
}

}  // namespace

int WriteElementwise(WriteContext* to, const Operator& op) {
  return FamilyOf(op.kind) == OpFamily::kFunction ? WriteFunction(to, op) : WritePairwise(to, op);
}

int WriteSoftmax(WriteContext* to, const Operator& op) {
  const int output = to->AddOutput(Dimensions(op.out));
  schema::SoftmaxOptionsT options;
  options.beta = to->Parameters().beta;
  to->builder.AddOperator(schema::BuiltinOperator::SOFTMAX, {to->Operand(op, 0)}, output,
                          Union(options));
  return output;
}

}  // namespace mcunas
