// What identifies bytes and secrets on the wire. (CRC-32 of output bytes: common/image_crc32.h.)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mcunas {

// SHA-256 (FIPS 180-4) of data that comes in pieces. Thread rule: one thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Add(std::string_view bytes);
  // 64 lower-case hexadecimal digits. Ends the computation: nothing may be added after it.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view bytes);

// 64 lower-case hexadecimal digits?
bool IsSha256Hex(std::string_view text);

// Equal? The time taken depends on the lengths only, not on where the texts differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// From the operating system's generator.
uint64_t SecureRandom();

}  // namespace mcunas
