#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "image.h"

struct AVCodecContext;
struct AVFrame;
struct AVPacket;

namespace reelroom {

/**
 * H.264 (ITU-T H.264) of 4:2:0 by libavcodec, on the caller's thread: every profile that browsers send.
 * Pictures are at most as large as level 5.2 has them (36,864 macroblocks, table A-1): sixteen of those that
 * a stream may refer to take a quarter of a gigabyte.
 */
class H264Decoder {
 public:
  H264Decoder();
  ~H264Decoder();
  H264Decoder(const H264Decoder&) = delete;
  H264Decoder& operator=(const H264Decoder&) = delete;

  /**
   * Takes the NAL units of one access unit, each behind a start code (annex B). Nothing where the decoder
   * holds the picture back. Throws DecodeFailure, after which only an IDR picture is taken.
   */
  std::optional<Image> decode(const uint8_t* data, size_t length);

 private:
  void open();
  void send(const uint8_t* data, size_t length);
  /** The newest picture that libavcodec gives, into `frame_`; false where there is none. */
  bool receive();

  struct FreeContext {
    void operator()(AVCodecContext* context) const;
  };
  struct FreeFrame {
    void operator()(AVFrame* frame) const;
  };
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };
  std::unique_ptr<AVCodecContext, FreeContext> context_;
  std::unique_ptr<AVFrame, FreeFrame> frame_;
  std::unique_ptr<AVFrame, FreeFrame> next_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  /** The access unit with the room behind it that libavcodec reads into. */
  std::vector<uint8_t> padded_;
};

}  // namespace reelroom
