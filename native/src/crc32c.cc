#include <array>
#include <cstring>

#include "kernels.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace reelroom {
namespace {

/** Castagnoli's polynomial 0x1EDC6F41 with its bits reversed. */
constexpr uint32_t kPolynomial = 0x82F63B78;

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ ((value & 1) ? kPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(const uint8_t* data, size_t length, uint32_t seed) {
  uint64_t state = static_cast<uint32_t>(~seed);
  for (; length >= 8; data += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    state = _mm_crc32_u64(state, word);
  }
  for (; length > 0; data++, length--) state = _mm_crc32_u8(static_cast<uint32_t>(state), *data);
  return ~static_cast<uint32_t>(state);
}
#elif defined(__ARM_FEATURE_CRC32)
uint32_t crc32c_arm(const uint8_t* data, size_t length, uint32_t seed) {
  uint32_t state = ~seed;
  for (; length >= 8; data += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    state = __crc32cd(state, word);
  }
  for (; length > 0; data++, length--) state = __crc32cb(state, *data);
  return ~state;
}
#endif

}  // namespace

uint32_t crc32c_table(const uint8_t* data, size_t length, uint32_t seed) {
  uint32_t state = ~seed;
  for (size_t i = 0; i < length; i++) state = (state >> 8) ^ kTable[(state ^ data[i]) & 0xff];
  return ~state;
}

uint32_t crc32c(const uint8_t* data, size_t length, uint32_t seed) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(data, length, seed);
#elif defined(__ARM_FEATURE_CRC32)
  return crc32c_arm(data, length, seed);
#endif
  return crc32c_table(data, length, seed);
}

}  // namespace reelroom
