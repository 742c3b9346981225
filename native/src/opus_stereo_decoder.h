#pragma once

#include <opus/opus.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace reelroom {

/** Opus (RFC 6716) to interleaved stereo float at 48 kHz. */
class OpusStereoDecoder {
 public:
  /** 120 ms: the longest packet. */
  static constexpr int kMaxPacketFrames = 5760;
  /** One second: the longest loss that is concealed in one call. */
  static constexpr int kMaxConcealFrames = 48000;

  OpusStereoDecoder();

  /** Both results are valid until the next call. Throws DecodeFailure. */
  const std::vector<float>& decode(const uint8_t* packet, size_t length);
  /** `next` may be null; one that libopus does not take is as good as none. */
  const std::vector<float>& conceal(int frames, const uint8_t* next, size_t next_length);

 private:
  struct Destroy {
    void operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
  };

  std::unique_ptr<OpusDecoder, Destroy> decoder_;
  std::vector<float> samples_;
};

}  // namespace reelroom
