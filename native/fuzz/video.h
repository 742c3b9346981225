#pragma once

#include <cstdlib>
#include <memory>
#include <optional>

#include "../src/decode_failure.h"
#include "../src/image.h"
#include "frames.h"

namespace reelroom::fuzz {

/** What the binding does with a picture: every sample is read, into planes of exactly their size. */
inline void read_all(const Image& image) {
  if (image.width < 1 || image.height < 1 || image.width > kMaxSidePx || image.height > kMaxSidePx) std::abort();
  if (image.depth < 8 || image.depth > 16) std::abort();
  const auto plane = [&](int width, int height, const Image::Samples& from) {
    const std::unique_ptr<uint8_t[]> to(new uint8_t[static_cast<size_t>(width) * height]);
    copy_samples({to.get(), width, height, width}, from, image.depth);
  };
  plane(image.width, image.height, image.y);
  plane((image.width + 1) / 2, (image.height + 1) / 2, image.u);
  plane((image.width + 1) / 2, (image.height + 1) / 2, image.v);
}

/** One decoder for all frames of an input; a refusal must leave it usable. */
template <typename Decoder>
int decode_frames(const uint8_t* data, size_t length) {
  Decoder decoder;
  each_frame(data, length, [&](const Guarded& frame) {
    try {
      const std::optional<Image> image = decoder.decode(frame.data(), frame.size());
      if (image) read_all(*image);
    } catch (const DecodeFailure&) {
    }
  });
  return 0;
}

}  // namespace reelroom::fuzz
