// A command-line option whose words stand for the values of an enum.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common/names.h"

namespace mcunas {

// Words of the table only; `value` keeps its default where the option is not given, and must
// outlive the parsing.
template <typename T, typename Row, size_t N>
CLI::Option* AddNamedOption(CLI::App* verb, const std::string& name, T* value,
                            const Row (&table)[N], const std::string& help) {
  const auto store = [value, &table](const std::string& word) { *value = *ValueOf(table, word); };
  return verb->add_option_function<std::string>(name, store, help)
      ->check(CLI::IsMember(NamesOf(table)));
}

// The same for a list: words separated by commas. Given once or more often, it replaces the
// default.
template <typename T, typename Row, size_t N>
CLI::Option* AddNamedOption(CLI::App* verb, const std::string& name, std::vector<T>* values,
                            const Row (&table)[N], const std::string& help) {
  const auto store = [values, &table](const std::vector<std::string>& words) {
    values->clear();
    for (const std::string& word : words) values->push_back(*ValueOf(table, word));
  };
  return verb->add_option_function<std::vector<std::string>>(name, store, help)
      ->delimiter(',')
      ->check(CLI::IsMember(NamesOf(table)));
}

}  // namespace mcunas
