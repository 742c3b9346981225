#pragma once

#include <cstddef>
#include <cstdint>

namespace reelroom {

/** One plane of 8-bit samples; a view, owned by whoever made it. */
struct Plane {
  uint8_t* data;
  int width;
  int height;
  int stride;

  uint8_t* at(int x, int y) const { return data + static_cast<ptrdiff_t>(y) * stride + x; }
};

/** Planar YUV 4:2:0: chroma planes have half the luma size, rounded up. */
struct Picture {
  Plane y;
  Plane u;
  Plane v;
};

/** The weights of red, green and blue in luma. */
enum class Matrix { kBt601, kBt709 };

/** What a picture's samples mean. */
struct Colour {
  Matrix matrix;
  /** Samples from 0 to 255, not limited range. */
  bool full_range;
};

/** Luma pixels. */
struct Rect {
  int x;
  int y;
  int width;
  int height;
};

/** The chroma samples that a luma rectangle touches. */
inline Rect chroma_of(const Rect& luma) {
  const int x = luma.x / 2;
  const int y = luma.y / 2;
  return {x, y, (luma.x + luma.width + 1) / 2 - x, (luma.y + luma.height + 1) / 2 - y};
}

inline Plane part(const Plane& plane, const Rect& rect) {
  return {plane.at(rect.x, rect.y), rect.width, rect.height, plane.stride};
}

inline Picture part(const Picture& picture, const Rect& luma) {
  const Rect chroma = chroma_of(luma);
  return {part(picture.y, luma), part(picture.u, chroma), part(picture.v, chroma)};
}

}  // namespace reelroom
