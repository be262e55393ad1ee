// Numbers and columns of the tables that this room prints.
#pragma once

#include <cstdint>
#include <string>

#include "network/network.h"

namespace mcunas {

std::string GroupedDigits(int64_t value);  // 1234567 -> "1 234 567"
std::string PadLeft(const std::string& text, size_t width);
std::string PadRight(const std::string& text, size_t width);
std::string FixedPoint(double value, int digits);  // FixedPoint(1.0618, 3) -> "1.062"
std::string ShapeText(const Shape& shape);         // "40x40x16"

}  // namespace mcunas
