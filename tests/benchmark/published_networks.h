// Published networks as block lists: what other systems print their SRAM for. Facts from the
// configurations that belong to the papers (MCUNet: mit-han-lab/tinyml at e899b1be,
// mcunet/assets/configs; vww0, vww2: nycu-caslab/TinyTS; MobileNetV2, MnasNet: their papers) and
// from the tables of mit-han-lab/tinyengine's README.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/network.h"

namespace mcunas {

struct PublishedNetwork {
  Network network;
  double million_macs = 0;  // as published; 0 where nobody prints it
  // SRAM of mit-han-lab/tinyengine's README, in KiB (it prints "kB"); 0 where it is not listed.
  int tinyengine_kib = 0;
  int tflm_kib = 0;
  int tinyengine_flash_kib = 0;
  // Its scheduler run on this very network: arena + im2col + kernel, bytes; 0 where nobody did.
  int64_t tinyengine_bytes = 0;
  // Its .tflite has a PAD before every convolution; SAME padding otherwise.
  bool pad_operators = true;
};

// In the order of the README, then those that it does not list.
std::vector<PublishedNetwork> PublishedNetworks();

// The one called `name`, e.g. "mcunet-in3@176", "mbv2-1.0@224"; stops where there is none.
PublishedNetwork PublishedNetworkNamed(const std::string& name);

}  // namespace mcunas
