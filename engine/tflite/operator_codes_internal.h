// What our operators are called in a .tflite file, where kind and attributes decide it.
#pragma once

#include "model_generated.h"
#include "network/network.h"

namespace mcunas {

tflite_schema::ActivationFunctionType ActivationCode(Activation activation);

// Of a function of one byte without constants.
tflite_schema::BuiltinOperator FunctionCode(const Operator& op);

// Of an operator on two tensors, or with constants.
tflite_schema::BuiltinOperator PairwiseCode(const Operator& op);
tflite_schema::BuiltinOptionsUnion PairwiseOptions(const Operator& op);

}  // namespace mcunas
