#include <libyuv.h>

#include "kernels.h"

namespace reelroom {

void rotate(const Picture& to, const Picture& from, int degrees) {
  const auto plane = [degrees](const Plane& target, const Plane& source) {
    libyuv::RotatePlane(source.data, source.stride, target.data, target.stride, source.width, source.height,
                        static_cast<libyuv::RotationMode>(degrees));
  };
  plane(to.y, from.y);
  plane(to.u, from.u);
  plane(to.v, from.v);
}

}  // namespace reelroom
