#include "vp8_decoder.h"

#include <vpx/vp8dx.h>

#include "decode_failure.h"
#include "vpx_frame.h"

namespace reelroom {
namespace {

/** RFC 6386 section 9.1: frame tag, and in keyframes a start code and two sizes of 14 bits. */
constexpr size_t kFrameTagBytes = 3;
constexpr size_t kKeyframeHeaderBytes = 10;

bool is_keyframe(const uint8_t* data) { return (data[0] & 1) == 0; }

void check_keyframe(const uint8_t* data, size_t length) {
  if (length < kKeyframeHeaderBytes) throw DecodeFailure("The keyframe is cut short.");
  if (data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a) throw DecodeFailure("The keyframe has no start code.");
  const int width = (data[6] | data[7] << 8) & 0x3fff;
  const int height = (data[8] | data[9] << 8) & 0x3fff;
  if (width == 0 || height == 0) throw DecodeFailure("The keyframe has no size.");
  if (width > kMaxSidePx || height > kMaxSidePx || width * height > kMaxVp8AreaPx) {
    throw DecodeFailure("The picture is larger than this decoder takes.");
  }
}

}  // namespace

Vp8Decoder::~Vp8Decoder() { discard(); }

void Vp8Decoder::open() {
  vpx_codec_dec_cfg_t config{};
  config.threads = 1;
  if (vpx_codec_dec_init(&codec_, vpx_codec_vp8_dx(), &config, 0) != VPX_CODEC_OK) {
    throw DecodeFailure("libvpx cannot be initialised.");
  }
  open_ = true;
}

void Vp8Decoder::discard() {
  if (open_) vpx_codec_destroy(&codec_);
  open_ = false;
}

std::optional<Image> Vp8Decoder::decode(const uint8_t* data, size_t length) {
  try {
    if (length < kFrameTagBytes) throw DecodeFailure("The frame is cut short.");
    if (is_keyframe(data)) {
      check_keyframe(data, length);
      if (!open_) open();
    } else if (!open_) {
      throw DecodeFailure("A keyframe is needed first.");
    }
    const vpx_image_t* image = decode_vpx_frame(&codec_, data, length);
    if (!image) return std::nullopt;
    const auto samples = [&](int plane) { return Image::Samples{image->planes[plane], image->stride[plane]}; };
    // RFC 6386 section 9.2: the header's colour space bit knows BT.601 only. Encoders of WebRTC send its limited range.
    return Image{samples(VPX_PLANE_Y), samples(VPX_PLANE_U), samples(VPX_PLANE_V), static_cast<int>(image->d_w),
                 static_cast<int>(image->d_h), 8, {Matrix::kBt601, false}};
  } catch (const DecodeFailure&) {
    // A fresh context: what libvpx keeps of a damaged frame never meets the next one.
    discard();
    throw;
  }
}

}  // namespace reelroom
