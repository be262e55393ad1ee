// What our operators are called in a .tflite file, where kind and attributes decide it.
#pragma once

#include "model_generated.h"
#include "network/network.h"

namespace mcunas {

// The lowest version of the operator that has int8 and what we write; 2 for codes that we do not.
int CodeVersion(tflite_schema::BuiltinOperator code);

tflite_schema::ActivationFunctionType ActivationCode(Activation activation);

// Of a function of one byte, of an operator on two tensors, or with constants.
tflite_schema::BuiltinOperator ElementwiseCode(const Operator& op);
// The other way round; `constants`: whether an operand is constant.
struct ElementwiseKind {
  OpKind kind;
  Activation activation;  // that the code itself stands for
};
ElementwiseKind ElementwiseKindOf(tflite_schema::BuiltinOperator code, bool constants);

// Of an operator on two tensors, or with constants.
tflite_schema::BuiltinOptionsUnion PairwiseOptions(const Operator& op);

}  // namespace mcunas
