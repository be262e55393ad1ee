// In which order the operators of a branching network run.
//
// Objective: the layer-wise peak of live bytes. A tensor lives from the step that makes it to the
// last step that reads it, the network's input from the start, its outputs until the end; sizes are
// rounded up to 4 bytes. A step needs all tensors live before it plus its output; an element-wise
// operator writes over an operand of its output's shape that dies there and needs no room of its
// own.
//
// Method. Operators that come before or after every other one ("cuts") have one possible place.
// They divide the network into segments that are solved apart, worst first; a segment that cannot
// lower the peak of the whole keeps its order. In a segment:
//  1. Chains, with residuals or without, in which only the last tensor is read outside ("runs") are
//     contracted to the places where a pause can pay: the hills and valleys of J. W. H. Liu, "An
//     Application of Generalized Tree Pebbling to Sparse Matrix Factorization", SIAM J. Alg. Disc.
//     Meth. 8(3), 1987.
//  2. Whether a peak can be reached is decided by a search over the sets of done items (the
//     down-set programming of Serenity, Ahn et al., MLSys 2020, and uNAS, Liberis et al., EuroMLSys
//     2021); the peak is bisected between a lower bound (per item, the least that can be alive when
//     it runs: a minimum cut) and the heuristics below. A chain of items that fits and leaves no
//     more bytes than before is executed at once. The search begins at either end, in turn: joins
//     are as easy backwards as forks are forwards.
//  3. Where that is too much, the better of two heuristics: beam search (kOrderBeamWidth best sets
//     of every size) and execution on demand, the operand with the highest hill first (Liu, ACM
//     TOMS 12(3), 1986).
//
// Branching operators: those of one segment whose tensor has several readers or that have several
// operands, runs counting as one operator. Segments of up to kExactBranching of them are solved
// exactly unless the search needs more than kOrderStates sets, larger ones within
// kOrderStatesBeyond; the result says what happened. Measured: feature pyramids, cells, random
// DAGs and fans (a tensor read by many branches that sums join one by one) of up to 25 branching
// operators take at most 0.1 s; only trees (more than about 22 different branches of one tensor,
// summed in pairs) run out of states, after about 4 s.
// Deterministic. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "common/units.h"
#include "network/network.h"
#include "network/quantized_network.h"

namespace mcunas {

constexpr int kExactBranching = 25;
constexpr int kOrderStates = 1 << 22;
constexpr int kOrderStatesBeyond = 1 << 17;
constexpr int kOrderBeamWidth = 64;

enum class OrderMethod {
  kOnlyOrder,  // chains, with residuals or without: nothing to choose
  kExact,      // no order has a smaller peak
  kHeuristic,  // the best order found; never worse than the given one
};

// "only order", "exact search over down-sets", "beam search and execution on demand".
const char* OrderMethodName(OrderMethod method);

struct OperatorOrder {
  std::vector<int> permutation;  // position -> operator of the given network
  OrderMethod method = OrderMethod::kOnlyOrder;
  int branching_operators = 0;  // of the segment that has most
  Bytes peak_before;            // layer-wise live bytes in the given order
  Bytes peak_after;
  bool changed = false;  // false: the permutation is the identity
};

struct OrderedNetwork {
  Network network;
  OperatorOrder order;
};

// Pre-condition: VerifyNetwork holds. Cost: O(operators) for chains with residuals; at most about
// kOrderStates * branches steps and 300 MB elsewhere.
OperatorOrder FindOperatorOrder(const Network& network);

// The same, applied: the network in the order found. Equal to the given one if nothing is gained.
OrderedNetwork OrderOperators(const Network& network);

// Operator permutation[i] becomes operator i. Pre-condition: a permutation in which every operator
// follows its operands and, where no outputs are named, the last one stays last: the output.
Network ApplyOrder(const Network& network, const std::vector<int>& permutation);
QuantizedNetwork ApplyOrder(const QuantizedNetwork& network, const std::vector<int>& permutation);

// The objective, for the order in which the operators stand.
Bytes LayerwiseLivePeak(const Network& network);

}  // namespace mcunas
