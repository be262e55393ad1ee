#include "memory_model/limits.h"

#include "memory_model/board_profile.h"
#include "memory_model/memory_model.h"

namespace mcunas {
namespace {

void CheckLimit(const char* what, int64_t limit, int64_t needed,
                std::vector<LimitViolation>* violations) {
  if (limit > 0 && needed > limit) violations->push_back({what, limit, needed});
}

}  // namespace

std::vector<LimitViolation> CheckLimits(const MemoryReport& report, const MemoryLimits& limits) {
  std::vector<LimitViolation> violations;
  CheckLimit("sram", limits.sram.value, report.total.value, &violations);
  CheckLimit("flash", limits.flash.value, report.flash_total.value, &violations);
  CheckLimit("macs", limits.macs.value, report.macs.value, &violations);
  return violations;
}

MemoryLimits BoardLimits(const BoardProfile& board) {
  MemoryLimits limits;
  limits.sram = board.sram.empty() ? Bytes(0) : Bytes(board.sram[0].size_bytes);
  limits.flash = board.flash();
  return limits;
}

}  // namespace mcunas
