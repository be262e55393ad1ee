// Any text as a network: one clear error or a network that can be planned.
#include <cstdint>
#include <string_view>

#include "common/hash.h"
#include "network/json_read.h"
#include "tests/fuzz/check_network.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const mcunas::Expected<mcunas::Network> network = mcunas::NetworkFromJson(text, "fuzz.json");
  if (network.ok()) {
    mcunas::CheckNetwork(*network, size);
  } else {
    mcunas::Require(!network.error().message.empty(), "an error without a word");
  }
  return 0;
}
