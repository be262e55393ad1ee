// The resolved config as YAML.
#include "common/config_dump.h"

#include "common/config_scalar_internal.h"

#include <fmt/format.h>

namespace mcunas {
namespace {

bool IsPlainText(const std::string& text) {
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-' && c != '.') {
      return false;
    }
  }
  constexpr const char* kReserved[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  for (const char* word : kReserved) {
    if (text == word) return false;
  }
  return true;
}

// As YAML, so that reading gives the same text: "${" would be a variable.
std::string TextValue(const std::string& text) {
  if (IsPlainText(text)) return text;
  std::string quoted = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.compare(i, 2, "${") == 0) quoted += '$';
    if (c == '"' || c == '\\') {
      quoted += std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

template <typename T, typename Format>
std::string ListValue(const std::vector<T>& values, const Format& format) {
  std::string text = "[";
  for (const T& value : values) text += (text.size() > 1 ? ", " : "") + format(value);
  return text + "]";
}

// Lists that are empty are left out: an empty list in a file is an error, and the default is empty
// too.
class DumpWriter : public ConfigVisitor {
 public:
  explicit DumpWriter(std::string indent) : indent_(std::move(indent)) {}

  void Integer(const char* key, int64_t& value, Range, const FieldHelp&) override {
    Line(key, std::to_string(value));
  }
  void Real(const char* key, double& value, Range, const FieldHelp&) override {
    Line(key, NumberText(value));
  }
  void Boolean(const char* key, bool& value, const FieldHelp&) override {
    Line(key, value ? "true" : "false");
  }
  void Text(const char* key, std::string& value, const FieldHelp&) override {
    Line(key, TextValue(value));
  }
  void Choice(const char* key, std::string& value, const std::vector<std::string>&,
              const FieldHelp&) override {
    if (!value.empty()) Line(key, TextValue(value));
  }
  void Duration(const char* key, double& seconds, Range, const FieldHelp&) override {
    Line(key, NumberText(seconds) + "s");
  }
  void Integers(const char* key, std::vector<int64_t>& value, Range, const FieldHelp&) override {
    if (!value.empty()) Line(key, ListValue(value, [](int64_t v) { return std::to_string(v); }));
  }
  void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                     const FieldHelp& help) override {
    if (value.size() != 1) return Integers(key, value, range, help);
    Line(key, std::to_string(value.front()));
  }
  void Reals(const char* key, std::vector<double>& value, Range, const FieldHelp& help) override {
    const auto text = [&](double v) {
      return v == 0 && !help.zero.empty() ? help.zero : NumberText(v);
    };
    if (!value.empty()) Line(key, ListValue(value, text));
  }
  void Resolutions(const char* key, std::vector<Resolution>& value, Range,
                   const FieldHelp&) override {
    if (!value.empty()) Line(key, ListValue(value, ResolutionValue));
  }
  void Texts(const char* key, std::vector<std::string>& value, const std::vector<std::string>&,
             const FieldHelp&) override {
    if (!value.empty()) Line(key, ListValue(value, TextValue));
  }
  void Choices(const char* key, std::map<std::string, std::string>& value,
               const std::vector<std::string>&, const std::vector<std::string>&,
               const FieldHelp&) override {
    if (value.empty()) return;
    std::string text;
    for (const auto& [name, choice] : value) {
      text += (text.empty() ? "{" : ", ") + name + ": " + TextValue(choice);
    }
    Line(key, text + "}");
  }
  void Section(const char* key, const FieldHelp&,
               const std::function<void(ConfigVisitor&)>& describe) override {
    DumpWriter inner(indent_ + "  ");
    describe(inner);
    if (!inner.text_.empty()) text_ += indent_ + key + ":\n" + inner.text_;
  }
  void Sections(const char* key, const FieldHelp&, size_t size, const std::function<void(size_t)>&,
                const std::function<void(ConfigVisitor&, size_t)>& describe) override {
    if (size > 0) text_ += indent_ + key + ":\n";
    for (size_t i = 0; i < size; ++i) {
      DumpWriter inner(indent_ + "    ");
      describe(inner, i);
      inner.text_.replace(0, inner.indent_.size(), indent_ + "  - ");
      text_ += inner.text_;
    }
  }
  void Base(const char*, const FieldHelp&) override {}
  void Require(bool, const char*, const std::string&) override {}
  void Mandatory(const char*) override {}

  const std::string& text() const { return text_; }

 private:
  void Line(const char* key, const std::string& value) {
    text_ += indent_ + key + ": " + value + "\n";
  }

  std::string indent_;
  std::string text_;
};

}  // namespace

std::string DumpConfig(const DescribeFn& describe) {
  DumpWriter writer("");
  describe(writer);
  return writer.text();
}

}  // namespace mcunas
