#pragma once

#include <dav1d/dav1d.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "image.h"

namespace reelroom {

/**
 * AV1 by dav1d, on the caller's thread: 4:2:0 or luma alone, of 8 or 10 bits. Of several spatial layers the highest
 * one is given. Pictures are at most kMaxSidePx on a side and kMaxAreaPx in area; dav1d looks before it takes memory.
 */
class Av1Decoder {
 public:
  Av1Decoder() = default;
  ~Av1Decoder();
  Av1Decoder(const Av1Decoder&) = delete;
  Av1Decoder& operator=(const Av1Decoder&) = delete;

  /**
   * Takes one temporal unit, its OBUs with their sizes. Nothing where it shows nothing. Throws DecodeFailure, after
   * which only a unit with a sequence header is taken.
   */
  std::optional<Image> decode(const uint8_t* data, size_t length);

 private:
  void open();
  void discard();
  void send(const uint8_t* data, size_t length);
  /** Gets all pictures that there are; the newest one stays in `picture_`. */
  void receive();

  Dav1dContext* context_ = nullptr;
  Dav1dPicture picture_{};
};

}  // namespace reelroom
