// The flash model: what the generated project puts into read-only memory.
//
//   weights    int8, as counted by OperatorWeights
//   constants  per operator, the tables of the code generator: for an operator with weights and n
//   output
//              channels bias int32[n] + multiplier int32[n] + shift int8[n] rounded up to 4, i.e.
//              8 n + RoundUp(n, 4) bytes; add and pools keep their few numbers in the parameter
//              record; every operator has one parameter record of kParameterBytes
//   code       an estimate: kBaseCodeBytes (row scheduler, start-up, memcpy) and kKernelCodeBytes
//   for each
//              distinct kind of kernel in use. The linked firmware is the truth.
#pragma once

#include "common/units.h"
#include "network/network.h"

namespace mcunas {

constexpr Bytes kBaseCodeBytes(6 * 1024);
constexpr Bytes kKernelCodeBytes(1024);
constexpr Bytes kParameterBytes(64);

Bytes OperatorConstantBytes(const Operator& op);
Bytes CodeBytesEstimate(const Network& network);

}  // namespace mcunas
