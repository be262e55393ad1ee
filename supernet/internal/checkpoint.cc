#include "supernet/internal/checkpoint.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "common/check.h"
#include "common/file.h"
#include "common/log.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'M', 'C', 'U', 'N', 'A', 'S', 'C', 'K'};
constexpr uint64_t kVersion = 1;
constexpr size_t kKeep = 2;

struct Header {
  char magic[8];
  uint64_t version;
  uint64_t fingerprint_high, fingerprint_low;
  int64_t step;
  uint64_t elements;
};

Hash128 Checksum(const uint8_t* bytes, size_t size) {
  return HashBytes({reinterpret_cast<const char*>(bytes), size});
}

// Newest first.
std::vector<fs::path> Files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".ckpt") files.push_back(entry.path());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

}  // namespace

Expected<void> SaveCheckpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  const size_t elements = checkpoint.weights.size();
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.fingerprint_high = checkpoint.fingerprint.high;
  header.fingerprint_low = checkpoint.fingerprint.low;
  header.step = checkpoint.step;
  header.elements = elements;
  const size_t body = sizeof header + 3 * elements * sizeof(float);
  std::vector<uint8_t> bytes(body + sizeof(Hash128));
  std::memcpy(bytes.data(), &header, sizeof header);
  uint8_t* out = bytes.data() + sizeof header;
  for (const auto* values : {&checkpoint.weights, &checkpoint.momentum, &checkpoint.average}) {
    MCUNAS_CHECK(values->size() == elements, "arrays of a checkpoint differ in size");
    std::memcpy(out, values->data(), elements * sizeof(float));
    out += elements * sizeof(float);
  }
  const Hash128 hash = Checksum(bytes.data(), body);
  std::memcpy(out, &hash, sizeof hash);
  char name[40];
  std::snprintf(name, sizeof name, "step-%010lld.ckpt", static_cast<long long>(checkpoint.step));
  if (auto written = WriteBytesAtomically(folder / name, bytes); !written) return written.error();
  const std::vector<fs::path> files = Files(folder);
  std::error_code ignored;
  for (size_t i = kKeep; i < files.size(); ++i) fs::remove(files[i], ignored);
  return {};
}

Expected<Checkpoint> ReadCheckpoint(const fs::path& file) {
  const auto corrupt = [&](const char* why) {
    return Error{ErrorCode::kCorrupt, file.string() + ": " + why};
  };
  const auto bytes = ReadBytes(file);
  if (!bytes) return bytes.error();
  Header header;
  if (bytes->size() < sizeof header) return corrupt("truncated checkpoint");
  std::memcpy(&header, bytes->data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return corrupt("not a checkpoint");
  if (header.version != kVersion) return corrupt("checkpoint of another version");
  const size_t payload = bytes->size() - sizeof header;
  const bool right_size = header.elements < payload && payload >= sizeof(Hash128) &&
                          payload == 3 * header.elements * sizeof(float) + sizeof(Hash128);
  if (!right_size) return corrupt("truncated checkpoint");
  Hash128 stored;
  const size_t body = bytes->size() - sizeof stored;
  std::memcpy(&stored, bytes->data() + body, sizeof stored);
  if (stored != Checksum(bytes->data(), body))
    return corrupt("damaged checkpoint (checksum differs)");
  Checkpoint checkpoint;
  checkpoint.fingerprint = {header.fingerprint_high, header.fingerprint_low};
  checkpoint.step = header.step;
  const uint8_t* in = bytes->data() + sizeof header;
  for (auto* values : {&checkpoint.weights, &checkpoint.momentum, &checkpoint.average}) {
    values->resize(header.elements);
    std::memcpy(values->data(), in, header.elements * sizeof(float));
    in += header.elements * sizeof(float);
  }
  return checkpoint;
}

Expected<std::optional<Checkpoint>> NewestCheckpoint(const fs::path& folder,
                                                     const Hash128& fingerprint) {
  const std::vector<fs::path> files = Files(folder);
  std::string last_problem;
  for (const fs::path& file : files) {
    auto checkpoint = ReadCheckpoint(file);
    if (!checkpoint) {
      last_problem = checkpoint.error().message;
      LogWarning(last_problem + "; trying the one before");
      continue;
    }
    if (checkpoint->fingerprint != fingerprint) {
      return Error{ErrorCode::kUsage, file.string() +
                                          ": written with another data, space, supernet or seed "
                                          "setting; use another run folder"};
    }
    return std::optional<Checkpoint>(std::move(*checkpoint));
  }
  if (files.empty()) return std::optional<Checkpoint>();
  return Error{ErrorCode::kCorrupt, "no good checkpoint left: " + last_problem};
}

}  // namespace mcunas
