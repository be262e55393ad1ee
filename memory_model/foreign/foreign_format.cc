#include "memory_model/foreign/foreign_format.h"

#include <nlohmann/json.hpp>

#include "common/text.h"
#include "memory_model/foreign/foreign_count.h"
#include "network/hash_network.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

struct NamedPadding {
  TflmPadding padding;
  const char* name;
  const char* text;
};

// The first is what a .tflite of this network is like when mcunas writes it.
constexpr NamedPadding kPaddings[] = {
    {TflmPadding::kWhereSameDiffers, "where_same_differs", "PAD only where SAME does not do"},
    {TflmPadding::kInside, "inside", "no PAD at all"},
    {TflmPadding::kBeforeEveryConvolution, "before_every_convolution",
     "PAD before every convolution (MCUNet's files)"}};

ForeignCount Count(const Network& network, ForeignSystem system) {
  if (system == ForeignSystem::kTinyEngine) return CountTinyEngine(network);
  return CountTflm(network, kPaddings[0].padding);
}

std::string Line(const std::string& name, Bytes bytes, const std::string& note) {
  return "  " + PadRight(name, 14) + PadLeft(GroupedDigits(bytes.value), 12) + " B" +
         (note.empty() ? "" : "  " + note) + "\n";
}

std::string KibNote(Bytes bytes) {
  return FixedPoint(static_cast<double>(bytes.value) / 1024, 1) + " KiB, which it calls kB";
}

std::string TinyEngineText(const ForeignCount& c) {
  return "SRAM as TinyEngine counts it, layer by layer\n" +
         Line("arena", c.arena, "tensors with the input, depthwise in place, first fit") +
         Line("im2col", c.im2col, "largest") + Line("kernel", c.kernel, "largest") +
         Line("total", c.total, KibNote(c.total)) + "Flash\n" + Line("weights", c.weights, "") +
         Line("bias, scale", c.channel_constants, "8 B a channel") +
         Line("code", c.code, "estimate") + Line("total", c.flash_total, "");
}

std::string TflmText(const Network& network) {
  std::string text =
      "SRAM as TFLM counts it\n                         arena  persistent       total\n";
  for (const NamedPadding& p : kPaddings) {
    const ForeignCount c = CountTflm(network, p.padding);
    text += "  " + PadLeft(GroupedDigits(c.arena.value), 28) +
            PadLeft(GroupedDigits(c.persistent.value), 12) +
            PadLeft(GroupedDigits(c.total.value), 12) + "  " + p.text + "\n";
  }
  return text + "  persistent: the interpreter's own structures, an estimate for 32-bit cores\n";
}

std::string PeakText(const Network& network, const ForeignCount& c) {
  const Operator& op = network.op(c.peak_operator);
  return "\nMost bytes alive at once: " + GroupedDigits(c.live_bound.value) + " B at operator " +
         std::to_string(c.peak_operator) + " (" + OpName(op.kind) + " " + ShapeText(op.in) +
         " to " + ShapeText(op.out) + ").\n";
}

ordered_json TinyEngineMemory(const ForeignCount& c) {
  return {{"arena_bytes", c.arena.value},
          {"im2col_bytes", c.im2col.value},
          {"kernel_bytes", c.kernel.value},
          {"total_bytes", c.total.value}};
}

ordered_json TflmMemory(const ForeignCount& c) {
  return {{"arena_bytes", c.arena.value},
          {"persistent_bytes", c.persistent.value},
          {"total_bytes", c.total.value}};
}

ordered_json Buffers(const ForeignCount& c) {
  ordered_json buffers = ordered_json::array();
  for (const ForeignBuffer& b : c.buffers)
    buffers.push_back({{"tensor", b.tensor},
                       {"offset", b.offset},
                       {"bytes", b.bytes},
                       {"first", b.first},
                       {"last", b.last}});
  return buffers;
}

}  // namespace

std::string FormatForeignCount(const Network& network, ForeignSystem system) {
  const std::string heading = "Network " + network.name + " (" + NetworkHash(network).Short() +
                              "): input " + ShapeText(network.input) + ", " +
                              GroupedDigits(NetworkMacs(network).value) + " MACs\n\n";
  const ForeignCount count = Count(network, system);
  if (system == ForeignSystem::kTflm) return heading + TflmText(network);
  return heading + TinyEngineText(count) + PeakText(network, count);
}

std::string ForeignCountToJson(const Network& network, ForeignSystem system) {
  const bool tflm = system == ForeignSystem::kTflm;
  const ForeignCount count = Count(network, system);
  ordered_json root = {{"network", network.name},
                       {"hash", NetworkHash(network).Hex()},
                       {"macs", NetworkMacs(network).value},
                       {"count", tflm ? "tflm" : "tinyengine"},
                       {"memory", tflm ? TflmMemory(count) : TinyEngineMemory(count)},
                       {"live_bound_bytes", count.live_bound.value},
                       {"peak_operator", count.peak_operator}};
  if (!tflm)
    root["flash"] = {{"weight_bytes", count.weights.value},
                     {"constant_bytes", count.channel_constants.value},
                     {"code_bytes", count.code.value},
                     {"total_bytes", count.flash_total.value}};
  if (tflm) {
    root["paddings"] = ordered_json::array();
    for (const NamedPadding& p : kPaddings) {
      ordered_json entry = {{"padding", p.name}};
      entry.update(TflmMemory(CountTflm(network, p.padding)));
      root["paddings"].push_back(std::move(entry));
    }
  }
  root["buffers"] = Buffers(count);
  return root.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace mcunas
