// What scalars mean. Stricter than YAML: a number that two readers could read differently is an
// error.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "common/config_scalar_internal.h"

namespace mcunas {
namespace {

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string Shown(const std::string& text) {
  constexpr size_t kLongest = 40;
  return "'" + (text.size() > kLongest ? text.substr(0, kLongest) + "..." : text) + "'";
}

std::string_view WithoutSign(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text;
}

// "012" is 10 for YAML 1.1 and 12 for YAML 1.2.
bool LooksOctal(std::string_view text) {
  text = WithoutSign(text);
  if (text.starts_with("0o")) return true;
  return text.size() > 1 && text[0] == '0' && IsDigits(text);
}

// Rules that all numbers share. Empty: go on.
std::string CheckNumberNode(const ConfigNode& node, const char* wanted) {
  if (node.kind == NodeKind::kNull) return "has no value";
  if (node.kind != NodeKind::kScalar) return std::string("must be ") + wanted;
  if (node.quoted) return std::string("must be ") + wanted + ", not text in quotes";
  if (LooksOctal(node.text)) {
    return Shown(node.text) + " looks octal: write it without the leading zero";
  }
  return "";
}

// The unit's length in seconds; 0 for an unknown one.
double UnitSeconds(std::string_view unit) {
  if (unit == "ms") return 1e-3;
  if (unit == "s" || unit.empty()) return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return 0;
}

bool ToDouble(std::string_view text, double* value) {
  const std::string_view digits = WithoutSign(text);
  const bool starts_well =
      !digits.empty() && (std::isdigit(static_cast<unsigned char>(digits[0])) || digits[0] == '.');
  if (!starts_well) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(*value);
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

}  // namespace

std::string ParseIntegerText(const ConfigNode& node, int64_t* value) {
  if (auto problem = CheckNumberNode(node, "a whole number"); !problem.empty()) return problem;
  std::string_view digits = WithoutSign(node.text);
  const bool hexadecimal = digits.starts_with("0x");
  if (hexadecimal) digits.remove_prefix(2);
  uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, magnitude, hexadecimal ? 16 : 10);
  if (digits.empty() || stop != end || error == std::errc::invalid_argument) {
    return "must be a whole number, not " + Shown(node.text);
  }
  if (error == std::errc::result_out_of_range || magnitude > INT64_MAX) {
    return Shown(node.text) + " is too large for a number here";
  }
  const auto magnitude_signed = static_cast<int64_t>(magnitude);
  *value = node.text[0] == '-' ? -magnitude_signed : magnitude_signed;
  return "";
}

std::string ParseRealText(const ConfigNode& node, double* value) {
  if (auto problem = CheckNumberNode(node, "a number"); !problem.empty()) return problem;
  if (!ToDouble(node.text, value)) return "must be a number, not " + Shown(node.text);
  return "";
}

std::string ParseBooleanText(const ConfigNode& node, bool* value) {
  if (node.kind == NodeKind::kNull) return "has no value";
  if (node.kind != NodeKind::kScalar) return "must be true or false";
  if (node.quoted || (node.text != "true" && node.text != "false")) {
    return "must be true or false, not " + Shown(node.text) + (node.quoted ? " in quotes" : "");
  }
  *value = node.text == "true";
  return "";
}

std::string ParseDurationText(const ConfigNode& node, double* seconds) {
  if (node.kind == NodeKind::kNull) return "has no value";
  const std::string problem = "must be a time such as 90s, 15m or 4h";
  if (node.kind != NodeKind::kScalar) return problem;
  const size_t unit_at = std::min(node.text.find_first_of("msdh"), node.text.size());
  const std::string number = node.text.substr(0, unit_at);
  const double unit = UnitSeconds(std::string_view(node.text).substr(unit_at));
  double count = 0;
  if (LooksOctal(number)) return Shown(node.text) + " looks octal: leave out the leading zero";
  if (unit == 0 || !ToDouble(number, &count)) return problem + ", not " + Shown(node.text);
  *seconds = count * unit;
  return "";
}

std::string ExpandVariables(const std::string& text, std::string* expanded, size_t* offset) {
  expanded->clear();
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      *expanded += "${";
      i += 3;
      continue;
    }
    if (text.compare(i, 2, "${") != 0) {
      *expanded += text[i++];
      continue;
    }
    *offset = i;
    const size_t end = text.find('}', i);
    if (end == std::string::npos) return "'${' has no closing '}'";
    const std::string name = text.substr(i + 2, end - i - 2);
    if (!IsVariableName(name)) return Shown(name) + " is not the name of an environment variable";
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return "the environment variable " + name + " is not set";
    *expanded += value;
    i = end + 1;
  }
  return "";
}

std::string NumberText(double value) {
  // fmt gives the shortest text that reads back equal; "4.0" would only make people wonder.
  return fmt::format("{}", value);
}

std::string ResolutionValue(const Resolution& resolution) {
  if (resolution.square()) return std::to_string(resolution.height);
  return fmt::format("[{}, {}]", resolution.height, resolution.width);
}

std::string RangeText(const Range& range, const std::string& unit) {
  constexpr double kUnlimited = 9e15;
  const std::string tail = unit.empty() ? "" : " " + unit;
  const bool low = range.min > -kUnlimited;
  const bool high = range.max < kUnlimited;
  if (low && high) {
    return range.min == range.max ? NumberText(range.min) + tail
                                  : NumberText(range.min) + " to " + NumberText(range.max) + tail;
  }
  if (low) return "at least " + NumberText(range.min) + tail;
  return high ? "at most " + NumberText(range.max) + tail : "any number";
}

}  // namespace mcunas
