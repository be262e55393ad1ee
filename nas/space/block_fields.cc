#include "nas/space/block_fields.h"

namespace mcunas {

int DifferentFields(const BlockChoice& a, const BlockChoice& b) {
  int different = 0;
  ForEachBlockField([&](const auto field) { different += a.*field != b.*field; });
  return different;
}

}  // namespace mcunas
