#include "tests/benchmark/published_networks.h"

#include <utility>

#include "common/check.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

// Inverted bottleneck: pointwise to `middle` channels (left out where the input has as many),
// depthwise kernel x kernel, pointwise to `out`, and the addition of its input if `residual`.
struct Block {
  int out = 0;
  int kernel = 3;
  int stride = 1;
  int middle = 0;
  bool residual = false;
};

constexpr bool kRes = true;

struct Body {
  int stem = 16;  // channels of the 3 x 3 convolution of stride 2
  std::vector<Block> blocks;
  int mix = 0;  // channels of a last pointwise operator; 0 = none
  int classes = 1000;
};

Network Build(const std::string& name, int side, const Body& body) {
  NetworkBuilder b(name, {side, side, 3});
  b.Conv(kNetworkInput, body.stem, {3, 3}, {2, 2}, Activation::kRelu6);
  for (const Block& block : body.blocks) {
    const int from = b.last();
    if (block.middle != b.shape(from).channels)
      b.Pointwise(b.last(), block.middle, Activation::kRelu6);
    b.Depthwise(b.last(), Extent(block.kernel), Extent(block.stride), Activation::kRelu6);
    b.Pointwise(b.last(), block.out, Activation::kNone);
    if (block.residual) b.Add(b.last(), from);
  }
  if (body.mix > 0) b.Pointwise(b.last(), body.mix, Activation::kRelu6);
  b.FullyConnected(b.GlobalAveragePool(b.last()), body.classes);
  return std::move(b).Finish();
}

// MobileNetV2 and MnasNet write a stage as (expansion, channels, repeats, stride of the first).
struct Stage {
  int expand = 6;
  int out = 0;
  int repeats = 1;
  int stride = 1;
  int kernel = 3;
};

Body Stages(int stem, int first_out, const std::vector<Stage>& stages, int mix) {
  Body body{stem, {{first_out, 3, 1, stem, false}}, mix, 1000};
  int channels = first_out;
  for (const Stage& s : stages) {
    for (int r = 0; r < s.repeats; ++r) {
      body.blocks.push_back({s.out, s.kernel, r == 0 ? s.stride : 1, s.expand * channels, r > 0});
      channels = s.out;
    }
  }
  return body;
}

Body Vww0() {
  return {16,
          {{8, 3, 1, 16},
           {16, 5, 2, 48},
           {16, 3, 1, 64, kRes},
           {24, 3, 2, 80},
           {24, 3, 1, 96, kRes},
           {24, 3, 1, 96, kRes},
           {40, 3, 2, 120},
           {40, 3, 1, 160, kRes},
           {40, 7, 1, 120, kRes},
           {48, 3, 1, 120},
           {48, 3, 1, 192, kRes},
           {96, 7, 2, 240},
           {96, 5, 1, 480, kRes},
           {160, 7, 1, 384}},
          0,
          2};
}

Body Vww1() {
  return {16,
          {{8, 3, 1, 16},
           {16, 3, 2, 48},
           {16, 3, 1, 48, kRes},
           {16, 3, 1, 48, kRes},
           {24, 7, 2, 48},
           {24, 3, 1, 144, kRes},
           {24, 5, 1, 120, kRes},
           {40, 7, 2, 144},
           {40, 7, 1, 240, kRes},
           {48, 3, 1, 240},
           {48, 3, 1, 192, kRes},
           {96, 5, 2, 240},
           {96, 3, 1, 480, kRes},
           {96, 3, 1, 384, kRes},
           {160, 7, 1, 288}},
          0,
          2};
}

Body Vww2() {
  return {16,
          {{8, 3, 1, 16},         {16, 3, 2, 24},  {16, 3, 1, 80, kRes},  {16, 5, 1, 96, kRes},
           {16, 3, 1, 48, kRes},  {24, 7, 2, 80},  {24, 5, 1, 96, kRes},  {24, 3, 1, 96, kRes},
           {24, 7, 1, 144, kRes}, {40, 3, 2, 144}, {40, 7, 1, 240, kRes}, {40, 5, 1, 160, kRes},
           {40, 3, 1, 200, kRes}, {48, 5, 1, 200}, {48, 5, 1, 144, kRes}, {48, 3, 1, 192, kRes},
           {48, 5, 1, 144, kRes}, {96, 3, 2, 192}, {96, 5, 1, 480, kRes}, {96, 5, 1, 384, kRes},
           {96, 3, 1, 384, kRes}, {160, 3, 1, 480}},
          0,
          2};
}

