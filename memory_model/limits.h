// What a network may use, and how far it is from that. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/units.h"

namespace mcunas {

struct BoardProfile;  // memory_model/board_profile.h
struct MemoryReport;  // memory_model/memory_model.h

// How a report relates to limits. A limit of 0 means none.
struct MemoryLimits {
  Bytes sram;
  Bytes flash;
  Macs macs;
};

struct LimitViolation {
  std::string what;  // "sram", "flash", "macs"
  int64_t limit = 0;
  int64_t needed = 0;
};

// Empty: it fits. A need equal to the limit fits. Order: sram, flash, macs.
std::vector<LimitViolation> CheckLimits(const MemoryReport& report, const MemoryLimits& limits);

// The limits that a board sets: its first SRAM region, where arena, data and stack go by default,
// and its flash. A plan with several regions is measured against them one by one elsewhere.
MemoryLimits BoardLimits(const BoardProfile& board);

}  // namespace mcunas
