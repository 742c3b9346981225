#pragma once

#include <vpx/vpx_decoder.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "image.h"

namespace reelroom {

/** Memory of libvpx's VP9 pictures: no more than a stream of the largest pictures needs, however many it asks for. */
class Vp9Memory {
 public:
  /** Where libvpx gets and gives back; `self` is a Vp9Memory. */
  static int get(void* self, size_t bytes, vpx_codec_frame_buffer_t* buffer);
  static int release(void* self, vpx_codec_frame_buffer_t* buffer);

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> data;
    size_t bytes;
    bool used;
  };
  std::vector<std::unique_ptr<Block>> blocks_;
  size_t total_ = 0;
};

/**
 * VP9 by libvpx, on the caller's thread: 4:2:0 of 8, 10 or 12 bits (profiles 0 and 2). Of several spatial layers
 * the highest one is given. Pictures are at most kMaxSidePx on a side and kMaxAreaPx in area.
 */
class Vp9Decoder {
 public:
  Vp9Decoder() = default;
  ~Vp9Decoder();
  Vp9Decoder(const Vp9Decoder&) = delete;
  Vp9Decoder& operator=(const Vp9Decoder&) = delete;

  /**
   * Takes all layers' frames of one picture, one behind the other. Nothing where it shows nothing. Throws
   * DecodeFailure, after which only a keyframe is taken.
   */
  std::optional<Image> decode(const uint8_t* data, size_t length);

 private:
  void open();
  void discard();

  /** Outlives the context, which gives its pictures back when it is destroyed. */
  std::unique_ptr<Vp9Memory> memory_;
  vpx_codec_ctx_t codec_{};
  bool open_ = false;
};

}  // namespace reelroom
