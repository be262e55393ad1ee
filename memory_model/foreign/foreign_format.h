// What `mcunas plan --count tinyengine|tflm` prints.
//
// JSON: {"network", "hash", "macs", "count",
//        "memory": {"arena_bytes", "im2col_bytes", "kernel_bytes", "total_bytes"}  (TinyEngine)
//                  {"arena_bytes", "persistent_bytes", "total_bytes"}              (TFLM)
//        "live_bound_bytes", "peak_operator",
//        "flash": {"weight_bytes", "constant_bytes", "code_bytes", "total_bytes"}  (TinyEngine)
//        "paddings": [{"padding", "arena_bytes", "total_bytes"}]                   (TFLM)
//        "buffers": [{"tensor", "offset", "bytes", "first", "last"}]}
#pragma once

#include <string>

#include "network/network.h"

namespace mcunas {

enum class ForeignSystem { kTinyEngine, kTflm };

std::string FormatForeignCount(const Network& network, ForeignSystem system);
std::string ForeignCountToJson(const Network& network, ForeignSystem system);

}  // namespace mcunas
