#pragma once

#include <vpx/vpx_decoder.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "image.h"

namespace reelroom {

/**
 * VP8 (RFC 6386) by libvpx, on the caller's thread. Pictures are at most kMaxSidePx on a side and
 * kMaxVp8AreaPx in area; a larger keyframe is refused before anything is allocated for it.
 */
class Vp8Decoder {
 public:
  Vp8Decoder() = default;
  ~Vp8Decoder();
  Vp8Decoder(const Vp8Decoder&) = delete;
  Vp8Decoder& operator=(const Vp8Decoder&) = delete;

  /** Nothing where the frame shows nothing. Throws DecodeFailure, after which only a keyframe is taken. */
  std::optional<Image> decode(const uint8_t* data, size_t length);

 private:
  void open();
  void discard();

  vpx_codec_ctx_t codec_{};
  bool open_ = false;
};

}  // namespace reelroom
