// The words that stand for values in files, on the command line and in what is printed: one table
// per enum, read in both directions.
//
//   inline constexpr Named<InputMode> kInputModes[] = {{InputMode::kResident, "resident"}, ...};
//
// A table that says more about its values has rows of its own, with the members `value` and `name`
// and whatever else. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/check.h"
#include "common/named.h"

namespace mcunas {

// Pre-condition: the table has a row for the value.
template <typename Row, size_t N, typename T>
const Row& RowOf(const Row (&table)[N], const T& value) {
  for (const Row& row : table) {
    if (row.value == value) return row;
  }
  MCUNAS_CHECK(false, "a value without a row in its table of names");
  return table[0];
}

template <typename Row, size_t N, typename T>
const char* NameOf(const Row (&table)[N], const T& value) {
  return RowOf(table, value).name;
}

// Empty where no row has this name.
template <typename Row, size_t N>
std::optional<decltype(Row::value)> ValueOf(const Row (&table)[N], std::string_view name) {
  for (const Row& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

// In the order of the table.
template <typename Row, size_t N>
std::vector<std::string> NamesOf(const Row (&table)[N]) {
  std::vector<std::string> names;
  for (const Row& row : table) names.emplace_back(row.name);
  return names;
}

}  // namespace mcunas
