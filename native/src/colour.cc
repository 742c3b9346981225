#include <algorithm>

#include "kernels.h"

namespace reelroom {
namespace {

/**
 * Limited-range YUV of BT.601 to that of BT.709, from the luma weights of ITU-R BT.601-7 section 2.5.1
 * (0.299, 0.587, 0.114) and BT.709-6 section 3.2 (0.2126, 0.7152, 0.0722). Grey stays as it is, and so does
 * the weight of luma itself: what changes is a share of both chroma differences, added to each sample.
 * Chroma's own shares are so small that 16-bit sums hold them with one bit more than those of luma.
 */
constexpr int kLumaBits = 9;
constexpr int kLumaOfU = -59;    // -0.115550
constexpr int kLumaOfV = -106;   // -0.207939
constexpr int kChromaBits = 10;
constexpr int kUOfU = 19;        // 1.018640 - 1
constexpr int kUOfV = 117;       // 0.114618
constexpr int kVOfU = 77;        // 0.075049
constexpr int kVOfV = 26;        // 1.025327 - 1

/** Sums stay within 16 bits, which is what makes eight of them one vector on the smallest of machines. */
constexpr int16_t share(int16_t u, int16_t v, int16_t of_u, int16_t of_v, int bits) {
  const int16_t rounded = static_cast<int16_t>(of_u * u + of_v * v + (1 << (bits - 1)));
  return static_cast<int16_t>(rounded >> bits);
}

uint8_t sample(int16_t value) {
  return static_cast<uint8_t>(std::min<int16_t>(std::max<int16_t>(value, 0), 255));
}

/** Chroma samples worked on at a time: what one step leaves is still in the nearest cache for the next. */
constexpr int kBlock = 256;

/** Converts chroma in place or not, and leaves what its luma pixels gain, each value twice. */
void convert_chroma(uint8_t* to_u, uint8_t* to_v, const uint8_t* from_u, const uint8_t* from_v, int count,
                    int8_t* gain) {
  int8_t each[kBlock];
#pragma GCC ivdep
  for (int i = 0; i < count; i++) {
    const int16_t u = static_cast<int16_t>(from_u[i] - 128);
    const int16_t v = static_cast<int16_t>(from_v[i] - 128);
    each[i] = static_cast<int8_t>(share(u, v, kLumaOfU, kLumaOfV, kLumaBits));
    to_u[i] = sample(static_cast<int16_t>(u + 128 + share(u, v, kUOfU, kUOfV, kChromaBits)));
    to_v[i] = sample(static_cast<int16_t>(v + 128 + share(u, v, kVOfU, kVOfV, kChromaBits)));
  }
  for (int i = 0; i < count; i++) gain[2 * i] = gain[2 * i + 1] = each[i];
}

void convert_luma(uint8_t* to, const uint8_t* from, int count, const int8_t* gain) {
#pragma GCC ivdep
  for (int x = 0; x < count; x++) to[x] = sample(static_cast<int16_t>(from[x] + gain[x]));
}

}  // namespace

void to_bt709_fast(const Picture& to, const Picture& from) {
  for (int row = 0; row < from.u.height; row++) {
    for (int left = 0; left < from.u.width; left += kBlock) {
      int8_t gain[2 * kBlock];
      convert_chroma(to.u.at(left, row), to.v.at(left, row), from.u.at(left, row), from.v.at(left, row),
                     std::min(kBlock, from.u.width - left), gain);
      const int count = std::min(2 * kBlock, from.y.width - 2 * left);
      for (int y = 2 * row; y < std::min(2 * row + 2, from.y.height); y++) {
        convert_luma(to.y.at(2 * left, y), from.y.at(2 * left, y), count, gain);
      }
    }
  }
}

void to_limited(const Picture& picture) {
  for (int row = 0; row < picture.y.height; row++) {
    uint8_t* y = picture.y.at(0, row);
#pragma GCC ivdep
    for (int x = 0; x < picture.y.width; x++) y[x] = static_cast<uint8_t>(16 + ((y[x] * 220 + 128) >> 8));
  }
  for (const Plane& plane : {picture.u, picture.v}) {
    for (int row = 0; row < plane.height; row++) {
      uint8_t* c = plane.at(0, row);
#pragma GCC ivdep
      for (int x = 0; x < plane.width; x++) c[x] = static_cast<uint8_t>(128 + (((c[x] - 128) * 225 + 128) >> 8));
    }
  }
}

void to_bt709_plain(const Picture& to, const Picture& from) {
  const auto clipped = [](int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); };
  for (int y = 0; y < from.y.height; y++) {
    for (int x = 0; x < from.y.width; x++) {
      const int u = *from.u.at(x / 2, y / 2) - 128;
      const int v = *from.v.at(x / 2, y / 2) - 128;
      const int gain = (kLumaOfU * u + kLumaOfV * v + (1 << (kLumaBits - 1))) >> kLumaBits;
      *to.y.at(x, y) = clipped(*from.y.at(x, y) + gain);
    }
  }
  for (int y = 0; y < from.u.height; y++) {
    for (int x = 0; x < from.u.width; x++) {
      const int u = *from.u.at(x, y) - 128;
      const int v = *from.v.at(x, y) - 128;
      const int half = 1 << (kChromaBits - 1);
      *to.u.at(x, y) = clipped(u + 128 + ((kUOfU * u + kUOfV * v + half) >> kChromaBits));
      *to.v.at(x, y) = clipped(v + 128 + ((kVOfU * u + kVOfV * v + half) >> kChromaBits));
    }
  }
}

}  // namespace reelroom
