#include "h264_decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <algorithm>
#include <climits>
#include <utility>

#include "decode_failure.h"

namespace reelroom {
namespace {

/** ITU-T H.264 table A-1, level 5.2: MaxFS macroblocks of 16 by 16. */
constexpr int kMaxPx = 36'864 * 256;
constexpr int kIdrSlice = 5;

bool has_idr(const uint8_t* data, size_t length) {
  for (size_t at = 0; at + 4 <= length; at++) {
    if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1 && (data[at + 3] & 0x1f) == kIdrSlice) return true;
  }
  return false;
}

int depth_of(int format) {
  switch (format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_GRAY8:
      return 8;
    case AV_PIX_FMT_YUV420P10:
    case AV_PIX_FMT_GRAY10:
      return 10;
    default:
      throw DecodeFailure("The picture is not of 4:2:0.");
  }
}

}  // namespace

void H264Decoder::FreeContext::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void H264Decoder::FreeFrame::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void H264Decoder::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

H264Decoder::H264Decoder() : frame_(av_frame_alloc()), next_(av_frame_alloc()), packet_(av_packet_alloc()) {}

H264Decoder::~H264Decoder() = default;

void H264Decoder::open() {
  // For the whole process: what a stranger's stream provokes is not for stderr.
  av_log_set_level(AV_LOG_QUIET);
  const AVCodec* codec = avcodec_find_decoder_by_name("h264");
  context_.reset(avcodec_alloc_context3(codec));
  if (!codec || !context_) throw DecodeFailure("libavcodec has no H.264 decoder.");
  context_->thread_count = 1;
  context_->max_pixels = kMaxPx;
  // What is damaged is an error here, not a picture with made-up parts. (Concealment stays on: without it
  // libavcodec does not know which parts it has.)
  context_->err_recognition = AV_EF_EXPLODE;
  if (avcodec_open2(context_.get(), codec, nullptr) < 0) {
    context_.reset();
    throw DecodeFailure("libavcodec cannot be initialised.");
  }
}

void H264Decoder::send(const uint8_t* data, size_t length) {
  if (length > INT_MAX / 2) throw DecodeFailure("The frame is too long.");
  padded_.assign(data, data + length);
  padded_.resize(length + AV_INPUT_BUFFER_PADDING_SIZE, 0);
  packet_->data = padded_.data();
  packet_->size = static_cast<int>(length);
  const int result = avcodec_send_packet(context_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (result < 0) throw DecodeFailure("The access unit is damaged.");
}

bool H264Decoder::receive() {
  bool any = false;
  for (;;) {
    const int result = avcodec_receive_frame(context_.get(), next_.get());
    if (result == AVERROR(EAGAIN)) return any;
    if (result < 0) throw DecodeFailure("The picture is damaged.");
    std::swap(frame_, next_);
    any = true;
  }
}

std::optional<Image> H264Decoder::decode(const uint8_t* data, size_t length) {
  try {
    if (!context_) {
      if (!has_idr(data, length)) throw DecodeFailure("A keyframe is needed first.");
      open();
    }
    send(data, length);
    if (!receive()) return std::nullopt;
    const AVFrame& frame = *frame_;
    if (frame.flags & AV_FRAME_FLAG_CORRUPT || frame.decode_error_flags) {
      throw DecodeFailure("The picture, or one it refers to, is damaged.");
    }
    if (frame.width > kMaxSidePx || frame.height > kMaxSidePx) {
      throw DecodeFailure("The picture is larger than this decoder takes.");
    }
    const auto samples = [&](int plane) { return Image::Samples{frame.data[plane], frame.linesize[plane]}; };
    const bool full_range = frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P;
    return Image{samples(0),   samples(1),   samples(2),
                 frame.width,  frame.height, depth_of(frame.format),
                 {matrix_of(frame.colorspace), full_range}};
  } catch (const DecodeFailure&) {
    // A fresh context: what libavcodec keeps of a damaged picture never meets the next one.
    context_.reset();
    throw;
  }
}

}  // namespace reelroom
