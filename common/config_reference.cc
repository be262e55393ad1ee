// The reference page of a config: one table row per field.
#include "common/config_reference.h"

#include <fmt/format.h>

#include "common/config_scalar_internal.h"
#include "common/text.h"

namespace mcunas {
namespace {

// '|' would end a table cell.
std::string Cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

template <typename T, typename Format>
std::string ListText(const std::vector<T>& values, const Format& format) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(format(value));
  return texts.empty() ? "none" : "[" + Join(texts, ", ") + "]";
}

class ReferenceWriter : public ConfigVisitor {
 public:
  void Integer(const char* key, int64_t& value, Range range, const FieldHelp& help) override {
    Row(key, "integer", std::to_string(value), RangeText(range, ""), help);
  }
  void Real(const char* key, double& value, Range range, const FieldHelp& help) override {
    Row(key, "number", NumberText(value), RangeText(range, ""), help);
  }
  void Boolean(const char* key, bool& value, const FieldHelp& help) override {
    Row(key, "boolean", value ? "true" : "false", "true, false", help);
  }
  void Text(const char* key, std::string& value, const FieldHelp& help) override {
    Row(key, "text", value, "", help);
  }
  void Choice(const char* key, std::string& value, const std::vector<std::string>& allowed,
              const FieldHelp& help) override {
    Row(key, "choice", value, Join(allowed, ", "), help);
  }
  void Duration(const char* key, double& seconds, Range range, const FieldHelp& help) override {
    Row(key, "duration", NumberText(seconds) + "s", RangeText(range, "s"), help);
  }
  void Integers(const char* key, std::vector<int64_t>& value, Range range,
                const FieldHelp& help) override {
    const auto number = [](int64_t v) { return std::to_string(v); };
    Row(key, "list of integers", ListText(value, number), RangeText(range, ""), help);
  }
  void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                     const FieldHelp& help) override {
    const auto number = [](int64_t v) { return std::to_string(v); };
    Row(key, "integer or list", value.size() == 1 ? number(value[0]) : ListText(value, number),
        RangeText(range, ""), help);
  }
  void Reals(const char* key, std::vector<double>& value, Range range,
             const FieldHelp& help) override {
    const std::string zero = help.zero.empty() ? "" : help.zero + " (0) or ";
    Row(key, "list of numbers", ListText(value, NumberText), zero + RangeText(range, ""), help);
  }
  void Resolutions(const char* key, std::vector<Resolution>& value, Range range,
                   const FieldHelp& help) override {
    Row(key, "list of sizes", ListText(value, ResolutionValue),
        RangeText(range, "") + ", or [height, width] of such", help);
  }
  void Texts(const char* key, std::vector<std::string>& value,
             const std::vector<std::string>& allowed, const FieldHelp& help) override {
    const auto same = [](const std::string& v) { return v; };
    Row(key, "list of texts", ListText(value, same), Join(allowed, ", "), help);
  }
  void Choices(const char* key, std::map<std::string, std::string>& value,
               const std::vector<std::string>& keys, const std::vector<std::string>& allowed,
               const FieldHelp& help) override {
    std::vector<std::string> pairs;
    for (const auto& [name, choice] : value) pairs.push_back(name + ": " + choice);
    Row(key, "map", pairs.empty() ? "none" : "{" + Join(pairs, ", ") + "}",
        "names " + Join(keys, ", ") + "; values " + Join(allowed, ", "), help);
  }
  void Section(const char* key, const FieldHelp& help,
               const std::function<void(ConfigVisitor&)>& describe) override {
    Row(key, "section", "", "", help);
    Inside(std::string(key) + ".", [&] { describe(*this); });
  }
  void Sections(const char* key, const FieldHelp& help, size_t size,
                const std::function<void(size_t)>& resize,
                const std::function<void(ConfigVisitor&, size_t)>& describe) override {
    Row(key, "list of sections", "", "", help);
    if (size == 0) resize(1);
    Inside(std::string(key) + "[].", [&] { describe(*this, 0); });
    if (size == 0) resize(0);
  }
  void Base(const char* key, const FieldHelp& help) override { Row(key, "file", "", "", help); }
  void Require(bool, const char*, const std::string&) override {}
  void Mandatory(const char* key) override { mandatory_ = prefix_ + key; }

  const std::string& rows() const { return rows_; }

 private:
  template <typename DescribeFields>
  void Inside(const std::string& step, const DescribeFields& describe) {
    const std::string outer = prefix_;
    prefix_ += step;
    describe();
    prefix_ = outer;
  }

  void Row(const std::string& key, const std::string& type, const std::string& standard,
           const std::string& range, const FieldHelp& help) {
    const bool mandatory = mandatory_ == prefix_ + key;
    const std::string shown = standard.empty() ? "" : "`" + Cell(standard) + "`";
    rows_ += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", prefix_ + key, type,
                         mandatory ? "*required*" : shown, Cell(range), Cell(help.unit),
                         Cell(help.help));
  }

  std::string prefix_;
  std::string mandatory_;
  std::string rows_;
};

}  // namespace

std::string ConfigReference(const DescribeFn& describe, const std::string& title) {
  ReferenceWriter writer;
  describe(writer);
  return "# " + title +
         "\n\n| key | type | default | allowed | unit | meaning |\n|---|---|---|---|---|---|\n" +
         writer.rows();
}

}  // namespace mcunas
