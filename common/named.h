// A row of a table of names (common/names.h). Apart, so that enums of headers that everybody reads
// can have their table beside them.
#pragma once

namespace mcunas {

template <typename T>
struct Named {
  T value;
  const char* name;
};

}  // namespace mcunas
