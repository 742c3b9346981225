#pragma once

#include <cstddef>
#include <cstdint>

#include "picture.h"

namespace reelroom {

/** What a decoder gives: planar YUV 4:2:0, or luma alone; a view, valid until the decoder's next call. */
struct Image {
  struct Samples {
    /** Null: there is no such plane, all of it is grey. */
    const uint8_t* data;
    /** In bytes; negative where the rows stand upside down. */
    ptrdiff_t stride;
  };
  Samples y;
  Samples u;
  Samples v;
  int width;
  int height;
  /** 8: a byte each. 9 to 16: two bytes each, in the machine's order. */
  int depth;
  Colour colour;
};

/** Copies one plane of an image to 8 bits, rounded; 128 where there is none. `width` and `height` are the plane's. */
void copy_samples(const Plane& to, const Image::Samples& from, int depth);

/** What no picture may exceed. VP8 keeps four of them at once; the other codecs keep up to sixteen, and have less room. */
constexpr int kMaxSidePx = 8192;
constexpr int kMaxVp8AreaPx = 8192 * 4096;
constexpr int kMaxAreaPx = 4096 * 4096;

/** ISO/IEC 23091-2 codes of MatrixCoefficients; what is unspecified is BT.601, as WebRTC's senders convert. */
inline Matrix matrix_of(int code) {
  constexpr int kBt709Code = 1;
  constexpr int kBt2020NonConstantCode = 9;
  // BT.2020 is nearer to BT.709 than to BT.601.
  return code == kBt709Code || code == kBt2020NonConstantCode ? Matrix::kBt709 : Matrix::kBt601;
}

}  // namespace reelroom
