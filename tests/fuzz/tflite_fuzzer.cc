// Any bytes as a .tflite file: one clear error, or a network that can be planned.
#include <cstdint>
#include <span>

#include "engine/passes/fold_channels.h"
#include "engine/tflite/read_tflite.h"
#include "tests/fuzz/check_network.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto model = mcunas::ReadTflite(std::span<const uint8_t>(data, size), "fuzz.tflite");
  if (model.ok()) {
    mcunas::CheckNetwork(model->network, size);
    const auto folded = mcunas::FoldChannels(*model, {static_cast<int>(size % 4 + 1)});
    mcunas::Require(folded.report.macs_after <= folded.report.macs_before, "folding adds MACs");
  } else {
    mcunas::Require(!model.error().message.empty(), "an error without a word");
  }
  return 0;
}
