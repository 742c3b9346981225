#include <cstdlib>
#include <utility>

#include "../src/kernels.h"
#include "frames.h"

using namespace reelroom;

namespace {

constexpr int kMostPx = 200;

/** A picture whose planes end with their last sample: what goes beyond is found. */
class Canvas {
 public:
  Canvas(fuzz::Input& input, int width, int height)
      : y_(plane(input, width, height)), u_(plane(input, (width + 1) / 2, (height + 1) / 2)),
        v_(plane(input, (width + 1) / 2, (height + 1) / 2)) {}

  Picture picture() const { return {y_.plane, u_.plane, v_.plane}; }

 private:
  struct Owned {
    fuzz::Guarded data;
    Plane plane;
  };

  static Owned plane(fuzz::Input& input, int width, int height) {
    const int stride = width + static_cast<int>(input.number(3)) * static_cast<int>(input.number(70));
    const size_t bytes = static_cast<size_t>(height - 1) * stride + width;
    fuzz::Guarded data(bytes);
    // Cheap and different everywhere; the samples' values are not what this is about.
    uint32_t state = input.number(65536);
    for (size_t i = 0; i < bytes; i++) data.data()[i] = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    uint8_t* at = data.data();
    return {std::move(data), {at, width, height, stride}};
  }

  Owned y_, u_, v_;
};

int side(fuzz::Input& input) { return 1 + static_cast<int>(input.number(kMostPx)); }

/** All of a picture as often as not: only then its last samples are touched. */
Rect inside(fuzz::Input& input, const Plane& luma) {
  if (input.number(2) == 0) return {0, 0, luma.width, luma.height};
  const int x = static_cast<int>(input.number(luma.width));
  const int y = static_cast<int>(input.number(luma.height));
  return {x, y, 1 + static_cast<int>(input.number(luma.width - x)), 1 + static_cast<int>(input.number(luma.height - y))};
}

Rect even(const Rect& rect) { return {rect.x & ~1, rect.y & ~1, rect.width & ~1, rect.height & ~1}; }

void must(bool holds) {
  if (!holds) std::abort();
}

bool equal(const Plane& a, const Plane& b) {
  for (int y = 0; y < a.height; y++) {
    if (std::memcmp(a.at(0, y), b.at(0, y), a.width) != 0) return false;
  }
  return true;
}

bool equal(const Picture& a, const Picture& b) { return equal(a.y, b.y) && equal(a.u, b.u) && equal(a.v, b.v); }

void draw_part(fuzz::Input& input) {
  const int width = side(input) + 1;
  const int height = side(input) + 1;
  const Canvas canvas(input, width, height);
  // Up to twice as large there is a kernel of our own.
  const bool near = input.number(2) == 0;
  const int source_width = near ? width + static_cast<int>(input.number(width)) : side(input);
  const int source_height = near ? height + static_cast<int>(input.number(height)) : side(input);
  const Canvas source(input, source_width, source_height);
  const Rect to = even(inside(input, canvas.picture().y));
  const Rect from = inside(input, source.picture().y);
  if (to.width == 0 || to.height == 0) return;
  const Colour colour{input.number(2) ? Matrix::kBt601 : Matrix::kBt709, input.number(2) == 1};
  draw(canvas.picture(), to, source.picture(), from, colour, input.number(4) != 0);
  fill(canvas.picture(), to, 1, 2, 3);
}

void convert(fuzz::Input& input) {
  const int width = side(input);
  const int height = side(input);
  const Canvas source(input, width, height);
  const Canvas fast(input, width, height);
  const Canvas plain(input, width, height);
  to_bt709_fast(fast.picture(), source.picture());
  to_bt709_plain(plain.picture(), source.picture());
  must(equal(fast.picture(), plain.picture()));
  to_bt709_fast(source.picture(), source.picture());
  must(equal(source.picture(), plain.picture()));
  to_limited(source.picture());
}

void turn(fuzz::Input& input) {
  const int width = side(input);
  const int height = side(input);
  const Canvas source(input, width, height);
  const Canvas turned(input, height, width);
  const Canvas back(input, width, height);
  rotate(turned.picture(), source.picture(), 90);
  rotate(back.picture(), turned.picture(), 270);
  must(equal(back.picture(), source.picture()));
  rotate(back.picture(), source.picture(), 180);
}

void sum(fuzz::Input& input) {
  const uint32_t seed = input.number(65536) << 16 | input.number(65536);
  const fuzz::Guarded data = input.bytes(input.left());
  const uint32_t whole = crc32c(data.data(), data.size(), seed);
  must(whole == crc32c_table(data.data(), data.size(), seed));
  const size_t half = data.size() / 3;
  must(whole == crc32c(data.data() + half, data.size() - half, crc32c(data.data(), half, seed)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  fuzz::Input input(data, length);
  switch (input.number(4)) {
    case 0: draw_part(input); break;
    case 1: convert(input); break;
    case 2: turn(input); break;
    default: sum(input);
  }
  return 0;
}
