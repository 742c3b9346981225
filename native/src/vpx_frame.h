#pragma once

#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "decode_failure.h"

namespace reelroom {

/** Decodes one frame by libvpx; null where it shows nothing. Throws `DecodeFailure`. */
inline const vpx_image_t* decode_vpx_frame(vpx_codec_ctx_t* codec, const uint8_t* data, size_t length) {
  if (vpx_codec_decode(codec, data, static_cast<unsigned>(length), nullptr, 0) != VPX_CODEC_OK) {
    const char* detail = vpx_codec_error_detail(codec);
    throw DecodeFailure(detail ? detail : vpx_codec_error(codec));
  }
  int corrupted = 0;
  if (vpx_codec_control(codec, VP8D_GET_FRAME_CORRUPTED, &corrupted) == VPX_CODEC_OK && corrupted) {
    throw DecodeFailure("The frame, or one it refers to, is damaged.");
  }
  vpx_codec_iter_t iterator = nullptr;
  return vpx_codec_get_frame(codec, &iterator);
}

}  // namespace reelroom
