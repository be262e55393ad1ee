#include "supernet/data/event_file.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>

namespace mcunas {
namespace {

std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table;
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
    table[i] = value;
  }
  return table;
}

// TFRecord rotates and offsets its checksums, so that a checksum of checksums stays random.
uint32_t MaskedCrc(const std::string& bytes) {
  const uint32_t crc = Crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

// Protobuf wire types: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
std::string Key(int field, int wire_type) {
  return std::string(1, static_cast<char>(field << 3 | wire_type));
}
std::string Delimited(int field, const std::string& bytes) {
  return Key(field, 2) + Varint(bytes.size()) + bytes;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

uint32_t Crc32c(const std::string& bytes) {
  static const std::array<uint32_t, 256> table = MakeCrcTable();
  uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = table[(crc ^ static_cast<uint8_t>(c)) & 0xff] ^ crc >> 8;
  return ~crc;
}

Expected<EventFile> EventFile::Create(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const auto seconds = static_cast<int64_t>(Now());
  const std::filesystem::path path = folder / ("events.out.tfevents." + std::to_string(seconds) +
                                               ".mcunas." + std::to_string(getpid()));
  std::ofstream stream(path, std::ios::binary | std::ios::app);
  if (!stream) return Error{ErrorCode::kIo, path.string() + ": cannot be written"};
  EventFile file(std::move(stream));
  file.Append(Key(1, 1) + Raw(Now()) + Delimited(3, "brain.Event:2"));
  return file;
}

void EventFile::Scalar(const std::string& tag, int64_t step, double value) {
  const std::string point = Delimited(1, tag) + Key(2, 5) + Raw(static_cast<float>(value));
  Append(Key(1, 1) + Raw(Now()) + Key(2, 0) + Varint(static_cast<uint64_t>(step)) +
         Delimited(5, Delimited(1, point)));
}

void EventFile::Append(const std::string& event) {
  const std::string length = Raw(static_cast<uint64_t>(event.size()));
  stream_ << length << Raw(MaskedCrc(length)) << event << Raw(MaskedCrc(event));
  stream_.flush();
}

}  // namespace mcunas
