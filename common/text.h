// Small text helpers shared by messages and parsers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mcunas {

// The candidate with the smallest Damerau-Levenshtein distance, if that is at most 2 and less than
// the length of `word`; otherwise empty. Ties go to the earlier candidate.
std::string NearestName(std::string_view word, const std::vector<std::string>& candidates);

// "a, b, c".
std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// Removes spaces, tabs and line ends at both ends.
std::string Trim(std::string_view text);

// Numbers and columns of tables.
std::string GroupedDigits(int64_t value);  // 1234567 -> "1 234 567"
std::string PadLeft(const std::string& text, size_t width);
std::string PadRight(const std::string& text, size_t width);
std::string FixedPoint(double value, int digits);  // FixedPoint(1.0618, 3) -> "1.062"

}  // namespace mcunas
