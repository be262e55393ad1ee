// The segments of a network in which operators may change places, stripped to bytes. Behind
// operator_order.h; see there for the terms.
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.h"

namespace mcunas {

struct OrderOperand {
  int tensor = 0;         // index into OrderSegment::tensors
  bool in_place = false;  // where it dies, the output may be written over it
};

// Operators executed back to back: the beginning of a run, whose operands may have other readers,
// or a later stretch of it, which costs the same in every order.
struct OrderItem {
  std::vector<int> operators;
  std::vector<int> after;  // items that must be done before
  // Of the first operator; they die if this is their last reader.
  std::vector<OrderOperand> operands;
  // In bytes above those live before:
  int64_t hill = 0;        // while the first operator runs, not in place
  int64_t later_hill = 0;  // while the others run, if no operand died
  int64_t rest = 0;        // afterwards, if no operand died
};

// A tensor, or what is left of a run between two of its stretches.
struct OrderTensor {
  int64_t size = 0;
  int producer = -1;         // item; -1: there before the segment
  std::vector<int> readers;  // items
  bool stays = false;        // lives on behind the segment
};

struct OrderSegment {
  std::vector<OrderItem> items;
  std::vector<OrderTensor> tensors;  // those made in the segment and those that can die in it
  int first = 0;                     // operators [first, last) of the given order
  int last = 0;
  int64_t live = 0;  // bytes alive before
  int64_t given_peak = 0;
  int branching = 0;
};

struct OrderProblem {
  std::vector<OrderSegment> segments;
  int64_t fixed_peak = 0;  // of the steps that no order changes
  int64_t given_peak = 0;  // of all steps
};

OrderProblem BuildOrderProblem(const Network& network);

// Live bytes of every step in the given order: needed while the operator runs.
struct GivenSteps {
  PerOperator<int64_t> needed;
  PerOperator<int64_t> live_before;
};
GivenSteps SimulateGivenOrder(const Network& network);

// True where every operator reads the one before it: no other order exists.
bool HasOneOrder(const Network& network);

}  // namespace mcunas