Body In0() {
  return {24,
          {{16, 3, 1, 24},
           {16, 5, 2, 64},
           {16, 3, 1, 48, kRes},
           {16, 3, 1, 64, kRes},
           {24, 7, 2, 80},
           {24, 5, 1, 96, kRes},
           {24, 5, 1, 120, kRes},
           {48, 7, 2, 120},
           {48, 5, 1, 192, kRes},
           {56, 3, 1, 240},
           {56, 5, 1, 224, kRes},
           {56, 3, 1, 280, kRes},
           {112, 3, 2, 336},
           {112, 5, 1, 448, kRes},
           {192, 3, 1, 672}}};
}

Body In1() {
  return {16,
          {{8, 3, 1, 16},
           {16, 3, 2, 32},
           {16, 3, 1, 48, kRes},
           {24, 7, 2, 48},
           {24, 3, 1, 120, kRes},
           {40, 3, 2, 120},
           {40, 7, 1, 160, kRes},
           {48, 5, 1, 160},
           {48, 3, 1, 144, kRes},
           {48, 3, 1, 192, kRes},
           {96, 7, 2, 240},
           {96, 5, 1, 384, kRes},
           {96, 5, 1, 384, kRes},
           {160, 3, 1, 576}}};
}

Body In2() {
  return {16,
          {{8, 3, 1, 16},
           {16, 5, 2, 24},
           {16, 7, 1, 96, kRes},
           {16, 3, 1, 80, kRes},
           {16, 5, 1, 80, kRes},
           {24, 3, 2, 80},
           {24, 7, 1, 144, kRes},
           {24, 5, 1, 144, kRes},
           {40, 7, 2, 96},
           {40, 5, 1, 200, kRes},
           {48, 3, 1, 200},
           {48, 5, 1, 240, kRes},
           {48, 3, 1, 192, kRes},
           {96, 5, 2, 288},
           {96, 5, 1, 384, kRes},
           {96, 5, 1, 288, kRes},
           {96, 3, 1, 384, kRes},
           {160, 5, 1, 480}}};
}

Body In3() {
  return {16,
          {{8, 3, 1, 16},
           {16, 7, 2, 24},
           {16, 3, 1, 80, kRes},
           {16, 7, 1, 80, kRes},
           {16, 5, 1, 64, kRes},
           {24, 5, 2, 80},
           {24, 5, 1, 120, kRes},
           {24, 5, 1, 120, kRes},
           {40, 3, 2, 120},
           {40, 7, 1, 240, kRes},
           {40, 5, 1, 160, kRes},
           {48, 5, 1, 200},
           {48, 7, 1, 240, kRes},
           {48, 3, 1, 240, kRes},
           {96, 3, 2, 288},
           {96, 7, 1, 480, kRes},
           {96, 3, 1, 384, kRes},
           {160, 7, 1, 480}}};
}

Body In4() {
  return {32,
          {{16, 3, 1, 32},
           {24, 7, 2, 48},
           {24, 3, 1, 120, kRes},
           {24, 5, 1, 96, kRes},
           {40, 7, 2, 120},
           {40, 3, 1, 160, kRes},
           {40, 7, 1, 160, kRes},
           {80, 7, 2, 120},
           {80, 3, 1, 240, kRes},
           {80, 7, 1, 240, kRes},
           {96, 3, 1, 320},
           {96, 5, 1, 288, kRes},
           {96, 5, 1, 288, kRes},
           {192, 7, 2, 384},
           {192, 7, 1, 576, kRes},
           {192, 5, 1, 576, kRes},
           {320, 5, 1, 768}}};
}

Body ProxylessSmall() {
  return {16,
          {{8, 3, 1, 16},         {16, 5, 2, 24},        {16, 3, 1, 48, kRes},  {16, 7, 2, 48},
           {16, 3, 1, 48, kRes},  {16, 5, 1, 48, kRes},  {16, 5, 1, 48, kRes},  {24, 7, 2, 96},
           {24, 5, 1, 72, kRes},  {24, 5, 1, 72, kRes},  {24, 5, 1, 72, kRes},  {32, 5, 1, 144},
           {32, 5, 1, 96, kRes},  {32, 5, 1, 96, kRes},  {32, 5, 1, 96, kRes},  {64, 7, 2, 192},
           {64, 7, 1, 384, kRes}, {64, 7, 1, 192, kRes}, {64, 7, 1, 192, kRes}, {96, 7, 1, 384}},
          384};
}

