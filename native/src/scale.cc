#include <libyuv.h>

#include <algorithm>
#include <vector>

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

/** Planes much larger than the target are halved first, as often as it takes: each sample of them counts. */
bool is_halved_first(const Plane& target, const Plane& source) {
  return target.width * 2 < source.width && target.height * 2 < source.height;
}

/** Of a half's size; an odd last column or row is left out. */
class Half {
 public:
  explicit Half(const Plane& source)
      : samples_(static_cast<size_t>(source.width / 2) * (source.height / 2)),
        plane_{samples_.data(), source.width / 2, source.height / 2, source.width / 2} {}
  const Plane& plane() const { return plane_; }

 private:
  std::vector<uint8_t> samples_;
  Plane plane_;
};

void plane_fast(const Plane& target, const Plane& source) {
  if (is_halved_first(target, source)) {
    const Half half(source);
    const Plane& to = half.plane();
    libyuv::ScalePlane(source.data, source.stride, to.width * 2, to.height * 2, to.data, to.stride, to.width,
                       to.height, libyuv::kFilterBox);
    return plane_fast(target, to);
  }
  if (shrink_fast(target, source)) return;
  libyuv::ScalePlane(source.data, source.stride, source.width, source.height, target.data, target.stride,
                     target.width, target.height, libyuv::kFilterBilinear);
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

void plane_plain(const Plane& target, const Plane& source) {
  if (is_halved_first(target, source)) {
    const Half half(source);
    const Plane& to = half.plane();
    for (int y = 0; y < to.height; y++) {
      for (int x = 0; x < to.width; x++) {
        const uint8_t* top = source.at(2 * x, 2 * y);
        const uint8_t* bottom = source.at(2 * x, 2 * y + 1);
        *to.at(x, y) = static_cast<uint8_t>((top[0] + top[1] + bottom[0] + bottom[1] + 2) / 4);
      }
    }
    return plane_plain(target, to);
  }
  for (int y = 0; y < target.height; y++) {
    for (int x = 0; x < target.width; x++) {
      *target.at(x, y) = interpolated(source, position(x, target.width, source.width),
                                      position(y, target.height, source.height));
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
