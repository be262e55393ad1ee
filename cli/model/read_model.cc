#include "cli/model/read_model.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "common/file.h"
#include "common/text.h"
#include "engine/tflite/read_tflite.h"
#include "network/json_read.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFewestDigits = 6;
constexpr size_t kMostDigits = 32;

bool IsHexadecimal(const std::string& text) {
  return !text.empty() && text.size() <= kMostDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string LowerCase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Folder names are the first digits of a hash; people may have the whole of it from a table.
bool Matches(const std::string& folder, const std::string& digits) {
  const size_t common = std::min(folder.size(), digits.size());
  return common >= kFewestDigits && folder.compare(0, common, digits, 0, common) == 0;
}

// Name of each candidate that matches, and one folder that holds it: the same network in several
// runs is one candidate.
std::map<std::string, fs::path> FindCandidates(const fs::path& runs, const std::string& digits) {
  std::map<std::string, fs::path> found;
  std::error_code ignored;  // missing folders hold nothing
  for (const auto& run : fs::directory_iterator(runs, ignored)) {
    std::error_code no_candidates;
    for (const auto& folder : fs::directory_iterator(run.path() / "candidates", no_candidates)) {
      const std::string name = folder.path().filename().string();
      if (IsHexadecimal(name) && Matches(name, digits)) found.emplace(name, folder.path());
    }
  }
  return found;
}

Expected<fs::path> CandidateFile(const std::string& hash, const fs::path& runs, bool weights) {
  if (hash.size() < kFewestDigits) {
    return Error{ErrorCode::kUsage, "'" + hash +
                                        "' is no file, and the hash of a candidate needs " +
                                        std::to_string(kFewestDigits) + " digits or more"};
  }
  const auto found = FindCandidates(runs, LowerCase(hash));
  if (found.empty()) {
    return Error{ErrorCode::kNotFound, "'" + hash + "' is no file and no candidate under " +
                                           (runs / "*" / "candidates").string()};
  }
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [name, folder] : found) names.push_back(name);
    return Error{ErrorCode::kUsage,
                 "'" + hash + "' is the beginning of several candidates: " + Join(names, ", ")};
  }
  const fs::path folder = found.begin()->second;
  std::error_code ignored;
  for (const char* file : {weights ? "model.tflite" : "network.json", "model.tflite"})
    if (fs::exists(folder / file, ignored)) return folder / file;
  if (fs::exists(folder / "network.json", ignored)) return folder / "network.json";
  return Error{ErrorCode::kNotFound,
               folder.string() + " holds neither network.json nor model.tflite"};
}

// FlatBuffers carry their kind at byte 4.
bool IsTflite(const std::string& bytes) {
  return bytes.size() >= 8 && bytes.compare(4, 4, "TFL3") == 0;
}

bool HasTfliteName(const fs::path& file) { return file.extension() == ".tflite"; }

std::span<const uint8_t> Bytewise(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Expected<Model> ReadModelFile(const fs::path& file, RoundingMode rounding) {
  const auto bytes = ReadFile(file);
  if (!bytes) return bytes.error();
  Model model;
  model.file = file.string();
  if (IsTflite(*bytes) || HasTfliteName(file)) {
    auto quantized = ReadTflite(Bytewise(*bytes), file.string(), rounding);
    if (!quantized) return quantized.error();
    model.network = quantized->network;
    model.quantized = std::move(*quantized);
    return model;
  }
  auto network = NetworkFromJson(*bytes, file.string());
  if (!network) return network.error();
  model.network = std::move(*network);
  return model;
}

}  // namespace

Expected<Model> ReadModel(const std::string& model, const fs::path& runs, RoundingMode rounding,
                          bool weights) {
  std::error_code ignored;
  if (fs::is_regular_file(model, ignored) || !IsHexadecimal(model))
    return ReadModelFile(model, rounding);
  const auto file = CandidateFile(model, runs, weights);
  if (!file) return file.error();
  return ReadModelFile(*file, rounding);
}

}  // namespace mcunas
