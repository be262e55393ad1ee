// printf into a string, and templates with @name@ places.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "common/check.h"

namespace mcunas {

__attribute__((format(printf, 1, 2))) inline std::string Format(const char* format, ...) {
  std::va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::string text(static_cast<size_t>(size), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

// Replaces every @key@; a key that `values` lacks is our own bug.
inline std::string Fill(std::string_view pattern,
                        const std::map<std::string, std::string>& values) {
  std::string text;
  while (!pattern.empty()) {
    const size_t begin = pattern.find('@');
    text += pattern.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const size_t end = pattern.find('@', begin + 1);
    MCUNAS_CHECK(end != std::string_view::npos, "a template has an odd number of @");
    const auto value = values.find(std::string(pattern.substr(begin + 1, end - begin - 1)));
    MCUNAS_CHECK(value != values.end(), "a template names an unknown value");
    text += value->second;
    pattern.remove_prefix(end + 1);
  }
  return text;
}

}  // namespace mcunas
