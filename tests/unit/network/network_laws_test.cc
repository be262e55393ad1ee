// What holds for every network: files, hashes and texts of random ones, and that no law can be
// broken in one field unnoticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "network/hash_network.h"
#include "network/json_read.h"
#include "network/json_write.h"
#include "network/network_builder.h"
#include "network/operator_counts.h"
#include "network/print.h"
#include "network/verify.h"
#include "tests/property/random_networks.h"
#include "tests/unit/network/every_kind.h"

namespace mcunas {
namespace {

using testing::HasSubstr;

constexpr int kNetworks = 120;

// The same on every machine; now and then with several outputs.
std::vector<Network> RandomNetworks() {
  std::vector<Network> networks = {EveryKind()};
  for (int i = 0; i < kNetworks; ++i) {
    RandomStream random(11, "network-laws", std::to_string(i));
    RandomNetworkKind kind;
    kind.all_kinds = true;
    kind.output = i % 3 == 0 ? 0.2 : 0.0;
    networks.push_back(RandomPlanNetwork(&random, kind));
  }
  return networks;
}

bool SameButForTheName(const Network& a, const Network& b) {
  return a.input == b.input && a.operators == b.operators && a.outputs == b.outputs &&
         a.inputs == b.inputs;
}

TEST(NetworkLaws, FilesGiveBackWhatWasWritten) {
  for (const Network& network : RandomNetworks()) {
    ASSERT_TRUE(VerifyNetwork(network).ok()) << VerifyNetwork(network).error().message;
    const std::string text = NetworkToJson(network);
    const Expected<Network> copy = NetworkFromJson(text, "copy");
    ASSERT_TRUE(copy.ok()) << copy.error().message << "\n" << text;
    EXPECT_TRUE(SameButForTheName(*copy, network)) << text;
    EXPECT_EQ(copy->name, network.name);
    EXPECT_EQ(NetworkToJson(*copy), text);
  }
}

TEST(NetworkLaws, HashesAreEqualWhereNetworksAre) {
  const std::vector<Network> networks = RandomNetworks();
  for (const Network& a : networks) {
    Network renamed = a;
    renamed.name += "'";
    EXPECT_EQ(NetworkHash(renamed), NetworkHash(a));
    for (const Network& b : networks)
      EXPECT_EQ(NetworkHash(a) == NetworkHash(b), SameButForTheName(a, b))
          << PrintNetwork(a) << PrintNetwork(b);
  }
}

TEST(NetworkLaws, TextsAreTheSameEveryTimeAndNameEveryOperator) {
  for (const Network& network : RandomNetworks()) {
    const std::string text = PrintNetwork(network);
    EXPECT_EQ(PrintNetwork(Network(network)), text);
    int64_t macs = 0;
    for (int i = 0; i < network.operator_count(); ++i) {
      const Operator& op = network.op(i);
      EXPECT_THAT(text, HasSubstr("\n%" + std::to_string(i) + " = " + OpName(op.kind) + "("));
      EXPECT_THAT(text, HasSubstr(" -> " + ShapeText(op.out)));
      macs += OperatorMacs(op).value;
    }
    EXPECT_EQ(NetworkMacs(network).value, macs);
    EXPECT_THAT(text, HasSubstr(" macs=" + std::to_string(macs) + " "));
  }
}

// A change of one field of operator `index`.
struct Mutation {
  const char* what;
  std::function<void(Operator*)> apply;
  // Of which operators it breaks a law; empty: of all.
  std::function<bool(const Operator&)> breaks = [](const Operator&) { return true; };
};

bool TakesActivation(const Operator& op) {
  return HasWeights(op.kind) || IsPairwise(op.kind) || HasConstants(op.kind) ||
         op.kind == OpKind::kAveragePool || op.kind == OpKind::kMaxPool ||
         op.kind == OpKind::kRequantize;
}
bool Strides(const Operator& op) {
  return HasWindow(op.kind) || op.kind == OpKind::kTransposeConv || op.kind == OpKind::kSlice;
}
bool IsDifference(const Operator& op) {
  return op.kind == OpKind::kSubtract || op.kind == OpKind::kSubtractConstant;
}
bool Resizes(const Operator& op) {
  return op.kind == OpKind::kResizeNearest || op.kind == OpKind::kResizeBilinear;
}
// Its output's height and width follow from everything else.
bool KnowsItsMap(const Operator& op) {
  return !Resizes(op) && op.kind != OpKind::kSlice && op.kind != OpKind::kTransposeConv;
}
bool ChoosesChannels(const Operator& op) {
  return (HasWeights(op.kind) && (op.kind != OpKind::kDepthwise || op.in.channels == 1)) ||
         op.kind == OpKind::kSlice;
}

std::vector<Mutation> ShapeMutations() {
  return {
      {"in.height", [](Operator* op) { ++op->in.height; }},
      {"in.width", [](Operator* op) { ++op->in.width; }},
      {"in.channels", [](Operator* op) { ++op->in.channels; }},
      {"in.height 0", [](Operator* op) { op->in.height = 0; }},
      {"out.height 0", [](Operator* op) { op->out.height = 0; }},
      {"out.width -1", [](Operator* op) { op->out.width = -1; }},
      {"out.channels 0", [](Operator* op) { op->out.channels = 0; }},
      {"out.width too large", [](Operator* op) { op->out.width = kMaxSide + 1; }},
      {"out.channels too many", [](Operator* op) { op->out.channels = kMaxChannels + 1; }},
      {"out.height", [](Operator* op) { ++op->out.height; }, KnowsItsMap},
      {"out.width", [](Operator* op) { ++op->out.width; }, KnowsItsMap},
      {"out.channels", [](Operator* op) { ++op->out.channels; },
       [](const Operator& op) { return !ChoosesChannels(op); }},
  };
}

std::vector<Mutation> OperandMutations() {
  return {
      {"operand -2", [](Operator* op) { op->inputs[0] = -2; }},
      {"operand of the future", [](Operator* op) { op->inputs.back() = 1 << 20; }},
      {"no operand", [](Operator* op) { op->inputs.clear(); }},
      {"one operand more", [](Operator* op) { op->inputs.push_back(op->inputs[0]); }},
      {"one operand fewer", [](Operator* op) { op->inputs.pop_back(); }},
      {"broadcast", [](Operator* op) { op->broadcast = !op->broadcast; }},
      {"reversed", [](Operator* op) { op->reversed = true; },
       [](const Operator& op) { return !IsDifference(op); }},
      {"constants -1", [](Operator* op) { op->constants = -1; }},
      {"constants", [](Operator* op) { op->constants += op->in.elements() + 1; }},
  };
}

std::vector<Mutation> WindowMutations() {
  const auto has_no_padding = [](const Operator& op) {
    return !HasWindow(op.kind) && op.kind != OpKind::kPad && op.kind != OpKind::kTransposeConv;
  };
  return {
      {"kernel.height 0", [](Operator* op) { op->kernel.height = 0; }},
      {"kernel.width too large", [](Operator* op) { op->kernel.width = kMaxKernel + 1; }},
      {"kernel of no window", [](Operator* op) { ++op->kernel.width; },
       [](const Operator& op) {
         return op.kind == OpKind::kPointwise ||
                (!HasWindow(op.kind) && op.kind != OpKind::kTransposeConv);
       }},
      {"stride.height 0", [](Operator* op) { op->stride.height = 0; }},
      {"stride.width -1", [](Operator* op) { op->stride.width = -1; }},
      {"stride of no window", [](Operator* op) { ++op->stride.height; },
       [](const Operator& op) { return !Strides(op); }},
      {"dilation.height 0", [](Operator* op) { op->dilation.height = 0; }},
      {"dilation of no weights", [](Operator* op) { ++op->dilation.width; },
       [](const Operator& op) { return !HasWeights(op.kind) || !HasWindow(op.kind); }},
      {"padding.top -1", [](Operator* op) { op->padding.top = -1; }},
      {"padding.left as wide as the window", [](Operator* op) { op->padding.left = kMaxSide + 1; }},
      {"padding of no window", [](Operator* op) { ++op->padding.right; }, has_no_padding},
  };
}

std::vector<Mutation> OtherMutations() {
  return {
      {"activation", [](Operator* op) { op->activation = Activation::kRelu; },
       [](const Operator& op) { return !TakesActivation(op); }},
      {"corner.row", [](Operator* op) { op->corner.row = -1; }},
      {"corner.column", [](Operator* op) { op->corner.column = 1 << 20; }},
      {"corner.channel", [](Operator* op) { ++op->corner.channel; },
       [](const Operator& op) { return op.kind != OpKind::kSlice; }},
      {"sampling", [](Operator* op) { op->sampling = Sampling::kCentres; },
       [](const Operator& op) { return !Resizes(op); }},
      {"3 bits", [](Operator* op) { op->weight_bits = 3; }},
      {"4 bits of none", [](Operator* op) { op->weight_bits = 4; },
       [](const Operator& op) { return !TakesFourBits(op.kind); }},
  };
}

void ExpectRefused(const std::vector<Mutation>& mutations) {
  std::vector<int> tried(mutations.size(), 0);
  for (const Network& network : RandomNetworks()) {
    for (int i = 0; i < network.operator_count(); ++i) {
      for (size_t m = 0; m < mutations.size(); ++m) {
        if (!mutations[m].breaks(network.op(i))) continue;
        Network broken = network;
        mutations[m].apply(&broken.op(i));
        ++tried[m];
        const Expected<void> verified = VerifyNetwork(broken);
        ASSERT_FALSE(verified.ok()) << mutations[m].what << " of %" << i << "\n"
                                    << PrintNetwork(network);
        EXPECT_THAT(verified.error().message, HasSubstr("operator " + std::to_string(i) + " (" +
                                                        OpName(network.op(i).kind) + "): "))
            << mutations[m].what;
      }
    }
  }
  for (size_t m = 0; m < mutations.size(); ++m) EXPECT_GT(tried[m], 50) << mutations[m].what;
}

TEST(NetworkLaws, NoShapeIsWrongUnnoticed) { ExpectRefused(ShapeMutations()); }
TEST(NetworkLaws, NoOperandIsWrongUnnoticed) { ExpectRefused(OperandMutations()); }
TEST(NetworkLaws, NoWindowIsWrongUnnoticed) { ExpectRefused(WindowMutations()); }
TEST(NetworkLaws, NothingElseIsWrongUnnoticed) { ExpectRefused(OtherMutations()); }

TEST(NetworkLaws, ListsOfOutputsAndInputsAreChecked) {
  for (const Network& network : RandomNetworks()) {
    const int count = network.operator_count();
    const auto refused = [&](const std::vector<int>& outputs, const std::vector<int>& inputs) {
      Network broken = network;
      broken.outputs = outputs;
      broken.inputs = inputs;
      return !VerifyNetwork(broken).ok();
    };
    EXPECT_TRUE(refused({count}, {}));
    EXPECT_TRUE(refused({kNetworkInput}, {}));
    EXPECT_TRUE(refused({0, 0}, {}));
    EXPECT_TRUE(refused({}, {kNetworkInput}));
    EXPECT_TRUE(refused({}, {count}));
    EXPECT_FALSE(refused({0}, {}));
  }
}

// One field of one operator, set to anything.
void SetSomeField(RandomStream* random, Operator* op) {
  const int value = static_cast<int>(random->Between(-3, random->Chance(0.2) ? 40000 : 12));
  int* const fields[] = {
      &op->in.height,      &op->in.width,      &op->in.channels,     &op->out.height,
      &op->out.width,      &op->out.channels,  &op->kernel.height,   &op->kernel.width,
      &op->stride.height,  &op->stride.width,  &op->padding.top,     &op->padding.left,
      &op->padding.bottom, &op->padding.right, &op->dilation.height, &op->dilation.width,
      &op->corner.row,     &op->corner.column, &op->corner.channel,  &op->weight_bits,
      &op->inputs[0],      &op->inputs.back()};
  *fields[random->Below(std::size(fields))] = value;
}

// Whatever the verifier lets through is a network like any other.
TEST(NetworkLaws, WhatIsVerifiedCanBeWrittenReadAndHashed) {
  int verified = 0;
  RandomStream random(13, "network-laws", "any field");
  for (const Network& network : RandomNetworks()) {
    for (int trial = 0; trial < 40; ++trial) {
      Network changed = network;
      SetSomeField(&random, &changed.op(static_cast<int>(random.Below(network.operators.size()))));
      if (!VerifyNetwork(changed).ok()) continue;
      ++verified;
      const Expected<Network> copy = NetworkFromJson(NetworkToJson(changed), "copy");
      ASSERT_TRUE(copy.ok()) << copy.error().message << PrintNetwork(changed);
      EXPECT_EQ(copy->operators, changed.operators);
      EXPECT_EQ(NetworkHash(changed) == NetworkHash(network), SameButForTheName(changed, network))
          << PrintNetwork(changed);
    }
  }
  EXPECT_GT(verified, 100) << "the changes are too wild to test anything";
}

// Weights and multiplications counted one by one.
TEST(NetworkLaws, WeightsAndMacsAreThoseOfTheLoops) {
  for (const Network& network : RandomNetworks()) {
    for (const Operator& op : network.operators) {
      if (!HasWindow(op.kind) || !HasWeights(op.kind)) continue;
      const int inputs = op.kind == OpKind::kDepthwise ? 1 : op.in.channels;
      int64_t weights = 0;
      for (int o = 0; o < op.out.channels; ++o)
        for (int tap = 0; tap < op.kernel.height * op.kernel.width; ++tap) weights += inputs;
      EXPECT_EQ(OperatorWeights(op), weights);
      EXPECT_EQ(OperatorBiases(op), op.out.channels);
      int64_t macs = 0;
      for (int y = 0; y < op.out.height; ++y)
        for (int x = 0; x < op.out.width; ++x) macs += weights;
      EXPECT_EQ(OperatorMacs(op).value, macs);
      Operator four = op;
      four.weight_bits = 4;
      EXPECT_EQ(OperatorWeightBytes(four), (weights + 1) / 2);
      EXPECT_EQ(OperatorWeightBytes(op), weights);
    }
  }
}

}  // namespace
}  // namespace mcunas
