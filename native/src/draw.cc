#include "kernels.h"

namespace reelroom {
namespace {

/** The same size in luma and in chroma; an odd place in the source shifts chroma by half a sample. */
bool is_copy(const Rect& to, const Rect& from) {
  return to.width == from.width && to.height == from.height && from.x % 2 == 0 && from.y % 2 == 0;
}

}  // namespace

void draw(const Picture& canvas, const Rect& to, const Picture& source, const Rect& from, Colour colour, bool fast) {
  const auto scale = fast ? scale_fast : scale_plain;
  const auto convert = fast ? to_bt709_fast : to_bt709_plain;
  const Picture target = part(canvas, to);
  if (colour.matrix == Matrix::kBt601 && !colour.full_range && is_copy(to, from)) {
    convert(target, part(source, from));
    return;
  }
  scale(canvas, to, source, from);
  if (colour.full_range) to_limited(target);
  if (colour.matrix == Matrix::kBt601) convert(target, target);
}

}  // namespace reelroom