Body ProxylessMobile() {
  return {
      32,
      {{16, 3, 1, 32},          {32, 5, 2, 48},         {32, 3, 1, 96, kRes},   {40, 7, 2, 96},
       {40, 3, 1, 120, kRes},   {40, 5, 1, 120, kRes},  {40, 5, 1, 120, kRes},  {80, 7, 2, 240},
       {80, 5, 1, 240, kRes},   {80, 5, 1, 240, kRes},  {80, 5, 1, 240, kRes},  {96, 5, 1, 480},
       {96, 5, 1, 288, kRes},   {96, 5, 1, 288, kRes},  {96, 5, 1, 288, kRes},  {192, 7, 2, 576},
       {192, 7, 1, 1152, kRes}, {192, 7, 1, 576, kRes}, {192, 7, 1, 576, kRes}, {320, 7, 1, 1152}},
      1280};
}

// Sandler et al., CVPR 2018, table 2; widths as in the configurations above.
Body NarrowMobileNetV2(int stage6, int stage7, int mix) {
  return Stages(16, 8,
                {{6, 8, 2, 2},
                 {6, 16, 3, 2},
                 {6, 24, 4, 2},
                 {6, 32, 3, 1},
                 {6, stage6, 3, 2},
                 {6, stage7, 1, 1}},
                mix);
}

Body MobileNetV2() {
  return Stages(
      32, 16,
      {{6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}},
      1280);
}

// Tan et al., CVPR 2019, the variant without squeeze-and-excitation (MnasNet-B1).
Body MnasNet() {
  return Stages(32, 16,
                {{3, 24, 3, 2, 3},
                 {3, 40, 3, 2, 5},
                 {6, 80, 3, 2, 5},
                 {6, 96, 2, 1, 3},
                 {6, 192, 4, 2, 5},
                 {6, 320, 1, 1, 3}},
                1280);
}

// MobileNetV1 0.25 of MLPerf Tiny's visual wake words.
Network MlperfVww() {
  NetworkBuilder b("mlperf-vww@96", {96, 96, 3});
  b.Conv(kNetworkInput, 8, {3, 3}, {2, 2}, Activation::kRelu);
  const auto block = [&](int out, int stride) {
    b.Depthwise(b.last(), {3, 3}, Extent(stride), Activation::kRelu);
    b.Pointwise(b.last(), out, Activation::kRelu);
  };
  block(16, 1);
  block(32, 2);
  block(32, 1);
  block(64, 2);
  block(64, 1);
  block(128, 2);
  for (int i = 0; i < 5; ++i) block(128, 1);
  block(256, 2);
  block(256, 1);
  b.FullyConnected(b.GlobalAveragePool(b.last()), 2);
  return std::move(b).Finish();
}

}  // namespace

std::vector<PublishedNetwork> PublishedNetworks() {
  const Body mobilenet_v2_030 = NarrowMobileNetV2(48, 96, 384);
  const Body mobilenet_v2_035 = NarrowMobileNetV2(56, 112, 448);
  return {
      {Build("mcunet-vww0@64", 64, Vww0()), 6.0, 59, 163, 453, 60800},
      {Build("mcunet-vww1@80", 80, Vww1()), 11.6, 92, 220, 521, 93992},
      {Build("mcunet-vww2@144", 144, Vww2()), 55.8, 174, 385, 741, 177704},
      {Build("mcunet-in0@48", 48, In0()), 6.4, 49, 161, 842, 50064},
      {Build("mcunet-in1@96", 96, In1()), 12.8, 96, 219, 727, 98024},
      {Build("mcunet-in2@160", 160, In2()), 67.3, 215, 460, 830, 219776},
      {Build("mcunet-in3@176", 176, In3()), 81.8, 260, 493, 835, 266344},
      {Build("mcunet-in4@160", 160, In4()), 125.9, 416, 0, 1825, 426120},
      {Build("proxyless-w0.3@64", 64, ProxylessSmall()), 5.2, 35, 128, 777, 0},
      {Build("proxyless-w0.3@176", 176, ProxylessSmall()), 38.3, 259, 453, 779, 265600},
      {Build("mbv2-w0.3@64", 64, mobilenet_v2_030), 4.5, 61, 173, 690, 0},
      {Build("mbv2-w0.35@144", 144, mobilenet_v2_035), 23.5, 0, 0, 0, 302120},
      {MlperfVww(), 7.5, 0, 0, 0, 60728, false},
      {Build("mbv2-1.0@224", 224, MobileNetV2()), 300.8, 0, 0, 0, 1432648},
      {Build("proxyless-mobile@224", 224, ProxylessMobile()), 0, 0, 0, 0, 831456},
      {Build("mnasnet-1.0@224", 224, MnasNet()), 314.4, 0, 0, 0, 830536},
  };
}

PublishedNetwork PublishedNetworkNamed(const std::string& name) {
  for (PublishedNetwork& p : PublishedNetworks())
    if (p.network.name == name) return std::move(p);
  MCUNAS_CHECK(false, "no published network " + name);
  return {};
}

}  // namespace mcunas
