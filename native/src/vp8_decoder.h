#pragma once

#include <vpx/vpx_decoder.h>

#include <cstddef>
#include <cstdint>

namespace reelroom {

/**
 * VP8 (RFC 6386) by libvpx, on the caller's thread. Pictures are at most kMaxSidePx on a side and
 * kMaxAreaPx in area; a larger keyframe is refused before anything is allocated for it.
 */
class Vp8Decoder {
 public:
  static constexpr int kMaxSidePx = 8192;
  static constexpr int kMaxAreaPx = 8192 * 4096;

  Vp8Decoder() = default;
  ~Vp8Decoder();
  Vp8Decoder(const Vp8Decoder&) = delete;
  Vp8Decoder& operator=(const Vp8Decoder&) = delete;

  /**
   * The picture belongs to libvpx and is valid until the next call; null where the frame shows nothing.
   * Throws DecodeFailure, after which only a keyframe is taken.
   */
  const vpx_image_t* decode(const uint8_t* data, size_t length);

 private:
  void open();
  void discard();

  vpx_codec_ctx_t codec_{};
  bool open_ = false;
};

}  // namespace reelroom
