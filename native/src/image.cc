#include "image.h"

#include <algorithm>
#include <cstring>

namespace reelroom {
namespace {

void narrow(uint8_t* to, const uint16_t* from, int count, int depth) {
  const int shift = depth - 8;
  const int half = 1 << (shift - 1);
  for (int x = 0; x < count; x++) to[x] = static_cast<uint8_t>(std::min((from[x] + half) >> shift, 255));
}

}  // namespace

void copy_samples(const Plane& to, const Image::Samples& from, int depth) {
  constexpr int kGrey = 128;
  for (int y = 0; y < to.height; y++) {
    uint8_t* row = to.at(0, y);
    const uint8_t* source = from.data ? from.data + y * from.stride : nullptr;
    if (!source) std::memset(row, kGrey, to.width);
    else if (depth == 8) std::memcpy(row, source, to.width);
    else narrow(row, reinterpret_cast<const uint16_t*>(source), to.width, depth);
  }
}

}  // namespace reelroom
