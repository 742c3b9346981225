#include <libyuv.h>

#include <algorithm>

#include "kernels.h"
#include "shrink.h"

namespace reelroom {
namespace {

using ScalePlane = void (*)(const Plane& target, const Plane& source);

void each_plane(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from, ScalePlane scale) {
  const Picture target = part(canvas, to);
  const Picture input = part(source, from);
  scale(target.y, input.y);
  scale(target.u, input.u);
  scale(target.v, input.v);
}

void plane_fast(const Plane& target, const Plane& source) {
  if (shrink_fast(target, source)) return;
  // kFilterBox falls back to bilinear above a half by itself, where a box would be a nearest neighbour.
  libyuv::ScalePlane(source.data, source.stride, source.width, source.height, target.data, target.stride,
                     target.width, target.height, libyuv::kFilterBox);
}

/** Where target sample `i` lies in the source: centres when shrinking, first on first and last on last when growing. */
double position(int i, int target_size, int source_size) {
  if (target_size > source_size) {
    return target_size == 1 ? 0 : static_cast<double>(i) * (source_size - 1) / (target_size - 1);
  }
  return (i + 0.5) * source_size / target_size - 0.5;
}

uint8_t interpolated(const Plane& source, double x, double y) {
  const int x0 = std::clamp(static_cast<int>(x), 0, source.width - 1);
  const int y0 = std::clamp(static_cast<int>(y), 0, source.height - 1);
  const int x1 = std::min(x0 + 1, source.width - 1);
  const int y1 = std::min(y0 + 1, source.height - 1);
  const double right = std::clamp(x - x0, 0.0, 1.0);
  const double below = std::clamp(y - y0, 0.0, 1.0);
  const double top = *source.at(x0, y0) * (1 - right) + *source.at(x1, y0) * right;
  const double bottom = *source.at(x0, y1) * (1 - right) + *source.at(x1, y1) * right;
  return static_cast<uint8_t>(top * (1 - below) + bottom * below + 0.5);
}

uint8_t averaged(const Plane& source, int x0, int x1, int y0, int y1) {
  uint64_t sum = 0;
  for (int y = y0; y < y1; y++) {
    for (int x = x0; x < x1; x++) sum += *source.at(x, y);
  }
  const uint64_t count = static_cast<uint64_t>(x1 - x0) * (y1 - y0);
  return static_cast<uint8_t>((sum + count / 2) / count);
}

void plane_plain(const Plane& target, const Plane& source) {
  const bool boxes = target.width * 2 < source.width && target.height * 2 < source.height;
  for (int y = 0; y < target.height; y++) {
    const int top = static_cast<int>(static_cast<int64_t>(y) * source.height / target.height);
    const int bottom = static_cast<int>(static_cast<int64_t>(y + 1) * source.height / target.height);
    for (int x = 0; x < target.width; x++) {
      if (boxes) {
        const int left = static_cast<int>(static_cast<int64_t>(x) * source.width / target.width);
        const int right = static_cast<int>(static_cast<int64_t>(x + 1) * source.width / target.width);
        *target.at(x, y) = averaged(source, left, right, top, bottom);
      } else {
        *target.at(x, y) = interpolated(source, position(x, target.width, source.width),
                                        position(y, target.height, source.height));
      }
    }
  }
}

void fill_plane(const Plane& plane, const Rect& rect, uint8_t value) {
  for (int y = 0; y < rect.height; y++) std::fill_n(plane.at(rect.x, rect.y + y), rect.width, value);
}

}  // namespace

void fill(const Picture& canvas, const Rect& rect, uint8_t y, uint8_t u, uint8_t v) {
  fill_plane(canvas.y, rect, y);
  fill_plane(canvas.u, chroma_of(rect), u);
  fill_plane(canvas.v, chroma_of(rect), v);
}

void scale_fast(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from) {
  each_plane(canvas, to, source, from, plane_fast);
}

void scale_plain(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from) {
  each_plane(canvas, to, source, from, plane_plain);
}

}  // namespace reelroom
